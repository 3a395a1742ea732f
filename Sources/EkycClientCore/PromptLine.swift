// How prompts reach a terminal: one line that is rewritten, or a line each.

/// Turns prompts into what is written to standard error; does no input or output itself.
struct PromptLine: Sendable {
    /// How prompts are shown.
    enum Style: Equatable, Sendable {
        /// Not at all.
        case none
        /// A line for each change, for logs and terminals that cannot do more.
        case lines
        /// One line, rewritten with every change and every second.
        case rewriting(width: Int, color: Bool)
    }

    let style: Style
    private var shown = ""

    init(_ style: Style) { self.style = style }

    /// What to write so that the prompt stands there; empty when it stands there already.
    ///
    /// - Parameters:
    ///   - prompt: what to show; nil for nothing.
    ///   - remaining: what is left of the time for it; nil when that is not known.
    /// - Returns: bytes for the terminal.
    mutating func text(for prompt: Prompt?, remaining: Duration?) -> String {
        guard let prompt else { return clearing() }
        switch style {
        case .none: return ""
        case .lines:
            let line = PromptText.english(prompt, seconds: nil)
            guard line != shown else { return "" }
            shown = line
            return line + "\n"
        case .rewriting(let width, let color):
            // Rounded up: the last second is "1 s left", and nobody reads of 0 s that still last.
            let seconds = remaining.map { max(0, Int(($0 / .milliseconds(1) / 1000).rounded(.up))) }
            // A line that fills the width would wrap, and could not be rewritten.
            let line = String(PromptText.english(prompt, seconds: seconds).prefix(max(1, width - 1)))
            guard line != shown else { return "" }
            shown = line
            return "\r\(color ? Self.paint(line, prompt) : line)\u{1b}[K"
        }
    }

    /// What to write so that the next output begins on an empty line.
    mutating func clearing() -> String {
        defer { shown = "" }
        guard case .rewriting = style, !shown.isEmpty else { return "" }
        return "\r\u{1b}[K"
    }

    /// Bold where the person has to do something, yellow where it has to be done again.
    private static func paint(_ line: String, _ prompt: Prompt) -> String {
        switch prompt {
        case .placeFinger, .liftFinger, .clearScanner: "\u{1b}[1m\(line)\u{1b}[0m"
        case .retry: "\u{1b}[33m\(line)\u{1b}[0m"
        default: line
        }
    }
}

extension PromptLine.Style {
    /// The way that fits a run.
    ///
    /// - Parameters:
    ///   - isWanted: whether it was asked for; nil leaves it to whether a person is at the terminal.
    ///   - isTerminal: whether standard error is a terminal.
    ///   - width: the columns of that terminal; 0 when it does not say.
    ///   - environment: the variables `TERM` and `NO_COLOR` (set and not empty: no color).
    init(isWanted: Bool?, isTerminal: Bool, width: Int, environment: (String) -> String?) {
        let term = environment("TERM")
        guard isWanted ?? isTerminal else {
            self = .none
            return
        }
        guard isTerminal, let term, term != "dumb" else {
            self = .lines
            return
        }
        self = .rewriting(width: width > 0 ? width : 80, color: environment("NO_COLOR") == nil)
    }
}

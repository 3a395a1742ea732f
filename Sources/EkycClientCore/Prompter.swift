// Shows a person what to do during a capture, beside the capture and never in its way.
import Glibc
import HTTPClient
import PiddClient
import Platform
import Synchronization

/// Follows one capture on a connection and a thread of its own and writes prompts to standard error.
///
/// Whatever goes wrong here ends the prompts, not the capture; nothing is written that the terminal does not take at once.
final class Prompter: Sendable {
    private struct State {
        var request: PromptState
        var line: PromptLine
    }

    private let state: Mutex<State>
    private let cancellation = Cancellation()
    private let pidd: PiddClient

    init(_ pidd: PiddClient, id: RequestID, timeout: Duration, style: PromptLine.Style) {
        self.pidd = pidd
        state = Mutex(State(request: PromptState(id: id, timeout: timeout), line: PromptLine(style)))
        guard style != .none else { return }
        startThread("prompts") { [self] in follow() }
    }

    /// Whether pidd told that it took the finger.
    var hasCaptured: Bool { state.withLock { $0.request.hasCaptured } }

    /// Ends the prompts; when it returns the line is empty and nothing more is written.
    ///
    /// - Parameter last: a line that stays.
    func end(_ last: String? = nil) {
        guard !cancellation.isCancelled else { return }
        cancellation.cancel()
        state.withLock { state in
            guard state.line.style != .none else { return }
            Self.write(state.line.clearing() + (last.map { $0 + "\n" } ?? ""))
        }
    }

    private func follow() {
        refresh()
        do {
            try pidd.events(cancellation: cancellation) { line in
                if let event = line.flatMap({ PiddEvent(parsing: $0) }) {
                    state.withLock { $0.request.take(event, at: SuspendingClock().now) }
                }
                refresh()
                return !cancellation.isCancelled
            }
        } catch {
            // A pidd that is gone is the capture's to tell.
            guard error.kind != .unreachable, error.kind != .lost, error.kind != .cancelled else { return }
            state.withLock { $0.request.knowNothing() }
            refresh()
        }
    }

    private func refresh() {
        state.withLock { state in
            guard !cancellation.isCancelled else { return }
            let remaining = state.request.deadline.map { $0 - SuspendingClock().now }
            Self.write(state.line.text(for: state.request.prompt, remaining: remaining))
        }
    }

    /// Writes to standard error if that can be done at once: a terminal that was stopped must not hold anybody up.
    private static func write(_ text: String) {
        guard !text.isEmpty else { return }
        var terminal = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        guard unsafe poll(&terminal, 1, 0) == 1, terminal.revents & Int16(POLLOUT) != 0 else { return }
        print(text, to: STDERR_FILENO)
    }
}

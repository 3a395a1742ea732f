// What a command says: its result on standard output, everything else on standard error.
import EkoAPI
import Glibc
import Platform
import Secrets

/// The way in which one command speaks.
struct Console: Sendable {
    let isJSON: Bool
    private let isQuiet: Bool
    private let isVerbose: Bool
    private let isAttended: Bool
    /// How prompts during a capture are shown.
    let prompts: PromptLine.Style

    init(_ options: Options) {
        isJSON = options.json
        isQuiet = options.quiet
        isVerbose = options.verbose
        isAttended = isatty(STDERR_FILENO) == 1
        prompts = PromptLine.Style(
            isWanted: isQuiet ? false : isVerbose || options.progress ? true : nil, isTerminal: isAttended,
            width: isAttended ? terminalWidth() : 0,
            environment: { name in
                switch options.color {
                case .always? where name == "NO_COLOR": nil
                case .never? where name == "NO_COLOR": "1"
                default: variable(name)
                }
            })
    }

    /// Tells a person at the terminal what happens now.
    func progress(_ line: String) {
        if !isQuiet, isAttended || isVerbose { say(line) }
    }

    /// Tells what a person has to hear, whatever else is silent.
    func tell(_ line: String) { say(line) }

    /// Tells a value that is needed even when no result follows: a line, or an object for a script.
    func note(_ name: String, _ value: String) {
        say(isJSON ? JSONValue.object([name: .text(value)]).json : "\(name): \(value)")
    }

    /// Tells of something that may be wrong.
    func warn(_ line: String) {
        if !isQuiet { say("ekyc-client: warning: \(line)") }
    }

    /// Tells what is sent and received, without any value.
    func debug(_ line: @autoclosure () -> String) {
        if isVerbose, !isQuiet { say(line()) }
    }

    /// Says why there is no result.
    func fail(_ failure: Failure) { say(isJSON ? failure.json : "ekyc-client: \(failure)") }

    /// Writes the result: lines for a person, or one JSON object.
    ///
    /// - Throws: `Failure` when standard output takes no more.
    func result(_ lines: [(name: String, value: String)], json: JSONValue) throws(Failure) {
        let text = isJSON ? json.json + "\n" : lines.map { "\($0.name): \($0.value)\n" }.joined()
        try Self.write(Array(text.utf8))
    }

    /// Writes bytes to standard output as they are.
    ///
    /// - Throws: `Failure` when standard output takes no more.
    static func write(_ bytes: [UInt8]) throws(Failure) {
        do throws(SystemError) {
            unsafe try bytes.span.withUnsafeBytes { (bytes) throws(SystemError) in
                unsafe try writeAll(STDOUT_FILENO, bytes)
            }
        } catch {
            throw error.code == EPIPE
                ? Failure(.readerGone, "reader-gone", "")
                : Failure(.cannotWrite, "cannot-write", "standard output: \(error)", nextStep: "check where it goes")
        }
    }

    /// Makes sure that `write` to this path will succeed, before a person is asked for anything.
    ///
    /// - Throws: `Failure` when the folder is missing or closed to this user, or the path is a folder's.
    static func check(output path: String?) throws(Failure) {
        guard let path, path != "-", !isDeviceOrPipe(path) else { return }
        do {
            try checkWritable(path)
        } catch {
            throw Failure(.cannotWrite, error)
        }
    }

    /// Writes a document to a file that only this user may read, or to standard output for `-` and nil.
    ///
    /// A device or pipe is written to as it is, so that `-o /dev/null` means what it says.
    ///
    /// - Throws: `Failure` when it cannot be written; a file of that name is then as it was.
    static func write(_ document: [UInt8], to path: String?) throws(Failure) {
        guard let path, path != "-" else { return try write(document) }
        do {
            unsafe try document.span.withUnsafeBytes { bytes in
                guard isDeviceOrPipe(path) else { return unsafe try writeFileAtomically(path, bytes, mode: 0o600) }
                let file = try Descriptor(unsafe open(path, O_WRONLY | O_CLOEXEC), from: "open", on: path)
                unsafe try writeAll(file.raw, bytes)
            }
        } catch let error as FileError {
            throw Failure(.cannotWrite, error)
        } catch {
            throw Failure(.cannotWrite, "cannot-write", "\(path): \(error)", nextStep: "check where it goes")
        }
    }
}

/// The columns of the terminal on standard error; 0 when it does not say.
private func terminalWidth() -> Int {
    var size = winsize()
    let status = unsafe withUnsafeMutablePointer(to: &size) {
        unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), UnsafeMutableRawPointer($0))
    }
    return status == 0 ? Int(size.ws_col) : 0
}

private func isDeviceOrPipe(_ path: String) -> Bool {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return false }
    return [S_IFCHR, S_IFIFO].contains(status.st_mode & S_IFMT)
}

// Where an Aadhaar number or an OTP comes from: a private file, or standard input when that is asked for.
import EkoAPI
import Glibc
import Platform
import Secrets
import Synchronization

/// Reads a secret from a file of mode 0600, or from standard input for `-`.
///
/// At a terminal it asks on standard error and does not show what is typed.
///
/// - Throws: `Failure` when nothing is named or it cannot be read.
func readSecret(_ path: String?, option: String, title: String) throws(Failure) -> SecretBytes {
    guard let path else {
        throw Failure(
            .usage, "usage", "option '--\(option)' is required",
            nextStep: "name a file of mode 0600 that holds the \(title), or - for standard input")
    }
    guard path == "-" else {
        do {
            return try readSecretFile(path, limit: EkoAPI.Limits.secretFile)
        } catch {
            // As with the key file: what is wrong is the file, not what it says.
            throw Failure(.configuration, error)
        }
    }
    do {
        guard isatty(STDIN_FILENO) == 1 else {
            return try Secrets.readSecret(descriptor: STDIN_FILENO, limit: EkoAPI.Limits.secretFile)
        }
        return try readHiddenLine(prompt: "\(title): ")
    } catch {
        throw Failure(.badInput, error)
    }
}

/// Whether the terminal shows nothing at the moment; whoever ends the process then makes it show again.
private let isTerminalHidden = Atomic(false)

/// Makes the terminal show what is typed, if it was this program that stopped it.
func showTerminalInput() {
    guard isTerminalHidden.load(ordering: .acquiring) else { return }
    var settings = termios()
    guard unsafe tcgetattr(STDIN_FILENO, &settings) == 0 else { return }
    settings.c_lflag |= tcflag_t(ECHO)
    unsafe tcsetattr(STDIN_FILENO, TCSANOW, &settings)
}

/// One line from the terminal, which shows nothing of it meanwhile.
private func readHiddenLine(prompt: String) throws(FileError) -> SecretBytes {
    var shown = termios()
    guard isatty(STDERR_FILENO) == 1, unsafe tcgetattr(STDIN_FILENO, &shown) == 0 else {
        throw FileError(
            code: "no-terminal", cause: "there is nobody to ask", nextStep: "pipe the value in or name a file")
    }
    var hidden = shown
    hidden.c_lflag &= ~tcflag_t(ECHO)
    isTerminalHidden.store(true, ordering: .releasing)
    unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden)
    defer {
        unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown)
        isTerminalHidden.store(false, ordering: .releasing)
    }
    print(prompt, to: STDERR_FILENO)
    defer { print("\n", to: STDERR_FILENO) }
    return try unsafe SecretBytes(capacity: EkoAPI.Limits.secretFile) { (room) throws(FileError) -> Int in
        // The terminal hands out one line at a time.
        let count = unsafe read(STDIN_FILENO, room.baseAddress, room.count)
        guard count >= 0 else {
            throw FileError(code: "input-error", cause: "the terminal cannot be read", nextStep: "")
        }
        return count
    }
}

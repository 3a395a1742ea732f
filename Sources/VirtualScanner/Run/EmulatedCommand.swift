// The step between umockdev-run and the command that it runs: the command's process group, number and TMPDIR.
import Glibc
import Platform

/// What a launcher has to know to become the command.
struct EmulatedCommand: Sendable {
    /// The first argument of a launcher.
    static let word = "--become-emulated-command"

    /// Where the launcher writes its process number, which is the command's.
    let processFile: String
    /// The process group that the command would be in without umockdev-run: a terminal's, if it was started in one.
    let group: pid_t
    /// The command's own TMPDIR.
    let temporaryFolder: String?
    /// The path of the program, and its arguments.
    let words: [String]

    /// The launcher's arguments.
    var arguments: [String] {
        [Self.word, processFile, "\(group)", temporaryFolder.map { "TMPDIR=\($0)" } ?? "TMPDIR"] + words
    }

    /// The same command on the launcher's side; nil for anything else on the command line.
    init?(_ arguments: [String]) {
        guard arguments.count > 4, arguments[0] == Self.word, let group = pid_t(arguments[2]) else { return nil }
        let temporary = arguments[3].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        self.init(
            processFile: arguments[1], group: group, temporaryFolder: temporary.count > 1 ? String(temporary[1]) : nil,
            words: Array(arguments[4...]))
    }

    init(processFile: String, group: pid_t, temporaryFolder: String?, words: [String]) {
        self.processFile = processFile
        self.group = group
        self.temporaryFolder = temporaryFolder
        self.words = words
    }

    /// The command's process number, once it is known.
    var process: pid_t? {
        guard let text = try? readFile(processFile, limit: 32) else { return nil }
        return pid_t(String(decoding: text, as: UTF8.self))
    }

    /// Turns this process into the command.
    ///
    /// - Throws: `FileError` or `SystemError` when it cannot.
    func become() throws -> Never {
        // A group that has gone is no reason to fail: signals still come by number.
        setpgid(0, group)
        if let temporaryFolder { unsafe setenv("TMPDIR", temporaryFolder, 1) } else { unsafe unsetenv("TMPDIR") }
        unsafe try Array("\(getpid())".utf8).withUnsafeBytes {
            unsafe try writeFileAtomically(processFile, $0, mode: 0o600)
        }
        let arguments = unsafe words.map { unsafe strdup($0) } + [nil]
        unsafe execv(words[0], arguments)
        throw SystemError("exec", on: words[0])
    }
}

/// Becomes the command of a `run` when the arguments say so, and returns otherwise.
///
/// - Parameter arguments: those of the process, without the program's name.
/// - Throws: `FileError` or `SystemError` when the command cannot be started.
package func becomeEmulatedCommand(_ arguments: [String]) throws {
    if let command = EmulatedCommand(arguments) { try command.become() }
}

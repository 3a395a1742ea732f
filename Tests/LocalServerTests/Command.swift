// Programs run by the tests.
import Glibc
import Platform
import TestSupport

/// A program that runs on its own; its output goes to a file.
final class Command: Sendable {
    let pid: pid_t
    private let folder: TemporaryFolder

    /// Starts a program; the first argument is its path.
    init(_ arguments: [String]) throws {
        folder = try TemporaryFolder()
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, folder.file("out"), O_WRONLY | O_CREAT, 0o600)
        var pointers = unsafe arguments.map { unsafe strdup($0) } + [nil]
        defer { for index in unsafe pointers.indices { unsafe free(pointers[index]) } }
        var pid: pid_t = 0
        let status = unsafe posix_spawn(&pid, arguments[0], &actions, nil, &pointers, environ)
        guard status == 0 else { throw SystemError("posix_spawn", on: arguments[0], code: status) }
        self.pid = pid
    }

    /// Waits for its end; what it printed and the status it exited with.
    func output() throws -> (text: String, status: Int32) {
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return (String(decoding: try readFile(folder.file("out"), limit: 1 << 20), as: UTF8.self), status >> 8)
    }

    /// Runs curl against a socket; its output ends with the status of the answer.
    static func curl(_ socket: String, _ path: String, _ options: String...) throws -> Command {
        try Command(
            ["/usr/bin/curl", "-sS", "-m", "10", "-w", " %{http_code}", "--unix-socket", socket] + options
                + ["http://localhost\(path)"])
    }
}

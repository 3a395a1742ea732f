// Programs that tests start: run to their end, or running beside the test.
import Glibc
import Platform

/// A program beside the test; it is ended when the last reference goes.
package final class TestProcess: Sendable {
    package let processID: Int32
    /// The other end of the program's standard input and output, one socket: its write side can be closed alone.
    private let stream: Descriptor

    /// Starts a program, found by PATH unless its name has a slash.
    ///
    /// - Parameters:
    ///   - arguments: the program and its arguments.
    ///   - environment: the whole environment; nil for a plain one.
    ///   - errors: path of the file that takes its standard error; nil leaves it with the test's.
    /// - Throws: `SystemError` when it cannot be started.
    package init(_ arguments: [String], environment: [String: String]? = nil, errors: String? = nil) throws {
        var ends: [Int32] = [0, 0]
        // Not a pipe, which cannot be made close-on-exec in one step: tests start programs at the same time.
        guard unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw SystemError("socketpair")
        }
        stream = try Descriptor(ends[0], from: "socketpair")
        let programEnd = try Descriptor(ends[1], from: "socketpair")
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, programEnd.raw, STDIN_FILENO)
        unsafe posix_spawn_file_actions_adddup2(&actions, programEnd.raw, STDOUT_FILENO)
        if let errors {
            unsafe posix_spawn_file_actions_addopen(
                &actions, STDERR_FILENO, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        }
        // The threads that tests run on block signals, and this process may ignore SIGPIPE: programs must not inherit that.
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe sigaddset(&signals, SIGPIPE)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var words = unsafe arguments.map { unsafe strdup($0) } + [nil]
        var variables =
            unsafe (environment ?? Self.ownEnvironment).map { unsafe strdup("\($0.key)=\($0.value)") } + [nil]
        defer {
            for index in unsafe words.indices { unsafe free(words[index]) }
            for index in unsafe variables.indices { unsafe free(variables[index]) }
        }
        var process = pid_t()
        let status = unsafe posix_spawnp(&process, words[0]!, &actions, &attributes, &words, &variables)
        guard status == 0 else { throw SystemError("posix_spawn", on: arguments[0], code: status) }
        processID = process
    }

    /// The next line of the program's standard output, without its end; nil at the end of the output.
    package func readLine() -> String? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while unsafe read(stream.raw, &byte, 1) == 1 {
            if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
            line.append(byte)
        }
        return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
    }

    package func send(signal: Int32) { kill(processID, signal) }

    /// Runs a program to its end.
    ///
    /// - Parameters:
    ///   - arguments: the program and its arguments.
    ///   - input: what it reads on standard input, at most 64 KiB.
    ///   - environment: the whole environment; nil for a plain one.
    /// - Returns: its exit status (128 and the signal's number if one ended it) and what it wrote.
    /// - Throws: `SystemError` when it cannot be started.
    package static func run(
        _ arguments: [String], input: String = "", environment: [String: String]? = nil
    ) throws -> (status: Int32, output: String, errors: String) {
        let folder = try TemporaryFolder()
        let process = try TestProcess(arguments, environment: environment, errors: folder.file("errors"))
        signal(SIGPIPE, SIG_IGN)
        print(input, to: process.stream.raw)
        shutdown(process.stream.raw, Int32(SHUT_WR))
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        var count = unsafe read(process.stream.raw, &chunk, chunk.count)
        while count > 0 {
            output += chunk.prefix(count)
            count = unsafe read(process.stream.raw, &chunk, chunk.count)
        }
        let status = process.wait()
        let errors = try readFile(folder.file("errors"), limit: 1 << 20)
        return (status, String(decoding: output, as: UTF8.self), String(decoding: errors, as: UTF8.self))
    }

    /// Waits for the end of the program: its exit status, or 128 and the number of the signal that ended it.
    package func wait() -> Int32 {
        var status: Int32 = 0
        guard unsafe waitpid(processID, &status, 0) == processID else { return -1 }
        return status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
    }

    private static var ownEnvironment: [String: String] {
        var result: [String: String] = [:]
        for name in ["PATH", "HOME", "TMPDIR", "LANG"] {
            if let value = unsafe getenv(name) { result[name] = unsafe String(cString: value) }
        }
        return result
    }

    deinit {
        kill(processID, SIGTERM)
        _ = wait()
    }
}

extension TestProcess {
    /// Writes a line to the program's standard input; one that has ended is not an error.
    package func tell(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = unsafe bytes.withUnsafeBytes {
            unsafe Glibc.send(stream.raw, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
    }

    /// Ends the program's standard input.
    package func closeInput() { shutdown(stream.raw, Int32(SHUT_WR)) }
}

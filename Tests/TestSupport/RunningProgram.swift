// Programs that tests start: run to their end, or running beside the test.
import Glibc
import Platform

/// A program beside the test, with its outputs in files; it is ended, with all it started, when the last reference goes.
package final class RunningProgram: Sendable {
    /// How a program ended and what it wrote.
    package struct Ending: Sendable {
        /// The exit status, or 128 and the number of the signal that ended it.
        package let status: Int32
        package let output: String
        package let errors: String
    }

    /// A program that did not end, or did not say what was waited for, in its time.
    package struct Overdue: Error, CustomStringConvertible {
        package let description: String

        package init(description: String) { self.description = description }
    }

    package let processID: Int32
    private let name: String
    private let folder: TemporaryFolder

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - arguments: the program's path, or its name to be found by PATH, and its arguments.
    ///   - environment: set beside the test's own variables.
    ///   - input: what it reads from standard input; nothing by default.
    /// - Throws: `SystemError` when it cannot be started.
    package init(_ arguments: [String], environment: [String: String] = [:], input: String = "") throws {
        folder = try TemporaryFolder()
        name = arguments[0]
        let inputPath = try folder.write("in", input.utf8)
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, inputPath, O_RDONLY, 0)
        let write = O_WRONLY | O_CREAT | O_APPEND
        unsafe posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, folder.file("out"), write, 0o600)
        unsafe posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, folder.file("err"), write, 0o600)
        // The test runner may have blocked signals; a program starts with none blocked.
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        // A group of its own, so that what it starts can be ended with it.
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
        var words = unsafe arguments.map { unsafe strdup($0) } + [nil]
        var variables = unsafe Self.merged(environment).map { unsafe strdup($0) } + [nil]
        defer {
            for index in unsafe words.indices { unsafe free(words[index]) }
            for index in unsafe variables.indices { unsafe free(variables[index]) }
        }
        var process = pid_t()
        let status = unsafe posix_spawnp(&process, arguments[0], &actions, &attributes, &words, &variables)
        guard status == 0 else { throw SystemError("posix_spawn", on: arguments[0], code: status) }
        processID = process
    }

    /// This process's variables with others set, as `NAME=value`.
    private static func merged(_ changes: [String: String]) -> [String] {
        var variables: [String] = []
        var index = 0
        while let variable = unsafe environ[index] {
            let text = unsafe String(cString: variable)
            if changes[String(text.prefix { $0 != "=" })] == nil { variables.append(text) }
            index += 1
        }
        return variables + changes.map { "\($0.key)=\($0.value)" }
    }

    /// What it has written to standard output so far.
    package var output: String { text("out") }

    /// What it has written to standard error so far.
    package var errors: String { text("err") }

    private func text(_ file: String) -> String {
        String(decoding: (try? readFile(folder.file(file), limit: 1 << 24)) ?? [], as: UTF8.self)
    }

    package func send(signal: Int32) { kill(processID, signal) }

    /// Waits for its end without blocking a thread.
    ///
    /// - Throws: `Overdue` when it still runs after `time`.
    package func wait(within time: Duration = .seconds(60)) async throws -> Ending {
        let deadline = SuspendingClock().now + time
        var status: Int32 = 0
        while unsafe waitpid(processID, &status, WNOHANG) == 0 {
            guard SuspendingClock().now < deadline else {
                throw Overdue(description: "\(name) still runs after \(time); it wrote: \(output)\(errors)")
            }
            try await Task.sleep(for: .milliseconds(2))
        }
        let code = status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
        return Ending(status: code, output: output, errors: errors)
    }

    /// Waits until a condition holds, such as a line of the program's output or a file that it makes.
    ///
    /// - Throws: `Overdue` when it does not hold after `time`.
    package func wait(
        for what: String, within time: Duration = .seconds(20), until condition: () throws -> Bool
    ) async throws {
        let deadline = SuspendingClock().now + time
        while try !condition() {
            guard SuspendingClock().now < deadline else {
                throw Overdue(description: "\(name): no \(what) after \(time); it wrote: \(output)\(errors)")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Runs a program to its end.
    ///
    /// - Throws: `SystemError` when it cannot be started, `Overdue` when it does not end.
    package static func run(
        _ arguments: [String], environment: [String: String] = [:], input: String = "", within time: Duration = .seconds(60)
    ) async throws -> Ending {
        try await RunningProgram(arguments, environment: environment, input: input).wait(within: time)
    }

    /// Asks the program and all that it started to end, and makes them after two seconds.
    deinit {
        var status: Int32 = 0
        kill(-processID, SIGTERM)
        for _ in 0..<200 where unsafe waitpid(processID, &status, WNOHANG) == 0 { usleep(10_000) }
        kill(-processID, SIGKILL)
        unsafe waitpid(processID, &status, 0)
    }
}

// The one way in which tests start programs: run to their end, or running beside the test.
import Glibc
import Platform
import Synchronization

/// A program beside the test, with its outputs in files; it is ended, with all it started, when the last reference goes.
package final class RunningProgram: Sendable {
    /// How a program ended and what it wrote.
    package struct Ending: Sendable, Equatable {
        /// The exit status, or 128 and the number of the signal that ended it.
        package let status: Int32
        package let output: String
        package let errors: String

        /// Both outputs, for the message of a failed expectation.
        package var text: String { output + errors }

        package init(status: Int32 = 0, output: String = "", errors: String = "") {
            self.status = status
            self.output = output
            self.errors = errors
        }
    }

    /// A program that did not end, or did not say what was waited for, in its time.
    package struct Overdue: Error, CustomStringConvertible {
        package let description: String

        package init(description: String) { self.description = description }
    }

    package let processID: Int32
    private let name: String
    private let folder: TemporaryFolder
    /// Holds standard input open; nil when that is a file, or was closed.
    private let openInput: Mutex<Descriptor?>
    /// How much of standard output `nextLine` has read, and what it has not given yet.
    private let reading = Mutex((position: 0, rest: [UInt8]()))
    /// How it ended, once that was seen: the number of a process is its own only until then.
    private let ended = Mutex<Int32?>(nil)

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - arguments: the program's path, or its name to be found by PATH, and its arguments.
    ///   - environment: set beside the test's own variables.
    ///   - input: what it reads from standard input; nothing by default.
    /// - Throws: `SystemError` when it cannot be started.
    package convenience init(_ arguments: [String], environment: [String: String] = [:], input: String = "") throws {
        try self.init(arguments, environment: environment, input: Array(input.utf8))
    }

    /// Starts a program with bytes to read, or with an input that lasts as long as the test.
    ///
    /// - Parameters:
    ///   - arguments: the program's path, or its name to be found by PATH, and its arguments.
    ///   - environment: set beside the test's own variables.
    ///   - input: what it reads from standard input; nil for what `tell` gives it, with its end at `closeInput` or when
    ///     this object or this process goes. Servers end by that when a test crashes, or when a static constant keeps
    ///     them to the last.
    /// - Throws: `SystemError` when it cannot be started.
    package init(_ arguments: [String], environment: [String: String] = [:], input: [UInt8]?) throws {
        folder = try TemporaryFolder()
        name = arguments[0]
        let inputPath = folder.file("in")
        if let input {
            _ = try folder.write("in", input)
            openInput = Mutex(nil)
        } else {
            guard unsafe mkfifo(inputPath, 0o600) == 0 else { throw SystemError("mkfifo", on: inputPath) }
            // Reading as well, since an end that only writes waits for one that reads.
            openInput = Mutex(try Descriptor(unsafe open(inputPath, O_RDWR | O_CLOEXEC), from: "open"))
        }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, inputPath, O_RDONLY, 0)
        let write = O_WRONLY | O_CREAT | O_APPEND
        unsafe posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, folder.file("out"), write, 0o600)
        unsafe posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, folder.file("err"), write, 0o600)
        // The test runner may have blocked or ignored signals; a program starts with none blocked and all as by default.
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe sigfillset(&signals)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        // A group of its own, so that what it starts can be ended with it.
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
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

    /// The next whole line of its standard output, without the end; nil while there is none.
    package func nextLine() -> String? {
        let newline = UInt8(ascii: "\n")
        return reading.withLock { reading in
            if !reading.rest.contains(newline),
                let file = try? Descriptor(unsafe open(folder.file("out"), O_RDONLY | O_CLOEXEC), from: "open")
            {
                var chunk = [UInt8](repeating: 0, count: 65536)
                let count = unsafe pread(file.raw, &chunk, chunk.count, reading.position)
                reading.rest += chunk.prefix(max(count, 0))
                reading.position += max(count, 0)
            }
            guard let end = reading.rest.firstIndex(of: newline) else { return nil }
            defer { reading.rest.removeFirst(end + 1) }
            return String(decoding: reading.rest[..<end], as: UTF8.self)
        }
    }

    /// Waits for the next line of its standard output, without blocking a thread.
    ///
    /// - Throws: `Overdue` when none comes in `time`.
    package func line(within time: Duration = .seconds(20)) async throws -> String {
        var line: String?
        try await wait(for: "line", within: time) {
            line = nextLine()
            return line != nil
        }
        return line ?? ""
    }

    /// Writes a line to its standard input, which must be open; a program that has ended is not an error.
    package func tell(_ line: String) {
        openInput.withLock { input in
            if let raw = input?.raw { print(line + "\n", to: raw) }
        }
    }

    /// Ends its standard input.
    package func closeInput() { openInput.withLock { $0 = nil } }

    /// The exit status, or 128 and the number of the signal that ended it; nil while it runs.
    package var status: Int32? {
        ended.withLock { ended in
            var status: Int32 = 0
            if ended == nil, unsafe waitpid(processID, &status, WNOHANG) == processID {
                ended = status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
            }
            return ended
        }
    }

    /// Sends it a signal, unless its end was seen.
    package func send(signal: Int32) {
        ended.withLock { ended in
            if ended == nil { kill(processID, signal) }
        }
    }

    /// Waits for its end without blocking a thread.
    ///
    /// - Throws: `Overdue` when it still runs after `time`.
    package func wait(within time: Duration = .seconds(60)) async throws -> Ending {
        try await wait(for: "end", within: time) { status != nil }
        return Ending(status: status ?? -1, output: output, errors: errors)
    }

    /// Waits until a condition holds, such as a line of the program's output or a file that it makes.
    ///
    /// - Throws: `Overdue` when it does not hold after `time`.
    package func wait(
        for what: String, within time: Duration = .seconds(20), until condition: () async throws -> Bool
    ) async throws {
        let start = SuspendingClock().now
        while try await !condition() {
            try demand(what, within: time, since: start)
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    /// As `wait(within:)` for what cannot suspend; it blocks its thread.
    package func waitBlocking(within time: Duration = .seconds(60)) throws -> Ending {
        try waitBlocking(for: "end", within: time) { status != nil }
        return Ending(status: status ?? -1, output: output, errors: errors)
    }

    /// As `wait(for:within:until:)` for what cannot suspend; it blocks its thread.
    package func waitBlocking(
        for what: String, within time: Duration = .seconds(20), until condition: () throws -> Bool
    ) throws {
        let start = SuspendingClock().now
        while try !condition() {
            try demand(what, within: time, since: start)
            usleep(2000)
        }
    }

    private func demand(_ what: String, within time: Duration, since start: SuspendingClock.Instant) throws {
        guard SuspendingClock().now >= start + time else { return }
        throw Overdue(description: "\(name): no \(what) after \(time); it wrote: \(output)\(errors)")
    }

    /// Runs a program to its end without blocking a thread.
    ///
    /// - Throws: `SystemError` when it cannot be started, `Overdue` when it does not end.
    package static func run(
        _ arguments: [String], environment: [String: String] = [:], input: String = "",
        within time: Duration = .seconds(60)
    ) async throws -> Ending {
        try await RunningProgram(arguments, environment: environment, input: input).wait(within: time)
    }

    /// Asks the program and all that it started to end, and makes them after two seconds.
    deinit {
        kill(-processID, SIGTERM)
        for _ in 0..<200 where status == nil { usleep(10_000) }
        kill(-processID, SIGKILL)
        if status == nil { waitpid(processID, nil, 0) }
    }
}

/// Runs a tool to its end in a test that cannot suspend, such as the independent ones that tests compare with.
///
/// - Parameters:
///   - tool: its path, or its name to be found by PATH.
///   - arguments: without the tool's name.
///   - input: what it reads from standard input.
/// - Returns: how it ended and what it wrote.
/// - Throws: `SystemError` when it cannot be started, `RunningProgram.Overdue` when it does not end in a minute.
package func runTool(_ tool: String, _ arguments: [String], input: [UInt8] = []) throws -> RunningProgram.Ending {
    try RunningProgram([tool] + arguments, input: input).waitBlocking()
}

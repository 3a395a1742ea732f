// Runs another program to its end: bounded input, output and time, nothing inherited but what is given.
import CLinux
import Glibc

/// How a program ended, and what it wrote.
package struct ChildEnding: Sendable {
    /// The exit status, or 128 and the number of the signal that ended it.
    package let status: Int32
    package let output: [UInt8]
    /// The end of what it wrote to standard error.
    package let errors: [UInt8]
}

/// Why a program did not come to its own end.
package enum ChildFailure: Error {
    case notStarted(SystemError)
    /// It was killed, with its process group.
    case overdue
    /// It wrote more than it may and was killed.
    case outputTooLarge
}

/// Runs a program in a session of its own; blocks the calling thread.
///
/// When it ends or is ended, all of its process group is killed: what it started, unless that made a group or session of its own.
///
/// - Parameters:
///   - path: of the program; PATH is not searched.
///   - environment: all variables that it gets, as `NAME=value`.
///   - input: what it reads from standard input; it need not read it.
///   - limit: bytes of standard output; of standard error as many at its end are kept.
///   - time: how long it may take.
/// - Returns: its status, and what it wrote.
/// - Throws: `ChildFailure`.
package func runChild(
    _ path: String, environment: [String], input: [UInt8], limit: Int, within time: Duration
) throws(ChildFailure) -> ChildEnding {
    // One that does not read its input must not end this process.
    signal(SIGPIPE, SIG_IGN)
    var child: Child
    do { child = try Child(path, environment) } catch { throw .notStarted(error) }
    defer { _ = child.end() }
    return try child.run(input, limit, SuspendingClock().now + time)
}

/// A started program and the ends of its three pipes.
private struct Child: ~Copyable {
    private let process: pid_t
    private var input: Descriptor?
    private let output: Descriptor
    private let errors: Descriptor
    /// The status that `waitpid` gave.
    private var reaped: Int32?

    init(_ path: String, _ environment: [String]) throws(SystemError) {
        let input = try Pipe()
        let output = try Pipe()
        let errors = try Pipe()
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, input.reader.raw, STDIN_FILENO)
        unsafe posix_spawn_file_actions_adddup2(&actions, output.writer.raw, STDOUT_FILENO)
        unsafe posix_spawn_file_actions_adddup2(&actions, errors.writer.raw, STDERR_FILENO)
        unsafe clinux_spawn_close_from(&actions, 3)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe sigfillset(&signals)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        let flags = CInt(POSIX_SPAWN_SETSIGMASK) | CInt(POSIX_SPAWN_SETSIGDEF) | clinux_spawn_setsid
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
        var words = unsafe [strdup(path), nil]
        var variables = unsafe environment.map { unsafe strdup($0) } + [nil]
        defer {
            for index in unsafe words.indices { unsafe free(words[index]) }
            for index in unsafe variables.indices { unsafe free(variables[index]) }
        }
        var process = pid_t()
        let status = unsafe posix_spawn(&process, path, &actions, &attributes, &words, &variables)
        guard status == 0 else { throw SystemError("posix_spawn", on: path, code: status) }
        self.process = process
        self.input = input.takeWriter()
        self.output = output.takeReader()
        self.errors = errors.takeReader()
    }

    mutating func run(
        _ bytes: [UInt8], _ limit: Int, _ deadline: SuspendingClock.Instant
    ) throws(ChildFailure) -> ChildEnding {
        if let raw = input?.raw { _ = fcntl(raw, F_SETFL, O_NONBLOCK) }
        for raw in [output.raw, errors.raw] { _ = fcntl(raw, F_SETFL, O_NONBLOCK) }
        var (sent, said, complained) = (0, [UInt8](), [UInt8]())
        var (outputEnded, errorsEnded) = (false, false)
        // Its end is what counts: what it started may keep the pipes open for ever.
        var hasEnded = false
        while !hasEnded {
            hasEnded = self.hasEnded
            let left = SuspendingClock().now.duration(to: deadline)
            guard left > .zero else { throw .overdue }
            var waiting = [
                pollfd(fd: input?.raw ?? -1, events: Int16(POLLOUT), revents: 0),
                pollfd(fd: outputEnded ? -1 : output.raw, events: Int16(POLLIN), revents: 0),
                pollfd(fd: errorsEnded ? -1 : errors.raw, events: Int16(POLLIN), revents: 0),
            ]
            _ = unsafe poll(&waiting, nfds_t(waiting.count), hasEnded ? 0 : 20)
            if let raw = input?.raw, waiting[0].revents != 0 {
                let count = unsafe bytes.withUnsafeBytes { unsafe write(raw, $0.baseAddress! + sent, $0.count - sent) }
                if count > 0 { sent += count }
                if sent == bytes.count || (count < 0 && errno != EAGAIN && errno != EINTR) { input = nil }
            }
            if waiting[1].revents != 0 { outputEnded = Self.read(output.raw, into: &said) }
            if waiting[2].revents != 0 { errorsEnded = Self.read(errors.raw, into: &complained) }
            guard said.count <= limit else { throw .outputTooLarge }
            if complained.count > limit { complained.removeFirst(complained.count - limit) }
        }
        // What it wrote is in the pipes already; others may go on writing, so there is a bound.
        while !outputEnded, said.count <= limit, Self.hasMore(output.raw) {
            outputEnded = Self.read(output.raw, into: &said)
        }
        guard said.count <= limit else { throw .outputTooLarge }
        while !errorsEnded, complained.count <= 2 * limit, Self.hasMore(errors.raw) {
            errorsEnded = Self.read(errors.raw, into: &complained)
        }
        return ChildEnding(status: end(), output: said, errors: Array(complained.suffix(limit)))
    }

    /// Appends what is there; true at the end.
    private static func read(_ raw: Int32, into bytes: inout [UInt8]) -> Bool {
        var chunk = [UInt8](repeating: 0, count: 8192)
        let count = unsafe Glibc.read(raw, &chunk, chunk.count)
        if count > 0 { bytes += chunk.prefix(count) }
        return count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)
    }

    private static func hasMore(_ raw: Int32) -> Bool {
        var waiting = pollfd(fd: raw, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&waiting, 1, 0) == 1
    }

    /// Whether it has ended; its process id stays taken until `end`.
    private var hasEnded: Bool {
        var information = unsafe siginfo_t()
        return unsafe waitid(P_PID, id_t(process), &information, WEXITED | WNOHANG | WNOWAIT) == 0
            && information.si_signo == SIGCHLD
    }

    /// Ends the whole process group and returns the status of the program.
    mutating func end() -> Int32 {
        if let reaped { return reaped }
        kill(-process, SIGKILL)
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
        let ending = status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
        reaped = ending
        return ending
    }
}

/// A pipe whose ends are above the standard descriptors, which they must not be when they are put in their place.
private struct Pipe: ~Copyable {
    let reader: Descriptor
    let writer: Descriptor

    init() throws(SystemError) {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw SystemError("pipe") }
        defer { for end in ends { close(end) } }
        let reader = try Descriptor(fcntl(ends[0], F_DUPFD_CLOEXEC, 3), from: "fcntl")
        let writer = try Descriptor(fcntl(ends[1], F_DUPFD_CLOEXEC, 3), from: "fcntl")
        self.reader = reader
        self.writer = writer
    }

    /// Keeps one end and closes the other.
    consuming func takeReader() -> Descriptor { reader }
    consuming func takeWriter() -> Descriptor { writer }
}

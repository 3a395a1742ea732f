// Stop signals that this process gets alone go on to the command under umockdev-run.
import Glibc
import Platform
import Synchronization

/// The stop signals that came, a bit each; the handler sets it.
private let signalsSeen = Atomic<UInt32>(0)
/// Where the handler writes the number of each signal to pass on.
private let signalWriter = Atomic<Int32>(-1)

/// Passes SIGINT, SIGTERM and SIGHUP on to a command, from its making on; one a process.
///
/// A Ctrl-C comes from the kernel and reaches the whole foreground group, the command too, so that one is left to go its way.
final class StopSignalForwarding: Sendable {
    private static let numbers = [SIGINT, SIGTERM, SIGHUP]

    private let reader: Descriptor
    private let hasEnded = Atomic(false)

    /// Catches the signals.
    ///
    /// - Throws: `SystemError` when the process is out of descriptors.
    init() throws(SystemError) {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw SystemError("pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        reader = try Descriptor(ends[0], from: "pipe")
        signalWriter.store(ends[1], ordering: .sequentiallyConsistent)
        var action = sigaction()
        unsafe action.__sigaction_handler.sa_sigaction = { number, info, _ in
            signalsSeen.bitwiseOr(1 << UInt32(truncatingIfNeeded: number), ordering: .sequentiallyConsistent)
            let isFromTerminal = unsafe info?.pointee.si_code == 0x80  // SI_KERNEL
            guard !isFromTerminal else { return }
            let saved = errno
            var byte = UInt8(truncatingIfNeeded: number)
            _ = unsafe write(signalWriter.load(ordering: .sequentiallyConsistent), &byte, 1)
            errno = saved
        }
        action.sa_flags = SA_SIGINFO | SA_RESTART
        for number in Self.numbers { unsafe sigaction(number, &action, nil) }
        // Whoever started this process may have left them blocked: worker threads of Dispatch do.
        var mask = sigset_t()
        unsafe sigemptyset(&mask)
        for number in Self.numbers { unsafe sigaddset(&mask, number) }
        unsafe pthread_sigmask(SIG_UNBLOCK, &mask, nil)
    }

    /// Begins to pass them on; those that came before wait until the command has its number.
    func start(to command: EmulatedCommand) {
        startThread("signals") { [self] in
            var number: UInt8 = 0
            while unsafe withUnsafeMutableBytes(of: &number, { unsafe readFully(reader.raw, into: $0) }) == 1 {
                var process = command.process
                while process == nil, !hasEnded.load(ordering: .sequentiallyConsistent) {
                    usleep(2000)
                    process = command.process
                }
                if let process, !hasEnded.load(ordering: .sequentiallyConsistent) { kill(process, Int32(number)) }
            }
        }
    }

    /// The command has ended; its number may be another process's from now on.
    func end() { hasEnded.store(true, ordering: .sequentiallyConsistent) }

    /// Whether a number is one of a stop signal that came.
    func came(_ number: Int32) -> Bool {
        Self.numbers.contains(number)
            && signalsSeen.load(ordering: .sequentiallyConsistent) & 1 << UInt32(truncatingIfNeeded: number) != 0
    }
}

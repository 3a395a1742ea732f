// The signals that ask a program to end.
import CLinux
import Glibc
import Synchronization

/// Where the handler writes the number of each signal; -1 before `catchStopSignals`.
private let signalWriter = Atomic<Int32>(-1)
private let signalReader = Atomic<Int32>(-1)

/// Makes SIGINT and SIGTERM wait for `waitForStopSignal`, and ignores SIGPIPE in the whole process.
///
/// Call it first thing in `main`. A handler writes to a pipe; blocking the signals and waiting for them with `sigwait` would
/// not do, because libdispatch parks the main thread of an asynchronous program with all signals unblocked.
///
/// - Throws: `SystemError` when the process is out of descriptors.
package func catchStopSignals() throws(SystemError) {
    signal(SIGPIPE, SIG_IGN)
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else { throw SystemError("pipe") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
    signalReader.store(ends[0], ordering: .sequentiallyConsistent)
    signalWriter.store(ends[1], ordering: .sequentiallyConsistent)
    var action = sigaction()
    unsafe action.__sigaction_handler.sa_handler = { number in
        let saved = errno
        var byte = UInt8(truncatingIfNeeded: number)
        _ = unsafe write(signalWriter.load(ordering: .sequentiallyConsistent), &byte, 1)
        errno = saved
    }
    action.sa_flags = SA_RESTART
    for number in [SIGINT, SIGTERM] { unsafe sigaction(number, &action, nil) }
    // Whoever started the program may have had them blocked, as Foundation's Process and libdispatch's threads do.
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    for number in [SIGINT, SIGTERM] { unsafe sigaddset(&signals, number) }
    unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
}

/// Waits for SIGINT or SIGTERM and returns its number; blocks the calling thread.
package func waitForStopSignal() -> Int32 {
    let reader = signalReader.load(ordering: .sequentiallyConsistent)
    precondition(reader >= 0, "catchStopSignals comes first")
    var number: UInt8 = 0
    let count = unsafe withUnsafeMutableBytes(of: &number) { unsafe readFully(reader, into: $0) }
    return count == 1 ? Int32(number) : SIGTERM
}

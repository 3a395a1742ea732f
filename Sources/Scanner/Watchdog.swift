// A second thread that notices when the device thread no longer runs.
import Dispatch
import Glibc
import Platform
import Synchronization

/// Ends the process when the device thread stands still while something is under way on it.
///
/// A USB call that never returns blocks the one thread that may talk to libfprint, and nothing in this process can get it
/// back. The service manager starts the daemon again, and clients come back through the socket that it keeps open. As long
/// as nothing is under way the watching thread sleeps without a timeout.
final class Watchdog: Sendable {
    static let shared = Watchdog()

    /// The exit status: try again (EX_TEMPFAIL).
    static let exitStatus: Int32 = 75

    private struct State: Sendable {
        /// How many things are under way.
        var holders = 0
        /// Counts the jobs that the device thread has run for the watchdog.
        var beats = 0
        var isThreadStarted = false
        var patience = Limits.patience
    }
    private let state = Mutex(State())
    private let begun = DispatchSemaphore(value: 0)

    private init() {}

    /// How long the device thread may stand still; for tests.
    func setPatience(_ patience: Duration) { state.withLock { $0.patience = patience } }

    /// Something begins that the device thread has to go on with; `end` must follow.
    func begin() {
        let (isFirst, startsThread) = state.withLock { state in
            state.holders += 1
            defer { state.isThreadStarted = true }
            return (state.holders == 1, !state.isThreadStarted)
        }
        if startsThread { startThread("watchdog") { [self] in run() } }
        if isFirst { begun.signal() }
    }

    func end() { state.withLock { $0.holders -= 1 } }

    private func run() {
        while begun.wait(timeout: .distantFuture) == .success {
            while state.withLock({ $0.holders > 0 }) { watchOneBeat() }
        }
    }

    /// Gives the device thread one small job and waits until it has been done.
    private func watchOneBeat() {
        let (seen, nap) = state.withLock { ($0.beats, $0.patience / 10) }
        GLibExecutor.shared.post { [self] in state.withLock { $0.beats += 1 } }
        var naps = 0
        // Many short naps, so that a process that was stopped and continued is not taken for one that hangs.
        repeat {
            usleep(UInt32(nap / .microseconds(1)))
            naps += 1
            if state.withLock({ $0.beats > seen }) { return }
        } while naps < 10
        sayAtOnce(
            "pidd: the scanner's thread does not answer, probably because of a USB call that does not return; ending with "
                + "status \(Self.exitStatus), to be started again")
        _exit(Self.exitStatus)
    }
}

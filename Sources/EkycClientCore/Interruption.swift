// Ctrl-C and kill: the running request ends, what it means is told, and the exit status says which signal it was.
import Glibc
package import HTTPClient
import Platform
import Synchronization

/// Watches for SIGINT and SIGTERM from its making on.
package final class Interruption: Sendable {
    /// Given to every request, so that a signal ends it.
    package let cancellation = Cancellation()
    private let signal = Atomic<Int32>(0)
    private let isInDoubt = Atomic(false)

    /// Starts watching; `catchStopSignals` must have been called before.
    package init() {
        startThread("signals") { [self] in
            let number = waitForStopSignal()
            signal.store(number, ordering: .releasing)
            cancellation.cancel()
            // Whoever does not look at the cancellation, such as a read from a terminal, gets no more time than this. Where a
            // request was ended by it, the run is about to tell what that means.
            sleepMilliseconds(Limits.grace)
            if cancellation.hasEndedRequest { sleepMilliseconds(Limits.lastWords) }
            showTerminalInput()
            _exit(isInDoubt.load(ordering: .acquiring) ? ExitCode.unknownOutcome.rawValue : 128 + number)
        }
    }

    /// The exit status that a signal demands; nil when none came.
    package var exitStatus: Int32? {
        let number = signal.load(ordering: .acquiring)
        return number == 0 ? nil : 128 + number
    }

    /// Says whether Eko may have acted on something that is neither told nor written down yet.
    ///
    /// A run that a signal ends meanwhile, before it could tell, ends as one whose outcome is unknown.
    func setInDoubt(_ isInDoubt: Bool) { self.isInDoubt.store(isInDoubt, ordering: .releasing) }
}

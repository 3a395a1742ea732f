// The end of the daemon in time, whatever hangs.
import Glibc
import LocalServer
import Synchronization

/// Ends the process when stopping takes too long.
///
/// It needs no new thread, no turn in Swift's pool and nobody who reads the journal: each of them may be what hangs.
package final class Farewell: Sendable {
    private struct Followed {
        weak var listener: UnixListener?
    }

    let journal: Journal
    private let followed = Mutex(Followed())

    package init(journal: Journal) { self.journal = journal }

    /// Has the socket removed at the end.
    func follow(_ listener: UnixListener) {
        followed.withLock { $0.listener = listener }
    }

    /// Gives the process the time that stopping may take, then removes the socket and ends with status 1.
    ///
    /// Call it when the signal to stop has come, on the thread that waited for it.
    package func enforce() -> Never {
        usleep(UInt32((Limits.stop - Limits.lastWords) / .microseconds(1)))
        followed.withLock { $0.listener }?.close()
        journal.note("stopping takes too long; ending now")
        journal.flush(within: Limits.lastWords)
        _exit(1)
    }
}

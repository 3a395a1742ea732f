// Accepting connections, also when descriptors run out.
import Glibc
import Platform

/// Accepts connections and holds a descriptor in reserve.
///
/// Without it a process at its limit could neither accept a waiting connection nor refuse it, and would be told of it
/// again and again.
final class Doorkeeper {
    enum Arrival: ~Copyable {
        case connection(Descriptor)
        /// One had to be shed for want of descriptors.
        case shed
        case nobody
        /// The system is out of something; try again later.
        case exhausted
    }

    private var reserve: Descriptor?

    init() { refill() }

    func accept(from listener: UnixListener) -> Arrival {
        if let accepted = try? Descriptor(listener.accept(), from: "accept") { return .connection(accepted) }
        switch errno {
        case EMFILE, ENFILE: return shed(from: listener)
        case ENOBUFS, ENOMEM: return .exhausted
        case ECONNABORTED, EINTR: return .shed
        default: return .nobody
        }
    }

    /// Closes the newest connection by means of the reserve descriptor.
    private func shed(from listener: UnixListener) -> Arrival {
        guard reserve != nil else {
            refill()
            return .exhausted
        }
        reserve = nil
        let accepted = listener.accept()
        guard accepted >= 0 else {
            // A process at its limit is told of the limit even if nobody waits.
            let isNobodyThere = errno == EAGAIN
            refill()
            return isNobodyThere ? .nobody : .exhausted
        }
        Refusal.outOfDescriptors.sendOnce(to: accepted)
        close(accepted)
        refill()
        return .shed
    }

    private func refill() {
        reserve = try? Descriptor(unsafe open("/dev/null", O_RDONLY | O_CLOEXEC), from: "open")
    }
}

// Accepting connections, also when descriptors run out.
import Glibc
import Platform

/// Watches the listeners, accepts connections, and holds a descriptor in reserve.
///
/// Without the reserve a process at its limit could neither accept a waiting connection nor refuse it, and would be told
/// of it again and again.
final class Doorkeeper {
    enum Arrival: ~Copyable {
        case connection(Descriptor)
        /// One had to be shed for want of descriptors.
        case shed
        case nobody
        /// The system is out of something; try again later.
        case exhausted
    }

    /// When accepting goes on after the system ran out of something, since the loop began; nil when it does not rest.
    private(set) var opensAgain: Duration?
    /// Whether nobody is accepted because the daemon is about to leave.
    private var isPaused = false
    /// By the tokens that their events carry.
    private var listeners: [UInt64: any Listener]
    private let poller: Poller
    private var reserve: Descriptor?

    init(_ listeners: [UInt64: any Listener], poller: Poller) {
        self.listeners = listeners
        self.poller = poller
        refill()
    }

    func listener(withToken token: UInt64) -> (any Listener)? { listeners[token] }

    func accept(from listener: any Listener) -> Arrival {
        let raw = listener.accept()
        let code = errno
        if let accepted = try? Descriptor(raw, from: "accept") { return .connection(accepted) }
        switch code {
        case EMFILE, ENFILE: return shed(from: listener)
        case ENOBUFS, ENOMEM: return .exhausted
        case ECONNABORTED, EINTR: return .shed
        default: return .nobody
        }
    }

    /// Accepts nobody until a time.
    func rest(until time: Duration) {
        opensAgain = time
        watch([])
    }

    /// Accepts again if the time to rest is over.
    func open(at now: Duration) {
        guard let time = opensAgain, time <= now else { return }
        opensAgain = nil
        if !isPaused { watch(.input) }
    }

    /// Accepts nobody until `resume`; whether nobody waits to be accepted.
    func pause() -> Bool {
        isPaused = true
        watch([])
        return listeners.values.allSatisfy { listener in
            guard let raw = listener.raw else { return true }
            var state = pollfd(fd: raw, events: Int16(POLLIN), revents: 0)
            return unsafe poll(&state, 1, 0) == 0
        }
    }

    /// Accepts again after `pause`.
    func resume() {
        isPaused = false
        if opensAgain == nil { watch(.input) }
    }

    /// Closes all listeners for good.
    func close() {
        opensAgain = nil
        for listener in listeners.values {
            if let raw = listener.raw { poller.remove(raw) }
            listener.close()
        }
        listeners = [:]
    }

    private func watch(_ interest: Interest) {
        for (token, listener) in listeners {
            if let raw = listener.raw { try? poller.change(raw, token: token, interest) }
        }
    }

    /// Closes the newest connection by means of the reserve descriptor.
    private func shed(from listener: any Listener) -> Arrival {
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
        Glibc.close(accepted)
        refill()
        return .shed
    }

    private func refill() {
        reserve = try? Descriptor(unsafe Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC), from: "open")
    }
}

// One client's connection: what it is doing, and its bytes in and out.
import Glibc
import HTTPWire
import Platform

/// A connection and its state; only the loop touches it.
final class Connection {
    enum Phase {
        /// A request is awaited or under way.
        case reading
        /// A route has the request; nothing is read until it has answered.
        case exchanging(Exchange)
        /// The rest of the answer is on its way.
        case writing
        /// All is said; the client is waited for to close.
        case lingering
    }

    let descriptor: Descriptor
    let serial: UInt64
    let peer: Peer
    let listener: any Listener
    var parser: RequestParser
    var phase = Phase.reading
    /// Where in a request the client was when the deadline was last set.
    var stage = RequestParser.Stage.head
    /// When the connection is given up unless something changes, since the loop began; nil while a route has the request.
    var deadline: Duration?
    /// Whether a route has had a request of it.
    var hasAsked = false
    var closesAfterAnswer = false
    /// What epoll was last told.
    var registeredInterest = Interest.input

    private var output: [UInt8] = []
    private var sent = 0

    init(_ descriptor: consuming Descriptor, serial: UInt64, peer: Peer, listener: any Listener, parser: RequestParser)
    {
        self.descriptor = descriptor
        self.serial = serial
        self.peer = peer
        self.listener = listener
        self.parser = parser
    }

    deinit { parser.forget() }

    /// What the phase makes worth waking up for.
    var interest: Interest {
        var interest: Interest = hasOutput ? .output : []
        switch phase {
        case .reading, .lingering: interest.insert(.input)
        case .exchanging: if listener.takesEndForHangUp { interest.insert(.end) }
        case .writing: break
        }
        return interest
    }

    /// Whether an event says that the client has gone.
    func isGone(_ event: Event) -> Bool {
        if case .exchanging = phase, event.isEnd { return true }
        return event.isHangUp
    }

    /// Whether it takes one of the places that are limited.
    var isServed: Bool {
        if case .lingering = phase { false } else { true }
    }

    var place: Place { Place(peer.uid, at: listener.door) }

    /// Whether it has not sent a whole request yet.
    var isSilent: Bool { if case .reading = phase { !hasAsked } else { false } }

    /// The order in which silent ones give way: those at the loopback door first, the oldest first.
    static func givesWayBefore(_ one: Connection, _ other: Connection) -> Bool {
        one.place.isLoopback == other.place.isLoopback ? one.serial < other.serial : one.place.isLoopback
    }

    // MARK: Input

    enum Received {
        case bytes(Int)
        case nothing
        /// The client has ended its sending.
        case end
        case failure
    }

    /// Reads once, into the front of `chunk`.
    func receive(into chunk: inout [UInt8]) -> Received {
        let count = unsafe chunk.withUnsafeMutableBytes { unsafe recv(descriptor.raw, $0.baseAddress, $0.count, 0) }
        if count > 0 { return .bytes(count) }
        if count == 0 { return .end }
        return errno == EAGAIN || errno == EINTR ? .nothing : .failure
    }

    // MARK: Output

    var hasOutput: Bool { sent < output.count }

    func queue(_ bytes: [UInt8]) {
        if hasOutput { output += bytes } else { (output, sent) = (bytes, 0) }
    }

    enum Flushed {
        case all
        case some
        case failure
    }

    /// Writes as much as the kernel takes.
    func flush() -> Flushed {
        while hasOutput {
            let count = unsafe output.withUnsafeBytes { bytes in
                unsafe send(descriptor.raw, bytes.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count >= 0 {
                sent += count
                if case .exchanging(let exchange) = phase { exchange.taken(count) }
            } else if errno == EAGAIN {
                forgetSent()
                return .some
            } else if errno != EINTR {
                return .failure
            }
        }
        (output, sent) = ([], 0)
        return .all
    }

    /// Keeps a stream that never runs dry from growing: what is sent goes once it is the larger part.
    private func forgetSent() {
        guard sent * 2 >= output.count else { return }
        output.removeSubrange(..<sent)
        sent = 0
    }

    /// Tells the client that nothing more comes.
    func endOutput() { _ = shutdown(descriptor.raw, Int32(SHUT_WR)) }
}

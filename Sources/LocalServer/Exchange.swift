// One request and the answer to it, as the routes see them.
package import HTTPWire
import Synchronization

/// A request that waits for its answer, which any thread may give, at any time.
///
/// It is answered once: by `respond`, or by `startStream`, any number of `send` and `finish`. Calls that come too late,
/// because it was answered before or because the client has gone, do nothing.
///
/// Whoever works on the answer keeps a reference: a client that has gone leaves its place to others when the last one is
/// released, so that clients that come and go cannot pile up work.
package final class Exchange: Sendable {
    /// The number of this request since the server started, from 1.
    package let id: UInt64
    package let request: HTTPRequest
    package let peer: Peer
    /// Which way the request came in.
    package let door: Door

    private enum Phase {
        case waiting
        case streaming
        /// Streaming, but the reader was too slow; the loop is about to close the connection.
        case cut
        /// Answered, or without anybody to answer to.
        case over(hungUp: Bool)
    }

    private struct State {
        var phase = Phase.waiting
        var closes = false
        /// Bytes of the stream that the kernel has not yet taken.
        var backlog = 0
        var hangUpHandlers: [@Sendable () -> Void] = []
    }

    private let connection: UInt64
    private let mailbox: Mailbox
    private let streamBacklog: Int
    private let state = Mutex(State())

    init(
        id: UInt64, _ request: HTTPRequest, from peer: Peer, through door: Door, connection: UInt64, mailbox: Mailbox,
        streamBacklog: Int
    ) {
        self.id = id
        self.request = request
        self.peer = peer
        self.door = door
        self.connection = connection
        self.mailbox = mailbox
        self.streamBacklog = streamBacklog
    }

    /// Tells the loop that nobody works any more for a client that has gone.
    deinit {
        let hungUp = state.withLock { state in
            if case .over(hungUp: true) = state.phase { true } else { false }
        }
        if hungUp { mailbox.post(.abandoned(exchange: id)) }
    }

    // MARK: Answering

    /// Answers with a whole response.
    package func respond(_ response: HTTPResponse) {
        let closes = response.closesConnection || !request.keepsAlive
        let bytes = response.bytes(closing: closes, isHead: request.method == "HEAD")
        change { state in
            guard case .waiting = state.phase else { return }
            state.phase = .over(hungUp: false)
            post(bytes, isLast: true, closes: closes)
        }
    }

    /// Begins an answer whose body follows in pieces; the body of `head` is left out.
    package func startStream(_ head: HTTPResponse) {
        let closes = head.closesConnection || !request.keepsAlive || !isChunked
        let bytes = head.streamHead(chunked: isChunked, closing: closes)
        change { state in
            guard case .waiting = state.phase else { return }
            state.phase = .streaming
            state.closes = closes
            state.backlog = bytes.count
            post(bytes, isLast: false, closes: closes)
        }
    }

    /// Sends a piece of the body.
    ///
    /// Returns false when nobody takes it: the stream has not begun or is over, the client has gone, or it reads so
    /// slowly that the bounded backlog is full. In the last case its connection is cut, as if it had gone.
    @discardableResult
    package func send(_ bytes: [UInt8]) -> Bool {
        let framed = isChunked ? HTTPResponse.chunk(bytes) : bytes
        return change { state in
            guard case .streaming = state.phase else { return false }
            guard !framed.isEmpty else { return true }
            guard state.backlog + framed.count <= streamBacklog else {
                state.phase = .cut
                mailbox.post(.cut(connection: connection))
                return false
            }
            state.backlog += framed.count
            post(framed, isLast: false, closes: state.closes)
            return true
        }
    }

    /// Ends a streamed answer.
    package func finish() {
        change { state in
            guard case .streaming = state.phase else { return }
            state.phase = .over(hungUp: false)
            post(isChunked ? HTTPResponse.lastChunk : [], isLast: true, closes: state.closes)
        }
    }

    /// Has a closure called if the client goes away before it has been answered in full, or the server stops.
    ///
    /// It is called once, on the net thread or, when the client has gone already, on this one; it must return at once.
    package func onHangUp(_ handler: @escaping @Sendable () -> Void) {
        let isTooLate = state.withLock { state in
            switch state.phase {
            case .waiting, .streaming, .cut:
                state.hangUpHandlers.append(handler)
                return false
            case .over(let hungUp): return hungUp
            }
        }
        if isTooLate { handler() }
    }

    // MARK: For the loop

    /// The kernel has taken bytes of the answer.
    func taken(_ count: Int) {
        state.withLock { $0.backlog = max(0, $0.backlog - count) }
    }

    /// The client has gone; returns whether its request was still worked on, the end of which the loop then will be told.
    func hangUp() -> Bool {
        guard let handlers = giveUp(answering: nil) else { return false }
        for handler in handlers { handler() }
        return true
    }

    /// The server stops: a waiting client gets `response`, a streamed answer ends.
    func withdraw(_ response: HTTPResponse) {
        for handler in giveUp(answering: response) ?? [] { handler() }
    }

    /// Nil when it has been answered.
    private func giveUp(answering response: HTTPResponse?) -> [@Sendable () -> Void]? {
        state.withLock { state in
            let last: [UInt8]?
            switch state.phase {
            case .over: return nil
            case .waiting: last = response?.bytes(closing: true, isHead: request.method == "HEAD")
            case .streaming: last = response == nil ? nil : isChunked ? HTTPResponse.lastChunk : []
            case .cut: last = nil
            }
            state.phase = .over(hungUp: true)
            if let last { post(last, isLast: true, closes: true) }
            defer { state.hangUpHandlers = [] }
            return state.hangUpHandlers
        }
    }

    // MARK: Bookkeeping

    private var isChunked: Bool { request.version == .http11 }

    /// Changes the state, and lets go of handlers that will not be called outside the lock, for they may own much.
    @discardableResult
    private func change<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
        let (result, _) = state.withLock { state in
            let result = body(&state)
            var released: [@Sendable () -> Void] = []
            if case .over = state.phase { swap(&released, &state.hangUpHandlers) }
            return (result, released)
        }
        return result
    }

    /// Called under the lock, so that the pieces reach the loop in the order in which they were accepted.
    private func post(_ bytes: [UInt8], isLast: Bool, closes: Bool) {
        mailbox.post(
            .answer(AnswerPart(connection: connection, exchange: id, bytes: bytes, isLast: isLast, closes: closes)))
    }
}

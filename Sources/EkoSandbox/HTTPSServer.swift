// HTTP/1.1 over TLS: one thread a connection, a cap on their number, a deadline on everything.
import Dispatch
import Glibc
package import HTTPWire
import Platform
import Secrets
import Synchronization

/// A TLS server on 127.0.0.1.
package final class HTTPSServer: Sendable {
    /// The port that is listened on.
    package let port: UInt16
    private let listener: Listener
    private let context: TLSContext
    private let faults: FaultPlan?
    private let limits: ConnectionLimits
    private let respond: @Sendable (HTTPRequest) -> HTTPResponse
    private let log: @Sendable (String) -> Void
    /// One permit a connection; whoever holds all of them knows that no connection is left.
    private let permits: DispatchSemaphore
    private let state = Mutex(State())

    private struct State {
        var isStopping = false
        /// The sockets of all connections, so that `stop` can end their waits.
        var open: Set<Int32> = []
        /// Answers that met the fault so far.
        var spoilt = 0
    }

    /// Listens; nothing is accepted before `run`.
    ///
    /// - Parameters:
    ///   - port: 0 for any free one.
    ///   - identity: the certificate and key that clients see.
    ///   - clientAuthority: PEM file of the authority that clients' certificates must be of; nil to ask for none.
    ///   - faults: what to do to which answers.
    ///   - limits: on connections, and their deadlines.
    ///   - respond: makes the answer to a request, on the connection's own thread.
    ///   - log: takes one line for each connection that ends without a request.
    /// - Throws: `SystemError` when the port is taken; `TLSError` when the identity is not accepted.
    package init(
        port: UInt16, identity: TLSIdentity, clientAuthority: String?, faults: FaultPlan?, limits: ConnectionLimits,
        respond: @escaping @Sendable (HTTPRequest) -> HTTPResponse,
        log: @escaping @Sendable (String) -> Void
    ) throws {
        // A client that hangs up while it is written to must not end the process.
        signal(SIGPIPE, SIG_IGN)
        context = try TLSContext(identity, clientAuthority: clientAuthority)
        listener = try Listener(port: port)
        self.port = listener.port
        self.faults = faults
        self.limits = limits
        permits = DispatchSemaphore(value: limits.count)
        self.respond = respond
        self.log = log
    }

    /// Serves until `stop`; returns when every connection has ended.
    ///
    /// - Throws: `SystemError` when no more connections can be accepted.
    package func run() throws {
        defer { endAll() }
        var isRunning = true
        while isRunning {
            permits.wait()
            guard let socket = try acceptOrRelease() else {
                isRunning = false
                continue
            }
            start(socket)
        }
    }

    /// Ends the wait for connections and those that are open.
    package func stop() {
        listener.stop()
        state.withLock { state in
            state.isStopping = true
            for socket in state.open { shutdown(socket, Int32(SHUT_RDWR)) }
        }
    }

    private func acceptOrRelease() throws -> Descriptor? {
        do {
            if let socket = try listener.accept() { return socket }
            permits.signal()
            return nil
        } catch {
            permits.signal()
            throw error
        }
    }

    /// Waits for all connections, as long as `ConnectionLimits.stopSeconds`.
    private func endAll() {
        stop()
        let deadline = DispatchTime.now() + .seconds(ConnectionLimits.stopSeconds)
        var held = 0
        while held < limits.count, permits.wait(timeout: deadline) == .success { held += 1 }
        for _ in 0..<held { permits.signal() }
    }

    private func start(_ socket: consuming Descriptor) {
        let raw = socket.release()
        let isWelcome = state.withLock { state in
            if !state.isStopping { state.open.insert(raw) }
            return !state.isStopping
        }
        guard isWelcome else {
            close(raw)
            permits.signal()
            return
        }
        startThread("connection") { [self] in
            serve(raw)
            permits.signal()
        }
    }

    private func serve(_ raw: Int32) {
        do {
            let connection = try TLSConnection(Descriptor(raw, from: "accept"), context)
            // Out of the set before the descriptor is closed and its number means another socket.
            defer { state.withLock { _ = $0.open.remove(raw) } }
            if faults?.fault == .cutAccept { return connection.cut() }
            if faults?.fault == .cutHandshake {
                connection.watch(until: .now + limits.handshakeTime)
                return connection.cut()
            }
            try shakeHands(connection)
            try converse(connection)
        } catch ConnectionEnd.timedOut {
            log("connection ended: no whole request in time")
        } catch ConnectionEnd.tls(let reason) {
            log("connection ended: not TLS 1.2 or newer as it should be (\(reason))")
        } catch ConnectionEnd.distrusted {
            log("connection ended: the client does not trust this certificate; give it the file of --ca-out")
        } catch {
            // The client has gone, or the sandbox is stopping: nothing to tell.
        }
    }

    private func shakeHands(_ connection: borrowing TLSConnection) throws(ConnectionEnd) {
        do {
            try connection.handshake(until: .now + limits.handshakeTime)
        } catch {
            // A TLS 1.3 client may have sent its request by now; closed with that unread, the line would be reset, and the alert
            // that says why lost.
            if case .tls = error { connection.finish(until: .now + limits.lingerTime) }
            throw error
        }
    }

    /// Answers one request after the other.
    private func converse(_ connection: borrowing TLSConnection) throws {
        var bounds = RequestLimits()
        bounds.body = Limits.body
        var parser = RequestParser(limits: bounds)
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        defer {
            parser.forget()
            wipe(&buffer)
        }
        var isOpen = true
        while isOpen {
            do {
                guard let request = try next(connection, &parser, &buffer) else { return }
                isOpen = try send(respond(request), to: request, connection)
            } catch let refusal as HTTPRefusal {
                log("connection ended: \(refusal.cause) (HTTP \(refusal.status))")
                try connection.write(refusal.response.bytes(closing: true), until: .now + limits.answerTime)
                isOpen = false
            }
        }
        connection.finish(until: .now + limits.lingerTime)
    }

    /// The next request; nil when the client has hung up between two requests.
    private func next(
        _ connection: borrowing TLSConnection, _ parser: inout RequestParser, _ buffer: inout [UInt8]
    ) throws -> HTTPRequest? {
        let deadline = SuspendingClock().now + limits.requestTime
        var request = try parser.next()
        while request == nil {
            if parser.takeContinue() { try connection.write(HTTPResponse.continue, until: deadline) }
            let count: Int
            do throws(ConnectionEnd) {
                count = try connection.read(into: &buffer, until: deadline)
            } catch {
                // A client that keeps an idle connection did nothing wrong.
                if case .timedOut = error, parser.stage == .idle { return nil }
                throw error
            }
            guard count > 0 else {
                if parser.stage == .idle { return nil }
                throw HTTPRefusal.incomplete
            }
            if faults?.fault == .cutRequest {
                connection.cut()
                throw ConnectionEnd.closed
            }
            parser.append(buffer[..<count])
            request = try parser.next()
        }
        return request
    }

    /// Sends an answer, spoilt if so wanted; true when the connection stays open.
    private func send(
        _ response: HTTPResponse, to request: HTTPRequest, _ connection: borrowing TLSConnection
    ) throws -> Bool {
        let fault = fault(for: request)
        if fault == .slow { connection.watch(until: .now + limits.slowAnswer) }
        let response = fault?.spoiling(response) ?? response
        let closes = response.closesConnection || !request.keepsAlive || state.withLock { $0.isStopping }
        let bytes = response.bytes(closing: closes)
        if fault == .cut || fault == .cutUnanswered {
            if fault == .cut { try connection.write(bytes.prefix(bytes.count / 2), until: .now + limits.answerTime) }
            connection.cut()
            throw ConnectionEnd.closed
        }
        try connection.write(bytes, until: .now + limits.answerTime)
        return !closes
    }
    /// What the answer to this request meets, if anything.
    private func fault(for request: HTTPRequest) -> Fault? {
        guard let faults, faults.path.isEmpty || request.path.contains(faults.path) else { return nil }
        return state.withLock { state in
            guard state.spoilt < faults.times ?? .max else { return nil }
            state.spoilt += 1
            return faults.fault
        }
    }
}

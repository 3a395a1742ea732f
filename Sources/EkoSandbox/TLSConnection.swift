// One TLS connection on a non-blocking socket, where every wait has a deadline.
import CSSL
import Glibc
import Platform

/// Why a connection ends; none of these can be answered.
enum ConnectionEnd: Error {
    case closed
    case timedOut
    /// The other side does not speak TLS 1.2 or newer, or broke it.
    case tls(String)
    /// The other side has said in a TLS alert that it does not believe the certificate.
    case distrusted
}

extension ConnectionEnd {
    /// Tells the alerts that clients send for a certificate of an unknown authority (RFC 8446, 6.2) from everything else.
    fileprivate init(_ error: TLSError) {
        let alerts = ["alert unknown ca", "alert bad certificate", "alert certificate unknown"]
        self = alerts.contains(where: error.description.hasSuffix) ? .distrusted : .tls(error.description)
    }
}

/// A socket and the TLS on it; both are closed when it goes.
@safe struct TLSConnection: ~Copyable {
    private let socket: Descriptor
    private let session: OpaquePointer
    /// What is watched for hang-ups and shut down from outside to end the connection.
    var descriptor: Int32 { socket.raw }

    /// Takes over a connected, non-blocking socket.
    init(_ socket: consuming Descriptor, _ context: TLSContext) throws {
        guard let session = unsafe SSL_new(context.raw) else { throw TLSError("making a TLS session") }
        unsafe SSL_set_fd(session, socket.raw)
        unsafe self.session = unsafe session
        self.socket = socket
    }

    deinit { unsafe SSL_free(session) }

    func handshake(until deadline: SuspendingClock.Instant) throws(ConnectionEnd) {
        _ = try repeating(until: deadline) { unsafe SSL_accept(session) }
    }

    /// Reads what is there; 0 when the other side has said that it sends no more.
    func read(into buffer: inout [UInt8], until deadline: SuspendingClock.Instant) throws(ConnectionEnd) -> Int {
        let count = Int32(buffer.count)
        return try repeating(until: deadline) {
            unsafe buffer.withUnsafeMutableBytes { unsafe SSL_read(session, $0.baseAddress, count) }
        }
    }

    func write(_ bytes: some Collection<UInt8>, until deadline: SuspendingClock.Instant) throws(ConnectionEnd) {
        let bytes = Array(bytes)
        guard !bytes.isEmpty else { return }
        // Without SSL_MODE_ENABLE_PARTIAL_WRITE a success is the whole of it, and each try is given the same bytes.
        _ = try repeating(until: deadline) {
            unsafe bytes.withUnsafeBytes { unsafe SSL_write(session, $0.baseAddress, Int32($0.count)) }
        }
    }

    /// Says goodbye, and listens until the other side has hung up or the deadline has passed.
    func finish(until deadline: SuspendingClock.Instant) {
        unsafe SSL_shutdown(session)
        ERR_clear_error()
        shutdown(descriptor, Int32(SHUT_WR))
        var ignored = [UInt8](repeating: 0, count: 16 * 1024)
        var isOpen = true
        while isOpen, Self.wait(descriptor, Int16(POLLIN), until: deadline) {
            let count = unsafe recv(descriptor, &ignored, ignored.count, 0)
            isOpen = count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR))
        }
    }

    /// Ends the TCP connection without a goodbye, as a broken line would.
    func cut() {
        var reset = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout<linger>.size))
    }

    /// Waits until the other side sends more or hangs up, or the deadline passes.
    func watch(until deadline: SuspendingClock.Instant) {
        _ = Self.wait(descriptor, Int16(POLLIN), until: deadline)
    }

    /// Calls libssl until it has done its work, waiting for the socket in between; the result, or 0 at the end of input.
    private func repeating(
        until deadline: SuspendingClock.Instant, _ call: () -> Int32
    ) throws(ConnectionEnd) -> Int {
        var events = Int16(0)
        repeat {
            ERR_clear_error()
            let result = call()
            if result > 0 { return Int(result) }
            let kind = unsafe SSL_get_error(session, result)
            switch kind {
            case SSL_ERROR_WANT_READ: events = Int16(POLLIN)
            case SSL_ERROR_WANT_WRITE: events = Int16(POLLOUT)
            case SSL_ERROR_ZERO_RETURN: return 0
            case SSL_ERROR_SSL: throw ConnectionEnd(TLSError("TLS"))
            default: throw .closed
            }
        } while Self.wait(descriptor, events, until: deadline)
        throw .timedOut
    }

    /// Waits for an event, a hang-up included; false when the deadline has passed.
    private static func wait(_ descriptor: Int32, _ events: Int16, until deadline: SuspendingClock.Instant) -> Bool {
        var ready: Int32 = -1
        repeat {
            let left = deadline - SuspendingClock().now
            guard left > .zero else { return false }
            let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000 + 1
            var watched = pollfd(fd: descriptor, events: events, revents: 0)
            ready = unsafe poll(&watched, 1, Int32(clamping: milliseconds))
        } while ready < 0 && errno == EINTR
        return ready > 0
    }
}

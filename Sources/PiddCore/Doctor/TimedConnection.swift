// A connection of the doctor's to a daemon: blocking, and over by a deadline whatever the other side does.
import Glibc
import LocalServer
import Platform

/// A client's end of a connection.
struct TimedConnection: ~Copyable {
    private let socket: Descriptor
    private let deadline: SuspendingClock.Instant
    /// For error texts.
    private let subject: String

    /// The descriptor.
    var raw: Int32 { socket.raw }

    /// Connects to a Unix socket.
    ///
    /// - Throws: `SystemError`: why nobody answers; ETIMEDOUT when the time is over.
    init(path: String, within time: Duration) throws(SystemError) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw SystemError("connect", on: path, code: ENAMETOOLONG)
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        try self.init(to: address, family: AF_UNIX, called: path, within: time)
    }

    /// Connects to a port of 127.0.0.1.
    ///
    /// - Throws: `SystemError`: why nobody answers; ETIMEDOUT when the time is over.
    init(port: UInt16, within time: Duration) throws(SystemError) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        try self.init(to: address, family: AF_INET, called: "127.0.0.1:\(port)", within: time)
    }

    private init<Address>(
        to address: Address, family: Int32, called subject: String, within time: Duration
    ) throws(SystemError) {
        let deadline = SuspendingClock().now + time
        let socket = try Descriptor(
            Glibc.socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0), from: "socket")
        try Self.limit(socket.raw, until: deadline, on: subject)
        let raw = socket.raw
        let connected = unsafe withUnsafePointer(to: address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(raw, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
        guard connected == 0 else { throw Self.error("connect", subject) }
        self.socket = socket
        self.deadline = deadline
        self.subject = subject
    }

    /// Sends something shorter than any socket buffer: in one piece or not at all.
    func send(_ bytes: [UInt8]) throws(SystemError) {
        let sent = unsafe bytes.withUnsafeBytes {
            unsafe Glibc.send(raw, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        guard sent == bytes.count else { throw Self.error("send", subject) }
    }

    /// Reads to the end of the connection, or as much as the doctor wants of any answer.
    func readToEnd() throws(SystemError) -> String {
        var bytes = [UInt8](repeating: 0, count: DoctorLimits.answerBytes)
        var count = 0
        while count < bytes.count {
            try Self.limit(raw, until: deadline, on: subject)
            let got = unsafe bytes.withUnsafeMutableBytes {
                unsafe recv(raw, $0.baseAddress! + count, $0.count - count, 0)
            }
            if got == 0 { break }
            guard got > 0 else { throw Self.error("recv", subject) }
            count += got
        }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    /// Lets the next call block until the deadline and not longer.
    private static func limit(
        _ socket: Int32, until deadline: SuspendingClock.Instant, on subject: String
    ) throws(SystemError) {
        let left = deadline - SuspendingClock().now
        // No time at all would mean no limit to the kernel.
        guard left >= .milliseconds(1) else { throw SystemError("answer", on: subject, code: ETIMEDOUT) }
        var time = timeval(
            tv_sec: Int(left.components.seconds), tv_usec: Int(left.components.attoseconds / 1_000_000_000_000))
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            guard unsafe setsockopt(socket, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size)) == 0
            else { throw SystemError("setsockopt", on: subject) }
        }
    }

    /// The error of a call on a socket with a time limit, whose end is told as EAGAIN, or EINPROGRESS while connecting.
    private static func error(_ call: String, _ subject: String) -> SystemError {
        let code = errno
        return SystemError(call, on: subject, code: code == EAGAIN || code == EINPROGRESS ? ETIMEDOUT : code)
    }
}

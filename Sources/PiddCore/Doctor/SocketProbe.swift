// Asks the daemon whether it is ready, as a client would, within a deadline.
import Glibc
import LocalServer
import Platform

/// The daemon's answer to RDSERVICE.
struct SocketProbe: Equatable, Sendable {
    /// READY, USED or NOTREADY, or `HTTP 403` and the like.
    let status: String
    /// The daemon's own words in printable ASCII.
    let info: String
    /// The process that answers.
    let peer: Peer

    /// Sends RDSERVICE to a socket and reads the answer, blocking.
    ///
    /// - Throws: `SystemError`: why nobody answers; ETIMEDOUT when the time is over, EPROTO for an answer that is none.
    init(asking path: String, within time: Duration = DoctorLimits.answer) throws(SystemError) {
        let answer: String
        (peer, answer) = try Self.ask("RDSERVICE / HTTP/1.1", at: path, until: SuspendingClock().now + time)
        let line = answer.prefix { $0 != "\r\n" }
        guard line.hasPrefix("HTTP/1.1 ") else { throw SystemError("RDSERVICE", on: path, code: EPROTO) }
        guard line.hasPrefix("HTTP/1.1 200") else {
            (status, info) = ("HTTP \(line.dropFirst(9).prefix(3))", "")
            return
        }
        guard let status = Self.attribute("status", of: answer) else {
            throw SystemError("RDSERVICE", on: path, code: EPROTO)
        }
        self.status = status
        info = Self.attribute("info", of: answer) ?? ""
    }

    /// The body of the daemon's status (docs/openapi.json), blocking.
    ///
    /// - Throws: `SystemError`, EPROTO for any other answer.
    static func status(
        askedAt path: String, within time: Duration = DoctorLimits.answer
    ) throws(SystemError) -> [UInt8] {
        let (_, answer) = try ask("GET /v1/status HTTP/1.1", at: path, until: SuspendingClock().now + time)
        guard answer.hasPrefix("HTTP/1.1 200"), let end = answer.firstRange(of: "\r\n\r\n") else {
            throw SystemError("GET", on: path, code: EPROTO)
        }
        return Array(answer[end.upperBound...].utf8)
    }

    /// Sends a request and reads to the end of the connection.
    private static func ask(
        _ requestLine: String, at path: String, until deadline: SuspendingClock.Instant
    ) throws(SystemError) -> (peer: Peer, answer: String) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw SystemError("connect", on: path, code: ENAMETOOLONG)
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let socket = try Descriptor(
            Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0), from: "socket")
        try limit(socket.raw, until: deadline, on: path)
        let connected = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(socket.raw, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard connected == 0 else { throw error("connect", path) }
        let peer = try Peer(of: socket.raw)
        let request = Array("\(requestLine)\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
        // Shorter than any socket buffer: it is sent in one piece or not at all.
        let sent = unsafe request.withUnsafeBytes {
            unsafe send(socket.raw, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        guard sent == request.count else { throw error("send", path) }
        return (peer, try answer(socket.raw, until: deadline, on: path))
    }

    /// Reads to the end of the connection.
    private static func answer(
        _ socket: Int32, until deadline: SuspendingClock.Instant, on path: String
    ) throws(SystemError) -> String {
        var bytes = [UInt8](repeating: 0, count: DoctorLimits.answerBytes)
        var count = 0
        while count < bytes.count {
            try limit(socket, until: deadline, on: path)
            let got = unsafe bytes.withUnsafeMutableBytes {
                unsafe recv(socket, $0.baseAddress! + count, $0.count - count, 0)
            }
            if got == 0 { break }
            guard got > 0 else { throw error("recv", path) }
            count += got
        }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    /// Lets the next call block until the deadline and not longer.
    private static func limit(
        _ socket: Int32, until deadline: SuspendingClock.Instant, on path: String
    ) throws(SystemError) {
        let left = deadline - SuspendingClock().now
        // No time at all would mean no limit to the kernel.
        guard left >= .milliseconds(1) else { throw SystemError("RDSERVICE", on: path, code: ETIMEDOUT) }
        var time = timeval(
            tv_sec: Int(left.components.seconds), tv_usec: Int(left.components.attoseconds / 1_000_000_000_000))
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            guard unsafe setsockopt(socket, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size)) == 0
            else {
                throw SystemError("setsockopt", on: path)
            }
        }
    }

    /// The error of a call on a socket with a time limit, whose end is told as EAGAIN.
    private static func error(_ call: String, _ path: String) -> SystemError {
        let code = errno
        return SystemError(call, on: path, code: code == EAGAIN ? ETIMEDOUT : code)
    }

    /// The value of an attribute of RDService, in printable ASCII and bounded.
    private static func attribute(_ name: String, of answer: String) -> String? {
        guard let element = answer.firstRange(of: "<RDService ")?.upperBound,
            let start = answer[element...].firstRange(of: "\(name)=\"")?.upperBound
        else { return nil }
        let value = answer[start...].prefix { $0 != "\"" }
        return String(
            decoding: value.utf8.filter { (0x20...0x7e).contains($0) }.prefix(DoctorLimits.answerInfo), as: UTF8.self)
    }
}

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
        let connection = try TimedConnection(path: path, within: time)
        peer = try Peer(of: connection.raw)
        try connection.send(Array("RDSERVICE / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8))
        let answer = try connection.readToEnd()
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
        let connection = try TimedConnection(path: path, within: time)
        try connection.send(Array("GET /v1/status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8))
        let answer = try connection.readToEnd()
        guard answer.hasPrefix("HTTP/1.1 200"), let end = answer.firstRange(of: "\r\n\r\n") else {
            throw SystemError("GET", on: path, code: EPROTO)
        }
        return Array(answer[end.upperBound...].utf8)
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

// Responses and how they are written.

/// A response, whole or the head of one that is streamed.
///
/// Nothing in it can break the framing: Content-Length, Transfer-Encoding and Connection are the writer's own, whatever
/// `headers` says of them.
package struct HTTPResponse: Sendable, Equatable {
    package var status: Int
    package var headers: HTTPHeaders
    package var body: [UInt8]
    /// Whether the connection closes after it even if the client would keep it.
    package var closesConnection = false

    package init(status: Int, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A line of plain text.
    package init(text: String, status: Int, headers: HTTPHeaders = [:]) {
        self.init(status: status, headers: headers, body: Array("\(text)\n".utf8))
        self.headers.add("Content-Type", "text/plain; charset=utf-8")
    }

    /// The interim answer that makes a waiting client send its body.
    package static let `continue` = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

    /// The bytes of the whole response.
    ///
    /// `closing` says that the connection closes after it; the answer to a HEAD request (`isHead`) carries the length
    /// of the body and not the body.
    package func bytes(closing: Bool, isHead: Bool = false) -> [UInt8] {
        let hasBody = status != 204 && status != 304
        var bytes = head(hasBody ? .length(body.count) : .none, closing: closing, room: body.count)
        if hasBody, !isHead { bytes += body }
        return bytes
    }

    /// The bytes of the head of a response whose body follows in pieces; `body` is left out.
    ///
    /// If `chunked`, as HTTP/1.1 allows, the pieces are framed by `chunk`; else the end of the connection ends the body.
    package func streamHead(chunked: Bool, closing: Bool) -> [UInt8] {
        head(chunked ? .chunked : .none, closing: closing || !chunked, room: 0)
    }

    /// One piece of a chunked body; empty for no bytes, because an empty chunk would end the body.
    package static func chunk(_ bytes: [UInt8]) -> [UInt8] {
        guard !bytes.isEmpty else { return [] }
        return Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8)
    }

    /// What ends a chunked body.
    package static let lastChunk = Array("0\r\n\r\n".utf8)

    /// How a reader finds the end of the body.
    private enum Framing {
        /// There is no body, or the end of the connection ends it.
        case none
        case length(Int)
        case chunked
    }

    private static let framingHeaders = ["Content-Length", "Transfer-Encoding", "Connection"]

    /// The head, with room for that many bytes after it.
    private func head(_ framing: Framing, closing: Bool, room: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(512 + room)
        bytes.append(ascii: "HTTP/1.1 ")
        bytes += String(status).utf8
        bytes.append(ascii: " ")
        bytes.append(ascii: Self.reason(status))
        bytes.append(ascii: "\r\n")
        headers.write(to: &bytes, except: Self.framingHeaders)
        switch framing {
        case .none: break
        case .length(let length):
            bytes.append(ascii: "Content-Length: ")
            bytes += String(length).utf8
            bytes.append(ascii: "\r\n")
        case .chunked: bytes.append(ascii: "Transfer-Encoding: chunked\r\n")
        }
        bytes.append(ascii: closing ? "Connection: close\r\n\r\n" : "Connection: keep-alive\r\n\r\n")
        return bytes
    }

    /// The phrase after the status; clients must not care, people reading a trace do.
    package static func reason(_ status: Int) -> StaticString {
        switch status {
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 304: "Not Modified"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 410: "Gone"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 417: "Expectation Failed"
        case 421: "Misdirected Request"
        case 422: "Unprocessable Content"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        default: "Status"
        }
    }
}

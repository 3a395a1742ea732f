// What is written on the wire.
import HTTPWire
import Testing

@Suite struct HTTPResponseTests {
    func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func `a response carries exactly its headers, its length and whether the connection closes`() {
        let response = HTTPResponse(
            status: 200, headers: ["CACHE-CONTROL": "no-cache", "Content-Type": "text/xml"], body: Array("<a/>".utf8))
        #expect(
            text(response.bytes(closing: true))
                == "HTTP/1.1 200 OK\r\nCACHE-CONTROL: no-cache\r\nContent-Type: text/xml\r\nContent-Length: 4\r\n"
                + "Connection: close\r\n\r\n<a/>")
        #expect(text(response.bytes(closing: false)).contains("\r\nConnection: keep-alive\r\n"))
    }

    @Test func `HEAD gets the length and not the body`() {
        let response = HTTPResponse(text: "hello", status: 405)
        #expect(text(response.bytes(closing: false, isHead: true)).contains("\r\nContent-Length: 6\r\n"))
        #expect(text(response.bytes(closing: false, isHead: true)).hasSuffix("\r\n\r\n"))
    }

    @Test func `204 has neither body nor length`() {
        let bytes = HTTPResponse(status: 204, body: [1]).bytes(closing: false)
        #expect(text(bytes) == "HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n")
    }

    @Test func `a header cannot begin a line of its own`() {
        var response = HTTPResponse(status: 200)
        response.headers.add("X-Name", "a\r\nSet-Cookie: evil\u{0}\u{7f}é")
        response.headers.add("Y\r\nZ: evil", "b")
        #expect(
            text(response.bytes(closing: true))
                == "HTTP/1.1 200 OK\r\nX-Name: a  Set-Cookie: evil  é\r\nY--Z--evil: b\r\nContent-Length: 0\r\n"
                + "Connection: close\r\n\r\n")
    }

    @Test func `headers cannot contradict the framing`() {
        let response = HTTPResponse(
            status: 200,
            headers: ["content-length": "99", "Transfer-Encoding": "chunked", "CONNECTION": "keep-alive"], body: [65])
        #expect(
            text(response.bytes(closing: true)) == "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nA")
    }

    @Test func `a streamed body is chunked, or ended by the end of the connection`() {
        let head = HTTPResponse(status: 200, headers: ["Content-Type": "application/x-ndjson"])
        #expect(
            text(head.streamHead(chunked: true, closing: false))
                == "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n"
                + "Connection: keep-alive\r\n\r\n")
        #expect(
            text(head.streamHead(chunked: false, closing: false))
                == "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nConnection: close\r\n\r\n")
        #expect(
            text(HTTPResponse.chunk(Array(repeating: 65, count: 26)))
                == "1a\r\n\(String(repeating: "A", count: 26))\r\n")
        #expect(HTTPResponse.chunk([]).isEmpty)
        #expect(text(HTTPResponse.lastChunk) == "0\r\n\r\n")
    }
}

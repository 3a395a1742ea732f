// What the parser reads, and what it refuses with which status.
import HTTPWire
import Secrets
import Testing

@Suite struct RequestParserTests {
    @Test func `a CAPTURE with a body is read whole`() throws {
        let outcome = parse(
            "CAPTURE /rd/capture?ts=1&x=%20 HTTP/1.1\r\nHost: localhost\r\ncontent-length: 3\r\n\r\nabc")
        let request = try #require(outcome.requests.first)
        #expect(request.method == "CAPTURE")
        #expect(request.path == "/rd/capture")
        #expect(request.query == "ts=1&x=%20")
        #expect(request.version == .http11)
        #expect(request.headers["HOST"] == "localhost")
        #expect(request.body == SecretBytes(copying: "abc".utf8))
        #expect(request.keepsAlive)
        #expect(outcome.refusal == nil)
    }

    @Test(arguments: [
        "RDSERVICE", "DEVICEINFO", "CAPTURE", "GET", "M-SEARCH", "capture", String(repeating: "A", count: 32),
    ])
    func `any token of up to 32 bytes is a method`(method: String) {
        #expect(parse("\(method) / HTTP/1.1\r\n\r\n").requests.map(\.method) == [method])
    }

    @Test func `the discovery request of the RD test client passes with its trailing spaces`() throws {
        let outcome = parse("RDSERVICE / HTTP/1.1  \r\nHOST: 127.0.0.1:11100 \r\nEXT: UIDAI\t \r\n\r\n")
        let request = try #require(outcome.requests.first)
        #expect(request.headers["Host"] == "127.0.0.1:11100")
        #expect(request.headers["EXT"] == "UIDAI")
    }

    @Test func `a head with nothing but the request line is enough`() {
        #expect(parse("RDSERVICE / HTTP/1.1\r\n\r\n").requests == [HTTPRequest(method: "RDSERVICE", path: "/")])
    }

    @Test func `OPTIONS may ask about the server as a whole`() {
        #expect(parse("OPTIONS * HTTP/1.1\r\n\r\n").requests.map(\.path) == ["*"])
        #expect(parse("GET * HTTP/1.1\r\n\r\n").refusal == .malformedTarget)
    }

    @Test func `an empty query differs from none`() {
        #expect(parse("GET /? HTTP/1.1\r\n\r\n").requests.first?.query == "")
        #expect(parse("GET / HTTP/1.1\r\n\r\n").requests.first?.query == nil)
        #expect(parse("GET /a?b?c HTTP/1.1\r\n\r\n").requests.first?.query == "b?c")
    }

    @Test func `one empty line before a request is skipped and a second is not`() {
        let request = "GET / HTTP/1.1\r\n\r\n"
        #expect(parse("\r\n" + request + "\r\n" + request).requests.count == 2)
        #expect(parse("\r\n\r\n" + request).refusal == .malformedRequestLine)
    }

    @Test(arguments: [
        ("HTTP/1.1\r\n", true), ("HTTP/1.0\r\n", false), ("HTTP/1.1\r\nConnection: close\r\n", false),
        ("HTTP/1.1\r\nConnection: Close\r\n", false), ("HTTP/1.0\r\nConnection: Keep-Alive\r\n", true),
        ("HTTP/1.1\r\nConnection: x, close\r\n", false), ("HTTP/1.1\r\nConnection: x\r\nConnection: close\r\n", false),
        ("HTTP/1.0\r\nConnection: keep-alive, close\r\n", false), ("HTTP/1.1\r\nConnection: closed\r\n", true),
    ])
    func `the connection is kept as version and Connection header say`(rest: String, keeps: Bool) {
        #expect(parse("GET / \(rest)\r\n").requests.map(\.keepsAlive) == [keeps])
    }

    @Test func `nothing is read after a request that closes the connection`() {
        let outcome = parse("GET /1 HTTP/1.0\r\n\r\nGET /2 HTTP/1.1\r\n\r\n\u{16}")
        #expect(outcome.requests.map(\.path) == ["/1"])
        #expect(outcome.refusal == nil)
    }

    @Test(arguments: [
        ("\u{16}\u{3}\u{1}", HTTPRefusal.tlsHello, 400),
        ("GET / HTTP/1.1\nHost: x\r\n\r\n", .bareLineBreak, 400),
        ("GET / HTTP/1.1\rHost: x\r\n\r\n", .bareLineBreak, 400),
        ("GET / HTTP/1.1\r\nHost: x\r\r\n\r\n", .bareLineBreak, 400),
        ("\nGET / HTTP/1.1\r\n\r\n", .bareLineBreak, 400),
        ("GET  / HTTP/1.1\r\n\r\n", .malformedRequestLine, 400),
        (" GET / HTTP/1.1\r\n\r\n", .malformedRequestLine, 400),
        ("GET /\r\n\r\n", .malformedRequestLine, 400),
        ("GET / x HTTP/1.1\r\n\r\n", .malformedRequestLine, 400),
        ("GET / HTTP\r\n\r\n", .malformedRequestLine, 400),
        ("GET / http/1.1\r\n\r\n", .malformedRequestLine, 400),
        ("G\u{e9}T / HTTP/1.1\r\n\r\n", .malformedRequestLine, 400),
        ("B@D / HTTP/1.1\r\n\r\n", .malformedRequestLine, 400),
        ("GET\t/ HTTP/1.1\r\n\r\n", .malformedRequestLine, 400),
        ("GET x HTTP/1.1\r\n\r\n", .malformedTarget, 400),
        ("GET http://localhost/ HTTP/1.1\r\n\r\n", .malformedTarget, 400),
        ("CONNECT localhost:80 HTTP/1.1\r\n\r\n", .malformedTarget, 400),
        ("GET /#a HTTP/1.1\r\n\r\n", .malformedTarget, 400),
        ("GET /\u{e9} HTTP/1.1\r\n\r\n", .malformedTarget, 400),
        ("GET /\u{0} HTTP/1.1\r\n\r\n", .malformedTarget, 400),
        ("GET / HTTP/1.1\r\nHost\r\n\r\n", .malformedHeader, 400),
        ("GET / HTTP/1.1\r\n: x\r\n\r\n", .malformedHeader, 400),
        ("GET / HTTP/1.1\r\nHost : x\r\n\r\n", .malformedHeader, 400),
        ("GET / HTTP/1.1\r\nX: a\u{0}b\r\n\r\n", .malformedHeader, 400),
        ("GET / HTTP/1.1\r\nX: a\u{7f}\r\n\r\n", .malformedHeader, 400),
        ("GET / HTTP/1.1\r\nX: a\r\n b\r\n\r\n", .foldedHeader, 400),
        ("GET / HTTP/1.1\r\n\tX: a\r\n\r\n", .foldedHeader, 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", .repeatedHost, 400),
        ("GET / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", .badContentLength, 400),
        ("GET / HTTP/1.1\r\nContent-Length: 3, 3\r\n\r\nabc", .badContentLength, 400),
        ("GET / HTTP/1.1\r\nContent-Length: +3\r\n\r\nabc", .badContentLength, 400),
        ("GET / HTTP/1.1\r\nContent-Length: 0x3\r\n\r\nabc", .badContentLength, 400),
        ("GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", .badContentLength, 400),
        ("GET / HTTP/1.1\r\nContent-Length:\r\n\r\n", .badContentLength, 400),
        ("GET / HTTP/1.1\r\nContent-Length: 65537\r\n\r\n", .bodyTooLong, 413),
        ("GET / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n", .bodyTooLong, 413),
        ("GET / HTTP/1.1\r\nExpect: 200-ok\r\n\r\n", .unknownExpectation, 417),
        ("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", .transferEncoding, 501),
        ("GET / HTTP/1.1\r\nTransfer-Encoding: identity\r\nContent-Length: 3\r\n\r\n", .transferEncoding, 501),
        ("GET / HTTP/1.1\r\ntransfer-encoding:\r\n\r\n", .transferEncoding, 501),
        ("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA / HTTP/1.1\r\n\r\n", .methodTooLong, 501),
        ("GET / HTTP/2.0\r\n\r\n", .unsupportedVersion, 505),
        ("GET / HTTP/1.2\r\n\r\n", .unsupportedVersion, 505),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .unsupportedVersion, 505),
    ])
    func `a bad request is refused with its status`(text: String, refusal: HTTPRefusal, status: Int) {
        let bytes = Array(text.utf8)
        #expect(parse(text) == Outcome(refusal: refusal))
        #expect(parse(bytes.indices.map { bytes[$0...$0] }) == Outcome(refusal: refusal))
        #expect(refusal.status == status)
    }

    @Test func `the head may have exactly its limit and not a byte more`() {
        let frame = "GET / HTTP/1.1\r\nX: \r\n\r\n".utf8.count
        func head(_ count: Int) -> String {
            "GET / HTTP/1.1\r\nX: \(String(repeating: "a", count: count - frame))\r\n\r\n"
        }
        #expect(parse(head(16 * 1024)).requests.count == 1)
        #expect(parse(head(16 * 1024 + 1)).refusal == .headTooLong)
        #expect(HTTPRefusal.headTooLong.status == 431)
        #expect(parse("GET / HTTP/1.1\r\nX: " + String(repeating: "a", count: 20000)).refusal == .headTooLong)
    }

    @Test func `the request line may have exactly its limit and not a byte more`() {
        func line(_ count: Int) -> String {
            "GET /\(String(repeating: "a", count: count - "GET / HTTP/1.1".utf8.count)) HTTP/1.1\r\n\r\n"
        }
        #expect(parse(line(8000)).requests.count == 1)
        #expect(parse(line(8001)).refusal == .targetTooLong)
        #expect(HTTPRefusal.targetTooLong.status == 414)
    }

    @Test func `64 headers pass and the 65th does not`() {
        let headers = (1...64).map { "X\($0): a\r\n" }.joined()
        #expect(parse("GET / HTTP/1.1\r\n\(headers)\r\n").requests.first?.headers.count == 64)
        #expect(parse("GET / HTTP/1.1\r\n\(headers)Y: a\r\n\r\n").refusal == .tooManyHeaders)
        #expect(HTTPRefusal.tooManyHeaders.status == 431)
    }

    @Test func `the limits can be set`() {
        var limits = RequestLimits()
        limits.body = 2
        #expect(parse("PUT / HTTP/1.1\r\nContent-Length: 2\r\n\r\nab", limits: limits).requests.count == 1)
        #expect(parse("PUT / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", limits: limits).refusal == .bodyTooLong)
    }

    @Test func `a sender who expects to be told to go on is, once, and only while its body is missing`() throws {
        let head = "PUT / HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n"
        var parser = RequestParser()
        parser.append(Array(head.utf8))
        let (early, asked, askedAgain) = (try parser.next(), parser.takeContinue(), parser.takeContinue())
        #expect(early == nil)
        #expect(asked && !askedAgain)
        parser.append(Array("ab".utf8))
        let late = try parser.next()
        #expect(late?.body == SecretBytes(copying: "ab".utf8))
        parser.append(Array((head + "ab").utf8))
        let (whole, askedInVain) = (try parser.next(), parser.takeContinue())
        #expect(whole != nil)
        #expect(!askedInVain)
    }

    @Test func `a body too large is refused before it is sent, also when the sender waits to be told`() {
        #expect(
            parse("PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 70000\r\n\r\n").refusal == .bodyTooLong)
    }

    @Test func `the stage tells between, head, body and end`() throws {
        var parser = RequestParser()
        #expect(parser.stage == .idle)
        for (text, stage) in [
            ("\r\n", RequestParser.Stage.idle), ("PUT / HT", .head), ("TP/1.1\r\nContent-Length: 2\r\n\r\n", .body),
            ("a", .body), ("b", .idle), ("GET / HTTP/1.0\r\n\r\n", .ended),
        ] {
            parser.append(Array(text.utf8))
            _ = try parser.next()
            #expect(parser.stage == stage)
        }
    }

    @Test func `every refusal says its cause in an answer that closes the connection`() {
        for refusal in HTTPRefusal.allCases {
            let response = refusal.response
            #expect(response.status == refusal.status)
            #expect(response.closesConnection)
            #expect(response.body == Array("\(refusal.cause)\n".utf8))
        }
        #expect(Set(HTTPRefusal.allCases.map(\.cause)).count == HTTPRefusal.allCases.count)
    }
}

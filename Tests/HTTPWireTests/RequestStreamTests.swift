// Properties of the parser: the outcome depends on the bytes alone.
import HTTPWire
import Secrets
import Testing

@Suite struct RequestStreamTests {
    /// Requests of all kinds in a row, and what they are.
    static let texts = [
        "RDSERVICE / HTTP/1.1\r\nHost: 127.0.0.1:11100 \r\n\r\n",
        "CAPTURE /rd/capture?ts=1 HTTP/1.1\r\nContent-Length: 20\r\n\r\nGET / HTTP/1.1\r\n\r\n\r\n",
        "\r\nDEVICEINFO /rd/info HTTP/1.1  \r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n",
        "OPTIONS * HTTP/1.0\r\nConnection: keep-alive\r\nX-Long: \(String(repeating: "y", count: 9000))\r\n\r\n",
        "PUT /big HTTP/1.1\r\nContent-Length: 65536\r\n\r\n\(String(repeating: "z", count: 65536))",
    ]

    @Test func `requests in a row are read one after another`() {
        let outcome = parse(Self.texts.joined())
        #expect(outcome.refusal == nil)
        #expect(outcome.requests.map(\.method) == ["RDSERVICE", "CAPTURE", "DEVICEINFO", "OPTIONS", "PUT"])
        #expect(outcome.requests.map(\.path) == ["/", "/rd/capture", "/rd/info", "*", "/big"])
        #expect(outcome.requests.map(\.body.count) == [0, 20, 0, 0, 65536])
    }

    @Test func `one cut anywhere changes nothing`() {
        let bytes = Array(Self.texts[..<3].joined().utf8)
        let whole = parse([bytes[...]])
        for index in bytes.indices { #expect(parse([bytes[..<index], bytes[index...]]) == whole) }
    }

    @Test func `byte by byte gives the same as all at once`() {
        let bytes = Array(Self.texts.joined().utf8)
        #expect(parse(bytes.indices.map { bytes[$0...$0] }) == parse([bytes[...]]))
    }

    @Test(arguments: 0..<200) func `random streams give the same however they are cut`(seed: Int) {
        var generator = SeededGenerator(state: UInt64(seed))
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 1...12, using: &generator) {
            bytes += Self.texts.randomElement(using: &generator)!.utf8.prefix(30000)
        }
        // Some streams are damaged, mostly where the framing is decided.
        for _ in 0..<Int.random(in: 0...3, using: &generator) where seed % 3 != 0 {
            let index = Int.random(in: 0..<min(bytes.count, 400), using: &generator)
            bytes[index] = Array("\r\n \t:0\u{16}\u{0}Zé".utf8).randomElement(using: &generator)!
        }
        let whole = parse([bytes[...]])
        for _ in 0..<5 { #expect(parse(cut(bytes, &generator)) == whole) }
        #expect(parse([bytes[...]], dialect: .rdClients) == parse(cut(bytes, &generator), dialect: .rdClients))
    }

    @Test func `thousands of small requests in one piece are all read`() {
        let text = String(repeating: "GET / HTTP/1.1\r\n\r\n", count: 20000)
        #expect(parse(text).requests.count == 20000)
    }
}

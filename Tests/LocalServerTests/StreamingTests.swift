// Answers in pieces.
import HTTPWire
import LocalServer
import TestSupport
import Testing

@Suite struct StreamingTests {
    let head = HTTPResponse(status: 200, headers: ["Content-Type": "application/x-ndjson"])

    @Test func `each piece arrives as it is sent`() async throws {
        let service = try Service()
        let client = try service.connect()
        client.send("GET /events HTTP/1.1\r\n\r\n")
        let exchange = try #require(await service.exchange())
        exchange.startStream(head)
        #expect(client.read(to: "\r\n\r\n").contains("\r\nTransfer-Encoding: chunked\r\n"))
        for line in ["{\"a\":1}\n", "{\"b\":2}\n"] {
            #expect(exchange.send(Array(line.utf8)))
            #expect(client.read(to: "\n\r\n") == "8\r\n\(line)\r\n")
        }
        #expect(exchange.send([]))
        exchange.finish()
        #expect(client.read(to: "0\r\n\r\n") == "0\r\n\r\n")
        #expect(!exchange.send([65]))
        client.send("GET /hello HTTP/1.1\r\n\r\n")
        #expect(client.read(to: "hello\n").hasSuffix("hello\n"))
    }

    @Test func `curl reads a stream`() async throws {
        let service = try Service()
        let curl = try RunningProgram.curl(service.path, "/events")
        let exchange = try #require(await service.exchange())
        exchange.startStream(head)
        for number in 0..<100 { exchange.send(Array("{\"n\":\(number)}\n".utf8)) }
        exchange.finish()
        #expect(try await curl.wait() == .init(output: (0..<100).map { "{\"n\":\($0)}\n" }.joined() + " 200"))
    }

    @Test func `a client of HTTP 1.0 gets the pieces unframed, up to the end of the connection`() async throws {
        let service = try Service()
        let client = try service.connect()
        client.send("GET /events HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        let exchange = try #require(await service.exchange())
        exchange.startStream(head)
        exchange.send(Array("a\n".utf8))
        exchange.send(Array("b\n".utf8))
        exchange.finish()
        let answer = client.readToEnd()
        #expect(answer.hasSuffix("\r\nConnection: close\r\n\r\na\nb\n"))
        #expect(!answer.contains("chunked"))
    }

    @Test func `a client that leaves a stream has hung up`() async throws {
        let service = try Service()
        var client: Client? = try service.connect()
        client?.send("GET /events HTTP/1.1\r\n\r\n")
        let exchange = try #require(await service.exchange())
        exchange.startStream(head)
        client = nil
        #expect(await eventually { service.waiting.hungUp == [exchange.id] })
        #expect(!exchange.send([65]))
    }

    @Test func `a reader too slow for its stream is cut off after a bounded backlog`() async throws {
        let service = try Service()
        let client = try service.connect()
        client.send("GET /events HTTP/1.1\r\n\r\n")
        let exchange = try #require(await service.exchange())
        exchange.startStream(head)
        let piece = [UInt8](repeating: 65, count: 1000)
        var sent = 0
        while sent < 10_000_000, exchange.send(piece) { sent += piece.count }
        #expect(sent < 1_000_000)
        #expect(!exchange.send(piece))
        #expect(await eventually { service.waiting.hungUp == [exchange.id] })
        #expect(!client.readToEnd().hasSuffix("0\r\n\r\n"))
    }

    @Test func `a reader that does not take a piece in time is cut off`() async throws {
        let service = try Service(
            limits {
                $0.streamBacklog = 4_000_000
                $0.answerTime = .milliseconds(200)
            })
        let client = try service.connect()
        client.send("GET /events HTTP/1.1\r\n\r\n")
        let exchange = try #require(await service.exchange())
        exchange.startStream(head)
        #expect(exchange.send([UInt8](repeating: 65, count: 3_000_000)))
        #expect(await eventually { service.waiting.hungUp == [exchange.id] })
        withExtendedLifetime(client) {}
    }

    @Test func `a reader that keeps up may read for as long as it likes`() async throws {
        let service = try Service(limits { $0.answerTime = .milliseconds(200) })
        let client = try service.connect()
        client.send("GET /events HTTP/1.1\r\n\r\n")
        let exchange = try #require(await service.exchange())
        exchange.startStream(head)
        _ = client.read(to: "\r\n\r\n")
        for _ in 0..<10 {
            #expect(exchange.send([UInt8](repeating: 65, count: 50_000) + [10]))
            #expect(client.read(to: "\n\r\n").utf8.count > 50_000)
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(service.waiting.hungUp.isEmpty)
    }
}

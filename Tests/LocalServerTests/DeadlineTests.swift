// Slow clients: each part of an exchange has an absolute deadline.
import HTTPWire
import LocalServer
import TestSupport
import Testing

@Suite struct DeadlineTests {
    /// Sends one byte after another until the server has had enough.
    func drip(_ client: Client) async {
        let end = SuspendingClock().now + .seconds(10)
        while SuspendingClock().now < end, client.send("a") { try? await Task.sleep(for: .milliseconds(5)) }
    }

    @Test func `a head that does not end is given up although bytes keep coming`() async throws {
        let service = try Service(limits { $0.headTime = .milliseconds(150) })
        let client = try service.connect()
        client.send("GET / HTTP/1.1\r\nX: ")
        await drip(client)
        #expect(client.readToEnd().hasPrefix("HTTP/1.1 408 "))
    }

    @Test func `a later request has the same deadline, from its first byte`() async throws {
        let service = try Service(limits { $0.headTime = .milliseconds(150) })
        let client = try service.connect()
        client.send("GET /hello HTTP/1.1\r\n\r\n")
        _ = client.read(to: "hello\n")
        try await Task.sleep(for: .milliseconds(300))
        client.send("GET ")
        await drip(client)
        #expect(client.readToEnd().hasPrefix("HTTP/1.1 408 "))
    }

    @Test func `a body that does not end is given up although bytes keep coming`() async throws {
        let service = try Service(limits { $0.bodyTime = .milliseconds(150) })
        let client = try service.connect()
        client.send("PUT / HTTP/1.1\r\nContent-Length: 60000\r\n\r\n")
        await drip(client)
        #expect(client.readToEnd().hasPrefix("HTTP/1.1 408 "))
    }

    @Test func `a client that says nothing is closed without a word`() throws {
        let service = try Service(limits { $0.headTime = .milliseconds(150) })
        #expect(try service.connect().readToEnd() == "")
    }

    @Test func `a connection that is idle after an answer is closed without a word`() throws {
        let service = try Service(limits { $0.idleTime = .milliseconds(150) })
        let client = try service.connect()
        client.send("GET /hello HTTP/1.1\r\n\r\n")
        #expect(client.readToEnd().hasSuffix("\r\n\r\nhello\n"))
    }

    @Test func `a client that never reads its answer is cut off, and others are served meanwhile`() async throws {
        let service = try Service(limits { $0.answerTime = .milliseconds(300) })
        let client = try service.connect()
        client.send("GET /big HTTP/1.1\r\n\r\n")
        #expect(try await RunningProgram.curl(service.path, "/hello").wait().output == "hello\n 200")
        try await Task.sleep(for: .milliseconds(600))
        #expect(client.readToEnd().utf8.count < Service.bigSize)
    }

    @Test func `a large answer to a client that reads arrives whole`() throws {
        let service = try Service()
        let client = try service.connect()
        client.send("GET /big HTTP/1.0\r\n\r\n")
        #expect(client.readToEnd().utf8.count > Service.bigSize)
    }

    @Test func `a request that waits for its answer has no deadline`() async throws {
        let service = try Service(
            limits {
                $0.headTime = .milliseconds(50)
                $0.bodyTime = .milliseconds(50)
                $0.idleTime = .milliseconds(50)
                $0.answerTime = .milliseconds(50)
            })
        let client = try service.connect()
        client.send("CAPTURE /wait HTTP/1.1\r\nConnection: close\r\n\r\n")
        let exchange = try #require(await service.exchange())
        try await Task.sleep(for: .milliseconds(300))
        exchange.respond(HTTPResponse(text: "done", status: 200))
        #expect(client.readToEnd().hasSuffix("done\n"))
    }

    @Test func `a client that does not close after its answer is closed`() throws {
        let service = try Service(limits { $0.lingerTime = .milliseconds(100) })
        let client = try service.connect()
        client.send("GET /hello HTTP/1.0\r\n\r\n")
        #expect(client.readToEnd().hasSuffix("hello\n"))
        while client.send("more") {}
    }
}

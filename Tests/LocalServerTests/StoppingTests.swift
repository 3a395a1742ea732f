// The end of a server.
import HTTPWire
import LocalServer
import Testing

@Suite struct StoppingTests {
    @Test func `all who wait get 503 with Retry-After, and their captures are told`() async throws {
        let service = try Service()
        let clients = try (0..<8).map { _ in try service.connect() }
        for client in clients { client.send("CAPTURE /wait HTTP/1.1\r\n\r\n") }
        _ = await service.exchange(7)
        let answers = Task.detached { clients.map { $0.readToEnd() } }
        await service.server.stop()
        for answer in await answers.value {
            #expect(answer.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
            #expect(answer.contains("\r\nRetry-After: 1\r\n"))
        }
        #expect(service.waiting.hungUp.count == 8)
    }

    @Test func `idle and half-read clients are let go, and streams end`() async throws {
        let service = try Service()
        let stream = try service.connect()
        stream.send("GET /events HTTP/1.1\r\n\r\n")
        try #require(await service.exchange()).startStream(HTTPResponse(status: 200))
        let idle = try service.connect()
        idle.send("GET /hello HTTP/1.1\r\n\r\n")
        _ = idle.read(to: "hello\n")
        let midway = try service.connect()
        midway.send("GET /hello HTTP/1.1\r\n\r\nGET /he")
        _ = midway.read(to: "hello\n")
        let answers = Task.detached { (idle.readToEnd(), midway.readToEnd(), stream.readToEnd()) }
        await service.server.stop()
        let (idleAnswer, midwayAnswer, streamAnswer) = await answers.value
        #expect(idleAnswer == "")
        #expect(midwayAnswer.hasPrefix("HTTP/1.1 503 "))
        #expect(streamAnswer.hasSuffix("\r\n\r\n0\r\n\r\n"))
    }

    @Test func `an answer given before the stop still arrives`() async throws {
        let service = try Service()
        let client = try service.connect()
        client.send("GET /wait HTTP/1.1\r\n\r\n")
        try #require(await service.exchange()).respond(HTTPResponse(text: "done", status: 200))
        let answer = Task.detached { client.readToEnd() }
        await service.server.stop()
        #expect(await answer.value.hasSuffix("\r\n\r\ndone\n"))
        #expect(service.waiting.hungUp.isEmpty)
    }

    @Test func `nobody connects any more and the socket is gone`() async throws {
        let service = try Service()
        await service.server.stop()
        #expect(!fileExists(service.path))
        #expect(throws: (any Error).self) { try service.connect() }
        await service.server.stop()
    }

    @Test func `clients that take nothing do not hold it up`() async throws {
        let service = try Service()
        let client = try service.connect()
        client.send("GET /big HTTP/1.1\r\n\r\n")
        _ = client.read(to: "\r\n\r\n")
        await service.server.stop(within: .milliseconds(100))
        #expect(client.readToEnd().utf8.count < Service.bigSize)
    }

    @Test func `a server that never started stops at once`() async throws {
        try await LocalServer(listeners: []) { _ in }.stop()
    }

    @Test func `a server that nobody holds any more closes its socket`() async throws {
        var service: Service? = try Service()
        let (path, folder) = (try #require(service?.path), service?.folder)
        service = nil
        #expect(await eventually { !fileExists(path) })
        withExtendedLifetime(folder) {}
    }
}

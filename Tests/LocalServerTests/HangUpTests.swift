// Clients that go away while they wait.
import Glibc
import HTTPWire
import LocalServer
import Synchronization
import TestSupport
import Testing

@Suite struct HangUpTests {
    @Test func `a client that closes while it waits is noticed`() async throws {
        let service = try Service()
        var client: Client? = try service.connect()
        client?.send("CAPTURE /wait HTTP/1.1\r\n\r\n")
        let exchange = try #require(await service.exchange())
        client = nil
        #expect(await eventually { service.waiting.hungUp == [exchange.id] })
    }

    @Test func `a client that is killed while it waits is noticed`() async throws {
        let service = try Service()
        let curl = try RunningProgram.curl(service.path, "/wait", "-X", "CAPTURE")
        let exchange = try #require(await service.exchange())
        curl.send(signal: SIGKILL)
        #expect(await eventually { service.waiting.hungUp == [exchange.id] })
        _ = try await curl.wait()
    }

    @Test func `a client that has sent more behind its request is noticed as well`() async throws {
        let service = try Service()
        var client: Client? = try service.connect()
        client?.send("CAPTURE /wait HTTP/1.1\r\n\r\nGET /hello HTTP/1.1\r\n\r\n")
        _ = await service.exchange()
        client?.send("GET /hello HTTP/1.1\r\n\r\n")
        client = nil
        #expect(await eventually { service.waiting.hungUp.count == 1 })
    }

    @Test func `who asks after the client has gone is told at once`() async throws {
        let service = try Service()
        var client: Client? = try service.connect()
        client?.send("CAPTURE /wait HTTP/1.1\r\n\r\n")
        let exchange = try #require(await service.exchange())
        client = nil
        #expect(await eventually { !service.waiting.hungUp.isEmpty })
        let calls = Atomic(0)
        exchange.onHangUp { calls.add(1, ordering: .relaxed) }
        #expect(calls.load(ordering: .relaxed) == 1)
    }

    @Test func `a client that leaves after its answer has not hung up`() async throws {
        let service = try Service()
        var client: Client? = try service.connect()
        client?.send("CAPTURE /wait HTTP/1.1\r\n\r\n")
        let exchange = try #require(await service.exchange())
        exchange.respond(HTTPResponse(text: "done", status: 200))
        _ = client?.read(to: "done\n")
        client = nil
        let calls = Atomic(0)
        exchange.onHangUp { calls.add(1, ordering: .relaxed) }
        await service.server.stop()
        #expect(calls.load(ordering: .relaxed) == 0)
        #expect(service.waiting.hungUp.isEmpty)
    }

    @Test func `an answer to a client that has gone is thrown away`() async throws {
        let service = try Service()
        var client: Client? = try service.connect()
        client?.send("CAPTURE /wait HTTP/1.1\r\n\r\n")
        let exchange = try #require(await service.exchange())
        client = nil
        exchange.respond(HTTPResponse(text: "done", status: 200))
        exchange.respond(HTTPResponse(text: "done", status: 200))
        #expect(try await RunningProgram.curl(service.path, "/hello").wait().output == "hello\n 200")
    }
}

// Accepting nobody for a moment: how a daemon leaves without losing the client who comes just then.
import LocalServer
import Testing

@Suite struct PauseTests {
    @Test func `nobody is accepted in a pause, and who came meanwhile is served after it`() async throws {
        let service = try Service()
        #expect(await service.server.pauseAccepting())
        let client = try service.connect()
        client.send("GET /hello HTTP/1.1\r\n\r\n")
        // A turn of the loop goes by.
        await service.server.echo()
        #expect(!service.server.hasClients)
        #expect(await !service.server.pauseAccepting())
        service.server.acceptAgain()
        #expect(client.read(to: "hello\n").hasSuffix("hello\n"))
        #expect(service.server.hasClients)
        #expect(await !service.server.pauseAccepting())
    }

    @Test func `a client is there until it has gone and nobody works on its request`() async throws {
        let service = try Service()
        #expect(!service.server.hasClients)
        do {
            let client = try service.connect()
            client.send("GET /wait HTTP/1.1\r\n\r\n")
            _ = await service.exchange()
            #expect(service.server.hasClients)
        }
        #expect(await eventually { !service.server.hasClients })
        #expect(await service.server.pauseAccepting())
    }
}

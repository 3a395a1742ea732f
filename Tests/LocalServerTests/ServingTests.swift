// Requests that are served, and those that are not, over a real socket.
import Glibc
import HTTPWire
import LocalServer
import Platform
import TestSupport
import Testing

@Suite struct ServingTests {
    @Test(arguments: ["RDSERVICE", "DEVICEINFO", "CAPTURE", "GET"]) func `curl is answered whatever the verb`(
        verb: String
    ) throws {
        let service = try Service()
        #expect(
            try RunningProgram.curl(service.path, "/hello", "-X", verb).waitBlocking() == .init(output: "hello\n 200"))
    }

    @Test func `a large body that curl announces with Expect comes back whole`() throws {
        let service = try Service()
        let body = String(repeating: "a", count: 60000)
        let curl = try RunningProgram.curl(
            service.path, "/echo", "-X", "CAPTURE", "-H", "Expect: 100-continue", "--expect100-timeout", "9", "-d", body
        )
        #expect(try curl.waitBlocking() == .init(output: body + " 200"))
    }

    @Test func `a connection serves one request after another`() throws {
        let service = try Service()
        let client = try service.connect()
        for _ in 0..<3 {
            client.send("GET /hello HTTP/1.1\r\n\r\n")
            #expect(client.read(to: "hello\n").hasPrefix("HTTP/1.1 200 OK\r\n"))
        }
        client.send("GET /hello HTTP/1.1\r\nConnection: close\r\n\r\n")
        #expect(client.readToEnd().contains("\r\nConnection: close\r\n"))
    }

    @Test func `an answer may come later, and from another thread`() async throws {
        let service = try Service()
        let client = try service.connect()
        client.send("CAPTURE /wait HTTP/1.1\r\n\r\n")
        let exchange = try #require(await service.exchange())
        await Task.detached { exchange.respond(HTTPResponse(text: "done", status: 200)) }.value
        #expect(client.read(to: "done\n").hasSuffix("\r\n\r\ndone\n"))
    }

    @Test func `only the first answer counts`() async throws {
        let service = try Service()
        let client = try service.connect()
        client.send("GET /1 HTTP/1.1\r\n\r\n")
        let first = try #require(await service.exchange())
        first.respond(HTTPResponse(text: "one", status: 200))
        _ = client.read(to: "one\n")
        client.send("GET /2 HTTP/1.1\r\n\r\n")
        let second = try #require(await service.exchange(1))
        first.respond(HTTPResponse(text: "late", status: 200))
        first.startStream(HTTPResponse(status: 200))
        #expect(!first.send([65]))
        first.finish()
        second.respond(HTTPResponse(text: "two", status: 200))
        #expect(!client.read(to: "two\n").contains("late"))
        #expect(first.id < second.id)
    }

    @Test func `requests sent behind a waiting one are answered in order`() async throws {
        let service = try Service()
        let client = try service.connect()
        client.send("CAPTURE /wait HTTP/1.1\r\n\r\nGET /hello HTTP/1.1\r\n\r\nGET /bye HTTP/1.0\r\n\r\n")
        try #require(await service.exchange()).respond(HTTPResponse(text: "first", status: 200))
        #expect(client.read(to: "hello\n").contains("first\nHTTP/1.1 200 OK"))
        try #require(await service.exchange(1)).respond(HTTPResponse(text: "last", status: 200))
        #expect(client.readToEnd().hasSuffix("last\n"))
    }

    @Test func `no more is read behind a waiting request than one read takes`() async throws {
        let service = try Service()
        let client = try service.connect()
        client.send("CAPTURE /wait HTTP/1.1\r\n\r\n")
        _ = await service.exchange()
        let flood = [UInt8](repeating: 65, count: 16 * 1024 * 1024)
        #expect(client.send(flood, flags: Int32(MSG_DONTWAIT)) < 1024 * 1024)
        #expect(try await RunningProgram.curl(service.path, "/hello").wait().output == "hello\n 200")
    }

    @Test func `many requests at once are all answered`() throws {
        let service = try Service()
        let client = try service.connect()
        let count = 500
        startThread("sender") { client.send(String(repeating: "GET /hello HTTP/1.1\r\n\r\n", count: count)) }
        for _ in 0..<count { #expect(client.read(to: "hello\n").hasPrefix("HTTP/1.1 200 OK")) }
    }

    @Test func `a client that has ended its sending is still answered`() async throws {
        let service = try Service()
        let client = try service.connect()
        client.send("CAPTURE /wait HTTP/1.1\r\n\r\n")
        client.endSending()
        let exchange = try #require(await service.exchange())
        try await Task.sleep(for: .milliseconds(50))
        #expect(service.waiting.hungUp.isEmpty)
        exchange.respond(HTTPResponse(text: "done", status: 200))
        #expect(client.readToEnd().hasSuffix("done\n"))
    }

    @Test func `the peer is who it is`() async throws {
        let service = try Service()
        let client = try service.connect()
        client.send("GET /wait HTTP/1.1\r\n\r\n")
        let peer = try #require(await service.exchange()).peer
        var groups = [gid_t](repeating: 0, count: 1024)
        let count = unsafe getgroups(1024, &groups)
        #expect(peer.pid == getpid())
        #expect(peer.uid == geteuid())
        #expect(peer.gid == getegid())
        #expect(peer.groups.sorted() == groups[..<Int(count)].sorted())
        withExtendedLifetime(client) {}
    }

    @Test func `the name of the client's program is known`() async throws {
        let service = try Service()
        let curl = try RunningProgram.curl(service.path, "/wait")
        let exchange = try #require(await service.exchange())
        #expect(exchange.peer.program == "curl")
        #expect(exchange.peer.pid == curl.processID)
        exchange.respond(HTTPResponse(status: 204))
        #expect(try await curl.wait() == .init(output: " 204"))
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\nHost: x\r\n\r\n", "400"), ("\u{16}\u{3}\u{1}", "400"), ("GET / HTTP/3.0\r\n\r\n", "505"),
        ("PUT / HTTP/1.1\r\nContent-Length: 70000\r\n\r\n", "413"),
        ("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "501"),
    ])
    func `a malformed request gets its status and the connection closes`(text: String, status: String) throws {
        let service = try Service()
        let client = try service.connect()
        client.send(text)
        #expect(client.readToEnd().hasPrefix("HTTP/1.1 \(status) "))
    }

    @Test func `a request that breaks off is told so`() throws {
        let service = try Service()
        let client = try service.connect()
        client.send("GET / HTT")
        client.endSending()
        #expect(client.readToEnd().hasPrefix("HTTP/1.1 400 "))
    }

    @Test func `a client refused in the middle of a large body still gets its answer`() throws {
        let service = try Service()
        let body = service.folder.file("body")
        _ = try service.folder.write("body", [UInt8](repeating: 65, count: 3_000_000))
        let curl = try RunningProgram.curl(service.path, "/echo", "-H", "Expect:", "--data-binary", "@\(body)")
        #expect(try curl.waitBlocking() == .init(output: "the body is too large\n 413"))
    }

    @Test func `a listener for RD clients takes PidOptions that are shorter than announced`() throws {
        let service = try Service(dialect: .rdClients)
        let client = try service.connect()
        client.send("CAPTURE /echo HTTP/1.1\r\nContent-Length: 190\r\n\r\n<PidOptions></PidOptions>")
        #expect(client.readToEnd().hasSuffix("<PidOptions></PidOptions>"))
    }
}

// Too many connections: who is refused, and who is still served.
import Glibc
import HTTPWire
import LocalServer
import TestSupport
import Testing

@Suite struct AdmissionTests {
    /// Opens connections and sees that each is served.
    func occupy(_ service: Service, _ count: Int) throws -> [Client] {
        try (0..<count).map { _ in
            let client = try service.connect()
            client.send("GET /hello HTTP/1.1\r\n\r\n")
            #expect(client.read(to: "hello\n").hasPrefix("HTTP/1.1 200 OK"))
            return client
        }
    }

    @Test func `the ninth connection of a user gets 429 at once`() throws {
        let service = try Service()
        let clients = try occupy(service, 8)
        let answer = try service.connect().readToEnd()
        #expect(answer.hasPrefix("HTTP/1.1 429 Too Many Requests\r\n"))
        #expect(answer.contains("\r\nRetry-After: 1\r\n"))
        #expect(answer.contains("\r\nConnection: close\r\n"))
        let curl = try RunningProgram.curl(service.path, "/echo", "-d", String(repeating: "a", count: 30000))
            .waitBlocking()
        #expect(curl.status == 0 && curl.output.hasSuffix(" 429"))
        #expect(clients.count == 8)
    }

    @Test func `a place is free again when its client has gone`() async throws {
        let service = try Service()
        var clients = try occupy(service, 8)
        clients.removeLast()
        var isServed = false
        for _ in 0..<100 where !isServed {
            isServed = try await RunningProgram.curl(service.path, "/hello").wait().output == "hello\n 200"
        }
        #expect(isServed)
    }

    @Test func `a client that has gone keeps its place until the work for it has ended`() async throws {
        let service = try Service()
        var work: [Exchange] = []
        for number in 0..<8 {
            var client: Client? = try service.connect()
            client?.send("CAPTURE /wait HTTP/1.1\r\n\r\n")
            work.append(try #require(await service.exchange()))
            client = nil
            #expect(await eventually { service.waiting.hungUp.count == number + 1 })
        }
        #expect(try service.connect().readToEnd().hasPrefix("HTTP/1.1 429 "))
        work.removeLast()
        #expect(
            await eventually {
                (try? RunningProgram.curl(service.path, "/hello").waitBlocking().output) == "hello\n 200"
            })
        withExtendedLifetime(work) {}
    }

    @Test func `clients that leave at the moment of their answer leave no place taken`() async throws {
        let service = try Service()
        for _ in 0..<500 {
            var client: Client? = try service.connect()
            client?.send("CAPTURE /wait HTTP/1.1\r\n\r\n")
            guard let exchange = await service.exchange() else { break }
            let answered = Task.detached { exchange.respond(HTTPResponse(text: "done", status: 200)) }
            client = nil
            await answered.value
            service.waiting.clear()
        }
        var served: [Client] = []
        #expect(
            await eventually {
                served = (0..<8).compactMap { _ in try? service.connect() }
                return served.allSatisfy { client in
                    client.send("GET /hello HTTP/1.1\r\n\r\n")
                    return client.read(to: "\r\n").hasPrefix("HTTP/1.1 200 ")
                }
            })
    }

    @Test func `clients of all users that have gone count against the total`() async throws {
        let service = try Service(limits { ($0.connections, $0.rootConnections) = (1, 0) })
        var client: Client? = try service.connect()
        client?.send("CAPTURE /wait HTTP/1.1\r\n\r\n")
        let work = try #require(await service.exchange())
        client = nil
        #expect(await eventually { !service.waiting.hungUp.isEmpty })
        #expect(try service.connect().readToEnd().hasPrefix("HTTP/1.1 503 "))
        withExtendedLifetime(work) {}
    }

    @Test func `beyond the total anybody gets 503 at once`() throws {
        let service = try Service(limits { ($0.connections, $0.rootConnections) = (3, 0) })
        let clients = try occupy(service, 3)
        let answer = try service.connect().readToEnd()
        #expect(answer.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
        #expect(answer.contains("\r\nRetry-After: 1\r\n"))
        #expect(clients.count == 3)
    }

    @Test func `500 connections of one user are each answered or served, and the first eight go on`() throws {
        let service = try Service()
        let served = try occupy(service, 8)
        var refused: [Client] = []
        for _ in 0..<492 { refused.append(try service.connect()) }
        for client in refused {
            let answer = client.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 429 "))
        }
        for client in served {
            client.send("GET /hello HTTP/1.1\r\n\r\n")
            #expect(client.read(to: "hello\n").hasPrefix("HTTP/1.1 200 OK"))
        }
    }

    /// Needs root, to be two users.
    @Test(.enabled(if: geteuid() == 0)) func `another user is served while one has too many connections`() throws {
        let service = try Service(mode: 0o666)
        unsafe chmod(service.folder.path, 0o755)
        let clients = try occupy(service, 8)
        let others = try RunningProgram([
            "/usr/bin/setpriv", "--reuid=65533", "--regid=65533", "--clear-groups", "/usr/bin/curl", "-sS", "-m", "10",
            "-w", " %{http_code}", "--unix-socket", service.path, "http://localhost/hello",
        ])
        #expect(try others.waitBlocking() == .init(output: "hello\n 200"))
        #expect(try service.connect().readToEnd().hasPrefix("HTTP/1.1 429 "))
        #expect(clients.count == 8)
    }

    @Test(.enabled(if: geteuid() == 0)) func `the groups of another user are known`() async throws {
        let service = try Service(mode: 0o666)
        unsafe chmod(service.folder.path, 0o755)
        let curl = try RunningProgram([
            "/usr/bin/setpriv", "--reuid=65533", "--regid=65532", "--groups=4001,4002", "/usr/bin/curl", "-sS",
            "-m", "10", "--unix-socket", service.path, "http://localhost/wait",
        ])
        let exchange = try #require(await service.exchange())
        #expect(exchange.peer.uid == 65533)
        #expect(exchange.peer.gid == 65532)
        #expect(exchange.peer.groups.sorted() == [4001, 4002])
        curl.send(signal: SIGKILL)
        _ = try await curl.wait()
    }
}

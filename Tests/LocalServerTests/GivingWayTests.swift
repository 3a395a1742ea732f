// Connections that say nothing keep nobody out, and neither door takes the places of the other.
import Glibc
import LocalServer
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct GivingWayTests {
    /// Below the ports that the kernel gives to clients.
    private let ports: ClosedRange<UInt16>

    init() {
        let first = UInt16.random(in: 20_000...29_000)
        ports = first...(first + 9)
    }

    /// A server at both doors.
    private func start(_ limits: ServerLimits = ServerLimits()) throws -> (Service, port: UInt16) {
        let listeners = try LoopbackListener.open(ports: ports)
        let service = try Service(limits, mode: 0o666, beside: listeners)
        unsafe chmod(service.folder.path, 0o755)
        return (service, try #require(listeners.first).port)
    }

    private func isServed(_ client: Client) -> Bool {
        client.send("GET /hello HTTP/1.1\r\n\r\n")
        return client.read(to: "hello\n").hasPrefix("HTTP/1.1 200 OK")
    }

    /// Opens connections whose requests wait, and sees that they do.
    private func hold(_ count: Int, at service: Service, _ connect: () throws -> Client) async throws -> [Client] {
        let before = service.waiting.all.count
        let clients = try (0..<count).map { _ in
            let client = try connect()
            client.send("CAPTURE /wait HTTP/1.1\r\n\r\n")
            return client
        }
        try #require(await eventually { service.waiting.all.count == before + count })
        return clients
    }

    /// What curl prints as another user.
    private func asAnother(at service: Service) throws -> String {
        try RunningProgram([
            "/usr/bin/setpriv", "--reuid=65533", "--regid=65533", "--clear-groups", "/usr/bin/curl", "-sS", "-m", "10",
            "-w", " %{http_code}", "--unix-socket", service.path, "http://localhost/hello",
        ]).waitBlocking().output
    }

    @Test func `of a user's silent connections the oldest is refused in the newcomer's stead`() throws {
        let service = try Service()
        let silent = try (0..<8).map { _ in try service.connect() }
        #expect(isServed(try service.connect()))
        #expect(silent[0].readToEnd().hasPrefix("HTTP/1.1 429 "))
        for client in silent[2...] { #expect(isServed(client)) }
    }

    @Test func `a half request gives way too, one that is worked on or had its answer does not`() async throws {
        let service = try Service()
        let half = try service.connect()
        half.send("PUT /wait HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf")
        let answered = try service.connect()
        #expect(isServed(answered))
        let working = try await hold(6, at: service) { try service.connect() }
        let newcomer = try service.connect()
        #expect(isServed(newcomer))
        #expect(half.readToEnd().hasPrefix("HTTP/1.1 429 "))
        #expect(try service.connect().readToEnd().hasPrefix("HTTP/1.1 429 "))
        #expect(isServed(answered))
        #expect(service.waiting.hungUp.isEmpty)
        withExtendedLifetime(working) {}
    }

    @Test func `what a web page makes a browser open keeps its user out of neither door`() throws {
        let (service, port) = try start()
        // `<link rel=preconnect>`, sixteen of them.
        let silent = try (0..<16).map { _ in try Client(port: port) }
        for _ in 0..<3 {
            #expect(isServed(try service.connect()))
            #expect(isServed(try Client(port: port)))
        }
        withExtendedLifetime(silent) {}
    }

    @Test func `a user who is at the limit of one door is served at the other`() async throws {
        let (service, port) = try start()
        let held = try await hold(8, at: service) { try Client(port: port) }
        #expect(try Client(port: port).readToEnd().hasPrefix("HTTP/1.1 429 "))
        #expect(isServed(try service.connect()))
        withExtendedLifetime(held) {}
    }

    @Test func `the loopback door leaves places to the Unix socket`() async throws {
        let few = limits { ($0.connections, $0.loopbackConnections, $0.rootConnections) = (5, 3, 0) }
        let (service, port) = try start(few)
        let held = try await hold(3, at: service) { try Client(port: port) }
        #expect(try Client(port: port).readToEnd().hasPrefix("HTTP/1.1 503 "))
        let own = try await hold(2, at: service) { try service.connect() }
        #expect(try service.connect().readToEnd().hasPrefix("HTTP/1.1 503 "))
        withExtendedLifetime((held, own)) {}
    }

    @Test func `at the loopback door nobody makes a connection of the Unix socket give way`() async throws {
        let few = limits { ($0.connections, $0.rootConnections) = (2, 0) }
        let (service, port) = try start(few)
        let silent = try (0..<2).map { _ in try service.connect() }
        #expect(try Client(port: port).readToEnd().hasPrefix("HTTP/1.1 503 "))
        for client in silent { #expect(isServed(client)) }
    }

    @Test(.enabled(if: geteuid() == 0, "needs root to become another user"))
    func `another user's silent connection gives way when all places are taken, and no sooner`() async throws {
        let few = limits { ($0.connections, $0.rootConnections) = (2, 0) }
        let (service, _) = try start(few)
        let silent = try service.connect()
        #expect(try asAnother(at: service) == "hello\n 200")
        let second = try service.connect()
        #expect(try asAnother(at: service) == "hello\n 200")
        #expect(silent.readToEnd().hasPrefix("HTTP/1.1 503 "))
        #expect(isServed(second))
        let held = try await hold(1, at: service) { try service.connect() }
        #expect(try asAnother(at: service).hasSuffix(" 503"))
        withExtendedLifetime(held) {}
    }

    @Test(.enabled(if: geteuid() == 0, "needs root to become another user"))
    func `root is served at the Unix socket when all other places are taken`() async throws {
        let few = limits { ($0.connections, $0.rootConnections) = (2, 1) }
        let (service, port) = try start(few)
        let held = try await hold(2, at: service) { try service.connect() }
        #expect(try asAnother(at: service).hasSuffix(" 503"))
        #expect(try Client(port: port).readToEnd().hasPrefix("HTTP/1.1 503 "))
        let root = try await hold(1, at: service) { try service.connect() }
        #expect(try service.connect().readToEnd().hasPrefix("HTTP/1.1 503 "))
        withExtendedLifetime((held, root)) {}
    }
}

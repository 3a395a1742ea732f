// The loopback door: where it listens, who comes in, and when a client has gone.
import Glibc
import HTTPWire
import LocalServer
import Platform
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct LoopbackTests {
    /// Ten ports that most likely nobody uses; below those that the kernel gives to clients.
    private let ports: ClosedRange<UInt16>

    init() {
        let first = UInt16.random(in: 20_000...29_000)
        ports = first...(first + 9)
    }

    @Test func `both addresses have the same port, the first that is free on both`() throws {
        let first = try LoopbackListener.open(ports: ports)
        let taken = try #require(first.first).port
        #expect(first.map(\.port) == [taken, taken])
        // Somebody has the next port on ::1 only.
        let other = try LoopbackListener.open(ports: (taken + 1)...(taken + 1))
        other[0].close()
        let second = try LoopbackListener.open(ports: ports)
        #expect(second.first?.port == taken + 2)
        let service = try Service(loopback: second)
        for six in [false, true] {
            let client = try Client(port: taken + 2, six: six)
            client.send("GET /hello HTTP/1.1\r\nConnection: close\r\n\r\n")
            #expect(client.readToEnd().hasSuffix("hello\n"))
        }
        withExtendedLifetime((first, other, service)) {}
    }

    @Test func `without a free port the error names the range`() throws {
        let port = ports.lowerBound
        let held = try LoopbackListener.open(ports: port...port)
        let error = try #require(throws: ListenError.self) { try LoopbackListener.open(ports: port...port) }
        #expect(error.code == "socket-ports-taken")
        #expect(error.cause.contains("\(port)"))
        withExtendedLifetime(held) {}
    }

    @Test func `a program is known by its user`() async throws {
        let (service, port) = try start()
        let url = "http://127.0.0.1:\(port)/wait"
        let user: UInt32 = geteuid() == 0 ? 1234 : geteuid()
        let curl = ["curl", "--silent", "--max-time", "10", url]
        let client = try RunningProgram(
            geteuid() == 0 ? ["setpriv", "--reuid", "1234", "--clear-groups"] + curl : curl)
        let exchange = try #require(await service.exchange())
        #expect(exchange.peer.uid == user)
        #expect(exchange.door == .loopback(port: port))
        #expect(exchange.peer.socketInode != 0)
        exchange.respond(HTTPResponse(text: "seen", status: 200))
        #expect(try await client.wait().output == "seen\n")
    }

    @Test func `a client that has closed before it is looked at is nobody, and not root`() async throws {
        let listeners = try LoopbackListener.open(ports: ports)
        let port = try #require(listeners.first).port
        do {
            // The kernel accepts it before the server runs; its socket is an orphan by then, which belongs to uid 0.
            let early = try Client(port: port)
            early.send("GET /early HTTP/1.1\r\n\r\n")
        }
        let service = try Service(loopback: listeners)
        let client = try Client(port: port)
        client.send("GET /late HTTP/1.1\r\n\r\n")
        #expect(await service.exchange()?.request.path == "/late")
        #expect(service.waiting.all.count == 1)
    }

    @Test func `a client that ends its sending while it waits has gone`() async throws {
        let (service, port) = try start()
        let client = try Client(port: port)
        client.send("GET /wait HTTP/1.1\r\n\r\n")
        let id = try #require(await service.exchange()).id
        client.endSending()
        #expect(await eventually { service.waiting.hungUp == [id] })
    }

    @Test func `a body that is shorter than announced is a whole CAPTURE, and the connection closes`() async throws {
        let (service, port) = try start()
        let client = try Client(port: port)
        client.send(
            "CAPTURE /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 190\r\n\r\n<PidOptions></PidOptions>")
        #expect(client.readToEnd().hasSuffix("Connection: close\r\n\r\n<PidOptions></PidOptions>"))
        withExtendedLifetime(service) {}
    }

    @Test func `a TLS greeting is answered by the end of the connection`() throws {
        let (service, port) = try start()
        let client = try Client(port: port)
        #expect(client.send([0x16, 3, 1, 0, 200, 1], flags: 0) == 6)
        // The server says so and ends; it does not wait for the rest of the greeting.
        #expect(client.readToEnd().contains("400 Bad Request"))
        withExtendedLifetime(service) {}
    }

    @Test func `sockets are taken over on loopback addresses only`() throws {
        let port = ports.lowerBound
        for (address, isTaken) in [(UInt32(0x7f00_0001), true), (0, false)] {
            let raw = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var place = sockaddr_in()
            place.sin_family = sa_family_t(AF_INET)
            place.sin_port = (port + (isTaken ? 0 : 1)).bigEndian
            place.sin_addr.s_addr = address.bigEndian
            let bound = unsafe withUnsafePointer(to: &place) {
                unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe bind(raw, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            try #require(bound == 0 && listen(raw, 1) == 0)
            if isTaken {
                #expect(try LoopbackListener(inheriting: raw).door == .loopback(port: port))
            } else {
                let error = #expect(throws: ListenError.self) { try LoopbackListener(inheriting: raw) }
                #expect(error?.code == "socket-not-loopback")
                close(raw)
            }
        }
    }

    @Test func `handed-over sockets are counted from 3, for the process that they are meant for`() {
        let variables = ["LISTEN_PID": "77", "LISTEN_FDS": "3", "LISTEN_FDNAMES": "pidd:pidd-loopback"]
        let sockets = InheritedSocket.all(of: 77) { variables[$0] }
        #expect(sockets.map(\.descriptor) == [3, 4, 5])
        #expect(sockets.map(\.name) == ["pidd", "pidd-loopback", "unknown"])
        #expect(InheritedSocket.all(of: 78) { variables[$0] }.isEmpty)
        for count in ["0", "-1", "17", "x"] {
            #expect(InheritedSocket.all(of: 77) { $0 == "LISTEN_FDS" ? count : variables[$0] }.isEmpty)
        }
    }

    private func start() throws -> (Service, port: UInt16) {
        let listeners = try LoopbackListener.open(ports: ports)
        return (try Service(loopback: listeners), try #require(listeners.first).port)
    }
}

// What concerns a process as a whole: descriptors and signals. Each test is a process of its own.
import Glibc
import HTTPWire
import LocalServer
import Platform
import Testing

/// The number of descriptors that are open in this process.
private func openDescriptors() -> Int { (0..<4096).count { fcntl($0, F_GETFD) >= 0 } }

/// Ends the process with a failure unless something holds.
private func demand(_ holds: Bool, line: Int = #line) {
    guard !holds else { return }
    say("line \(line) does not hold")
    exit(EXIT_FAILURE)
}

@Suite struct ProcessTests {
    @Test func `a process out of descriptors sheds the newest client and serves the others`() async {
        await #expect(processExitsWith: .success) {
            let service = try Service()
            let client = try service.connect()
            client.send("GET /hello HTTP/1.1\r\n\r\n")
            demand(client.read(to: "hello\n").hasSuffix("hello\n"))
            // The first sleep of a process opens descriptors for its timer, and libdispatch ends it when there are none; a try
            // again below may be that first one.
            try await Task.sleep(for: .milliseconds(1))
            // The next descriptor is for the client's own end; then there is none left for the server's.
            let probe = dup(0)
            close(probe)
            var limit = rlimit(rlim_cur: rlim_t(probe + 1), rlim_max: 4096)
            unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            for _ in 0..<20 {
                // A look for the next client takes a descriptor for an instant, which may be the last one.
                var shed: Client?
                demand(
                    await eventually {
                        shed = try? service.connect()
                        return shed != nil
                    })
                demand(shed?.readToEnd().hasPrefix("HTTP/1.1 503 ") == true)
                shed = nil
                client.send("GET /hello HTTP/1.1\r\n\r\n")
                demand(client.read(to: "hello\n").hasSuffix("hello\n"))
            }
            limit.rlim_cur = 4096
            unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            let late = try service.connect()
            late.send("GET /hello HTTP/1.0\r\n\r\n")
            demand(late.readToEnd().hasSuffix("hello\n"))
        }
    }

    @Test func `10,000 connections leave no descriptor behind`() async {
        await #expect(processExitsWith: .success) {
            func serve(_ count: Int) async throws {
                let service = try Service()
                for number in 0..<count {
                    let client = try service.connect()
                    switch number % 4 {
                    case 0: client.send("GET /hello HTTP/1.1\r\n\r\n")
                    case 1: client.send("CAPTURE /wait HTTP/1.1\r\n\r\n")
                    case 2: client.send("nonsense\r\n\r\n")
                    default: break
                    }
                    if number % 8 == 0 { _ = client.receive() }
                }
                await service.server.stop()
            }
            // The first round opens what the runtime keeps open.
            try await serve(100)
            try await Task.sleep(for: .milliseconds(10))
            let before = openDescriptors()
            try await serve(10_000)
            demand(await eventually { openDescriptors() == before })
        }
    }

    @Test func `clients that leave before their answer raise no signal`() async {
        await #expect(processExitsWith: .success) {
            signal(SIGPIPE, SIG_DFL)
            let service = try Service()
            for _ in 0..<300 {
                let client = try service.connect()
                client.send("GET /big HTTP/1.1\r\n\r\n")
                _ = client.receive(atMost: 1)
            }
            let client = try service.connect()
            client.send("GET /hello HTTP/1.0\r\n\r\n")
            demand(!client.readToEnd().isEmpty)
        }
    }
}

// What other processes can do to a daemon from outside: hang up, lock its folder, not read what it says.
import FoundationEssentials
import Glibc
import Platform
import TestSupport
import Testing

@Suite(.serialized) struct HostileDaemonTests {
    private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    @Test func `clients that leave their requests behind hold up neither others nor the end`() async throws {
        let pidd = try await Pidd(.virtual)
        let slow = "<PidOptions>\(String(repeating: "<a/>", count: 8000))<Opts fCount=\"1\"/></PidOptions>"
        for _ in 0..<1000 {
            let clients = try (0..<7).map { _ in try DeskClient(pidd.socket) }
            for client in clients.prefix(4) { client.ask("DEVICEINFO", "/rd/info") }
            for client in clients.dropFirst(4) {
                client.send("CAPTURE /rd/capture HTTP/1.1\r\nContent-Length: \(slow.utf8.count)\r\n\r\n\(slow)")
            }
            usleep(1000)
        }
        var answer = try await pidd.request("DEVICEINFO", "/rd/info")
        // Their places are theirs until the daemon has ended the work.
        while answer.status == 429 { answer = try await pidd.request("DEVICEINFO", "/rd/info") }
        #expect(answer.attribute("dpId") == "TEST.PIDD")
        let resident = try await RunningProgram.run(["ps", "-o", "rss=", "-p", "\(pidd.process.processID)"])
        #expect(try #require(Int(resident.output.filter { $0.isNumber })) < 80_000)
        pidd.process.send(signal: SIGTERM)
        #expect(try await pidd.process.wait(within: .seconds(10)).status == 0)
        #expect(!exists(pidd.socket))
    }

    @Test func `a folder that somebody else has locked keeps the daemon from neither starting nor stopping`()
        async throws
    {
        let folder = try TemporaryFolder()
        let held = try Descriptor(unsafe open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), from: "open")
        #expect(flock(held.raw, LOCK_EX) == 0)
        let socket = folder.file("s")
        for _ in 0..<2 {
            let pidd = try RunningProgram([program("pidd"), "serve", "--socket", socket, "--state", folder.path])
            try await pidd.wait(for: "start") { pidd.errors.contains("ready") }
            pidd.send(signal: SIGTERM)
            #expect(try await pidd.wait().status == 0)
            #expect(!exists(socket))
        }
    }

    @Test func `a journal that nobody reads keeps the daemon from neither answering nor ending`() async throws {
        let folder = try TemporaryFolder()
        let (socket, journal) = (folder.file("s"), folder.file("journal"))
        let config = try folder.write("config", "[access]\ncapture =\n".utf8)
        #expect(unsafe mkfifo(journal, 0o600) == 0)
        let pipe = try Descriptor(unsafe open(journal, O_RDWR | O_NONBLOCK | O_CLOEXEC), from: "open")
        while unsafe write(pipe.raw, "x", 1) == 1 {}
        let pidd = try RunningProgram([
            "sh", "-c", "exec \"$0\" \"$@\" 2>\(journal)", program("pidd"), "serve", "--socket", socket, "--state",
            folder.path, "--config", config,
        ])
        try await pidd.wait(for: "socket") { exists(socket) }
        for (method, path) in [("CAPTURE", "/rd/capture"), ("RDSERVICE", "/"), ("GET", "/v1/status")] {
            let answer = try await RunningProgram.run([
                "curl", "-s", "-m", "10", "--unix-socket", socket, "-X", method, "-o", "/dev/null", "-w",
                "%{http_code}", "http://localhost\(path)",
            ])
            #expect(answer.output == (method == "CAPTURE" ? "403" : "200"))
        }
        pidd.send(signal: SIGTERM)
        #expect(try await pidd.wait(within: .seconds(10)).status == 0)
        #expect(!exists(socket))
    }

    @Test func `an empty socket path is refused with its cause`() async throws {
        let folder = try TemporaryFolder()
        let ended = try await RunningProgram.run(
            [program("pidd"), "serve", "--socket", "", "--state", folder.path], within: .seconds(10))
        #expect(ended.status == 69)
        #expect(ended.errors.contains("the path of the socket is empty"))
    }
}

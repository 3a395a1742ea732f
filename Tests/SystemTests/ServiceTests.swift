// The daemon under a service manager: sockets that are handed over, messages, and leaving when nobody needs it.
import Glibc
import Platform
import TestSupport
import Testing

@Suite struct ServiceTests {
    /// A service manager with pidd in its care; waits for its lines.
    final class Manager: Sendable {
        let folder: TemporaryFolder
        let process: RunningProgram

        init(watchdog: Double = 60, settings: String) async throws {
            folder = try TemporaryFolder()
            let file = try folder.write("pidd.conf", settings.utf8)
            process = try RunningProgram([
                "/usr/bin/python3", tool("service_manager.py"), folder.path, "\(watchdog)", program("pidd"), "serve",
                "--config", file, "--state", folder.file("state"),
            ])
            _ = try await lines(to: "listening")
        }

        /// Waits for a line that begins so, and returns all up to it.
        func lines(to start: String) async throws -> [String] {
            var lines: [String] = []
            while lines.last?.hasPrefix(start) != true {
                var line: String?
                try await process.wait(for: "line \(start)") {
                    line = process.nextLine()
                    return line != nil
                }
                lines.append(line ?? "")
            }
            return lines
        }

        func request() async throws -> String {
            try await RunningProgram.run([
                "curl", "--silent", "--max-time", "30", "--unix-socket", folder.file("pidd.sock"), "--output",
                "/dev/null", "--write-out", "%{http_code}", "http://localhost/v1",
            ]).output
        }
    }

    @Test func `a daemon without scanner and client leaves, and every later client brings it back`() async throws {
        let manager = try await Manager(settings: "[server]\nidle-exit = 1\n")
        for _ in 0..<3 {
            // Comes while the one before may just be leaving: both ways it is answered.
            #expect(try await manager.request() == "200")
            let lines = try await manager.lines(to: "ended")
            #expect(lines.first == "started")
            #expect(lines.contains("READY=1"))
            #expect(lines.suffix(2) == ["STOPPING=1", "ended 0"])
        }
    }

    @Test func `the daemon proves to its watchdog that it lives`() async throws {
        let manager = try await Manager(watchdog: 1, settings: "")
        #expect(try await manager.request() == "200")
        for _ in 0..<3 { #expect(try await manager.lines(to: "WATCHDOG=1").last == "WATCHDOG=1") }
        manager.process.send(signal: SIGTERM)
    }

    /// libdispatch, GLib and libusb end a process that has no descriptor left for them; each number is one of theirs.
    @Test(arguments: [8, 10, 14, 100])
    func `a daemon that may not open enough files says so and does not crash`(_ allowed: Int) async throws {
        let folder = try TemporaryFolder()
        let ended = try await RunningProgram.run([
            "prlimit", "--nofile=\(allowed):\(allowed)", program("pidd"), "serve", "--socket", folder.file("pidd.sock"),
            "--state", folder.file("state"),
        ])
        #expect(ended.status == 71)
        #expect(ended.errors.contains("only \(allowed) files may be open at once"), "\(ended.errors)")
    }

    @Test func `a daemon raises its own limit of open files as far as it needs`() async throws {
        let folder = try TemporaryFolder()
        let socket = folder.file("pidd.sock")
        let pidd = try RunningProgram([
            "prlimit", "--nofile=20:4096", program("pidd"), "serve", "--socket", socket, "--state",
            folder.file("state"),
        ])
        try await pidd.wait(for: "ready") { pidd.errors.contains("ready socket=") }
        let limits = String(
            decoding: try readKernelFile("/proc/\(pidd.processID)/limits", limit: 1 << 16), as: UTF8.self)
        let line = limits.split(separator: "\n").first { $0.hasPrefix("Max open files") } ?? ""
        #expect(line.split(separator: " ").dropFirst(3).prefix(2) == ["256", "4096"])
    }
}

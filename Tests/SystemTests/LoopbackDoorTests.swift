// The loopback door as programs meet it: paths, fall-backs, content types, users, and what is closed.
import FoundationEssentials
import Glibc
import Platform
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(2))) struct `The loopback door` {
    @Test func `answers the fall-backs that existing clients use`() async throws {
        let rig = try await LoopbackRig(.none)
        func answer(_ words: String..., path: String) async throws -> String {
            try await RunningProgram.run(
                ["curl", "--silent", "--max-time", "30", "--write-out", " %{http_code}"] + words
                    + ["http://127.0.0.1:\(rig.port)\(path)"]
            ).output
        }
        for path in ["/", "/?ts=1", "/rd/info", "/RD/Info?x=/v1", "/whatever"] {
            let service = try await answer("-X", "RDSERVICE", path: path)
            #expect(service.contains("<RDService status=\"NOTREADY\"") && service.hasSuffix(" 200"), "\(path)")
        }
        for path in ["/", "/rd/info", "/getDeviceInfo?x"] {
            #expect(try await answer(path: path).contains("<RDService "), "\(path)")
        }
        #expect(try await answer("-X", "DEVICEINFO", path: "/GETDEVICEINFO").hasPrefix("<DeviceInfo "))
        #expect(try await answer("-X", "POST", path: "/rd/info").hasPrefix("<DeviceInfo "))
        for path in ["/rd/capture", "/Capture?ts=2"] {
            // curl announces a form here, as one client in the field does.
            #expect(try await answer("-X", "CAPTURE", "-d", pidOptions(), path: path).contains("errCode=\"720\""))
            let xml = ["-H", "Content-Type: text/xml; charset=UTF-8"]
            #expect(
                try await answer("-X", "POST", "-d", pidOptions(), xml[0], xml[1], path: path)
                    .contains("errCode=\"720\""))
            #expect(try await answer("-X", "POST", "-d", pidOptions(), path: path).hasSuffix(" 415"))
        }
        // A body that the client sends only when it is asked to.
        #expect(
            try await answer("-X", "CAPTURE", "-H", "Expect: 100-continue", "-d", pidOptions(), path: "/capture")
                .contains("errCode=\"720\""))
        #expect(try await answer(path: "/nothing").hasSuffix(" 404"))
        #expect(try await answer("-X", "CAPTURE", path: "/nothing").hasSuffix(" 404"))
        #expect(try await answer("-X", "PUT", path: "/rd/capture").hasSuffix(" 405"))
    }

    @Test func `listens on 127 0 0 1 and ::1 at one port and nowhere else, and gives way to a port that is taken`()
        async throws
    {
        let rig = try await LoopbackRig(.none)
        let six = try await RunningProgram.run(
            ["curl", "--silent", "--globoff", "-X", "RDSERVICE", "http://[::1]:\(rig.port)/"])
        #expect(six.output.contains("<RDService "))
        let table = String(decoding: try readKernelFile("/proc/net/tcp", limit: 1 << 20), as: UTF8.self)
        let port = String(rig.port, radix: 16, uppercase: true)
        let listening = table.split(separator: "\n").filter { $0.contains(":\(port) 00000000:0000 0A") }
        #expect(listening.count == 1 && listening[0].contains("0100007F:\(port)"))
        // A second daemon with the same settings moves up.
        let folder = try TemporaryFolder()
        let file = try folder.write(
            "c", "[loopback]\nenabled = yes\nports = \(rig.firstPort)-\(rig.firstPort + 20)\n".utf8)
        let second = try await Pidd(.none, arguments: ["--config", file])
        try await second.process.wait(for: "door") { second.diary.contains("loopback port=\(rig.port + 1)") }
    }

    @Test func `answers preflights for listed origins by name, and says nothing to others`() async throws {
        let rig = try await LoopbackRig(.none)
        func preflight(_ origin: String, _ method: String = "CAPTURE") async throws -> String {
            try await rig.curl(
                "-X", "OPTIONS", "-H", "Origin: \(origin)", "-H", "Access-Control-Request-Method: \(method)",
                "-H", "Access-Control-Request-Headers: content-type, x-odd, prefer",
                "-H", "Access-Control-Request-Private-Network: true", path: "/rd/capture")
        }
        for origin in [rig.listed, "https://shop.portal.example", "http://localhost:\(rig.port)"] {
            let answer = try await preflight(origin)
            #expect(answer.hasPrefix("HTTP/1.1 204 "), "\(origin)")
            #expect(answer.contains("Vary: Origin"))
            guard !origin.hasSuffix(":\(rig.port)") else { continue }
            #expect(answer.contains("Access-Control-Allow-Origin: \(origin)\r\n"))
            #expect(answer.components(of: "Access-Control-Allow-Origin").count == 2)
            #expect(answer.contains("Access-Control-Allow-Methods: RDSERVICE, DEVICEINFO, CAPTURE, GET, POST, OPTIONS"))
            #expect(answer.contains("Access-Control-Allow-Headers: content-type, accept, prefer\r\n"))
            #expect(answer.contains("Access-Control-Max-Age: 600"))
            #expect(answer.contains("Access-Control-Allow-Private-Network: true"))
        }
        for origin in ["https://evil.example", "null", "https://portal.example", "http://shop.portal.example", "*"] {
            let answer = try await preflight(origin)
            #expect(answer.hasPrefix("HTTP/1.1 403 "), "\(origin)")
            #expect(!answer.contains("Access-Control-Allow"))
        }
    }

    @Test func `tells every page that a scanner is there when it is set to, and no more`() async throws {
        let rig = try await LoopbackRig(.none, settings: "discovery = everyone")
        let origin = ["-H", "Origin: https://other.example"]
        let service = try await rig.curl("-X", "RDSERVICE", origin[0], origin[1])
        #expect(service.contains("<RDService "))
        #expect(service.contains("Access-Control-Allow-Origin: https://other.example\r\n"))
        let ask = ["-X", "OPTIONS", "-H", "Access-Control-Request-Private-Network: true", "-H"]
        let preflight = try await rig.curl(
            ask[0], ask[1], ask[2], ask[3], ask[4], "Access-Control-Request-Method: RDSERVICE", origin[0], origin[1])
        #expect(preflight.contains("Access-Control-Allow-Methods: RDSERVICE\r\n"))
        #expect(!preflight.contains("Private-Network"))
        #expect(
            try await rig.curl(
                ask[0], ask[1], ask[4], "Access-Control-Request-Method: CAPTURE", origin[0], origin[1]
            ).hasPrefix("HTTP/1.1 403"))
        #expect(
            try await rig.curl("-X", "DEVICEINFO", origin[0], origin[1], path: "/rd/info").hasPrefix("HTTP/1.1 403"))
        #expect(try await rig.curl("-X", "RDSERVICE", "-H", "Origin: null").hasPrefix("HTTP/1.1 403"))
    }

    @Test func `keeps what tells of other users for its own page, and the rest of v1 for the socket`() async throws {
        let rig = try await LoopbackRig(.none)
        for path in ["/v1/status", "/v1/events", "/v1/metrics", "/v1", "/v1/schema"] {
            #expect(try await rig.curl(path: path).hasPrefix("HTTP/1.1 403"), "\(path)")
            #expect(try await rig.curl("-H", "Origin: \(rig.listed)", path: path).hasPrefix("HTTP/1.1 403"), "\(path)")
        }
        let own = ["-H", "Sec-Fetch-Site: same-origin"]
        #expect(try await rig.curl(own[0], own[1], path: "/v1/status").hasPrefix("HTTP/1.1 200"))
        #expect(try await rig.curl(own[0], own[1], path: "/v1/metrics").hasPrefix("HTTP/1.1 403"))
        #expect(
            try await rig.curl("--json", "{}", own[0], own[1], path: "/v1/captures").hasPrefix("HTTP/1.1 403"))
    }

    @Test func `shows browsers a page that nobody can frame or add to`() async throws {
        let rig = try await LoopbackRig(.none)
        let page = try await rig.curl("-H", "Accept: text/html,application/xhtml+xml,*/*;q=0.8")
        #expect(page.contains("Content-Type: text/html; charset=utf-8"))
        #expect(page.contains("default-src 'none'; script-src 'self'"))
        #expect(page.contains("frame-ancestors 'none'"))
        #expect(!page.contains("http://") && !page.contains("https://"), "no assets from elsewhere")
        for file in ["/page.css", "/page.js", "/page.svg"] {
            #expect(try await rig.curl(path: file).hasPrefix("HTTP/1.1 200"), "\(file)")
        }
    }

    @Test(.enabled(if: geteuid() == 0, "needs root to become another user"))
    func `applies the access rules to whoever the kernel says holds the other end`() async throws {
        let rig = try await LoopbackRig(.none, access: "capture = daemon, @games\ninfo = root, daemon, @games")
        func asUser(_ user: String, _ words: String..., path: String) async throws -> String {
            try await RunningProgram.run(
                ["setpriv", "--reuid", user, "--clear-groups", "curl", "--silent", "--include", "--max-time", "30"]
                    + words + ["http://127.0.0.1:\(rig.port)\(path)"]
            ).output
        }
        let options = pidOptions()
        #expect(
            try await asUser("daemon", "-X", "CAPTURE", "-d", options, path: "/capture").contains("errCode=\"720\""))
        // By the groups of its user in the database, for those of the process are not known.
        #expect(try await asUser("games", "-X", "CAPTURE", "-d", options, path: "/capture").contains("errCode=\"720\""))
        #expect(try await asUser("nobody", "-X", "RDSERVICE", path: "/").contains("unknown-user"))
        #expect(try await asUser("bin", "-X", "RDSERVICE", path: "/").contains("not-permitted"))
        #expect(try await rig.curl("-X", "CAPTURE", "-d", options, path: "/capture").contains("not-permitted"))
        #expect(try await rig.curl("-X", "RDSERVICE").contains("<RDService "))
        // The program is known where this process may look.
        #expect(rig.pidd.diary.contains("program=\"curl (pid "))
    }

    private struct Report: Decodable {
        struct Entry: Decodable {
            let group, name, verdict, finding, next_step: String
        }
        let checks: [Entry]
    }

    @Test func `is looked at by the doctor, from where its clients stand`() async throws {
        let rig = try await LoopbackRig(.none)
        let visit = try await RunningProgram.run([
            program("pidd"), "doctor", "--json", "--config", rig.configuration, "--socket", rig.pidd.socket, "--state",
            rig.pidd.state,
        ])
        let checks = try JSONDecoder().decode(Report.self, from: Data(visit.output.utf8)).checks
            .filter { $0.group == "loopback" }
        func verdicts(_ name: String) -> [String] { checks.filter { $0.name == name }.map(\.verdict) }
        #expect(verdicts("door") == ["ok"])
        #expect(verdicts("tls") == ["ok"])
        #expect(verdicts("preflight") == ["ok", "ok"])
        #expect(verdicts("users") == ["warn"])
        // Whether this machine has a policy is its own affair; the page of this machine needs none.
        #expect(verdicts("policy").count == 1)
        #expect(!checks.contains { $0.name == "policy" && $0.next_step.contains("localhost") })
    }

    @Test func `takes over the ports that a service manager opened`() async throws {
        let folder = try TemporaryFolder()
        let port = UInt16.random(in: 20_000...28_000)
        let state = folder.file("state"), socket = folder.file("s")
        // Opens a socket as descriptor 3 and becomes the daemon, as systemd would.
        let opener = """
            import os, socket, sys
            s = socket.create_server(("127.0.0.1", \(port)))
            os.dup2(s.fileno(), 3)
            os.set_inheritable(3, True)
            os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="pidd-loopback")
            os.execv(sys.argv[1], sys.argv[1:])
            """
        let daemon = try RunningProgram(
            ["/usr/bin/python3", "-c", opener, program("pidd"), "serve", "--socket", socket, "--state", state])
        try await daemon.wait(for: "door") { daemon.errors.contains("loopback port=\(port)") }
        try await daemon.wait(for: "socket") { FileManager.default.fileExists(atPath: socket) }
        let answer = try await RunningProgram.run(
            ["curl", "--silent", "-X", "RDSERVICE", "http://localhost:\(port)/"])
        #expect(answer.output.contains("<RDService "))
    }
}

extension String {
    fileprivate func components(of separator: String) -> [Substring] {
        split(separator: separator, omittingEmptySubsequences: false)
    }
}

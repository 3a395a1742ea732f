// What the doctor says about browsers: their policies, and a door that is not there.
import Glibc
import LocalServer
@testable import PiddCore
import Platform
import Sharing
import TestSupport
import Testing

struct LoopbackChecksTests {
    private func policy(_ files: [String], _ origins: String...) throws -> [Check] {
        let folder = try TemporaryFolder()
        for (index, text) in files.enumerated() { _ = try folder.write("\(index).json", text.utf8) }
        _ = try folder.write("note.txt", "no policy".utf8)
        return BrowserPolicy.checks(
            of: try origins.map { try #require(OriginRule($0)) }, in: [folder.path, "/nowhere"], group: "loopback")
    }

    private func allowing(_ patterns: String..., by key: String = "LoopbackNetworkAllowedForUrls") -> String {
        "{\"\(key)\": [\(patterns.map { "\"\($0)\"" }.joined(separator: ", "))], \"HomepageLocation\": \"x\"}"
    }

    @Test func `a policy that lists the page is found, in whichever file and form`() throws {
        for pattern in [
            "https://a.example", "https://a.example/", "a.example", "[*.]example", "https://[*.]a.example", "*",
        ] {
            #expect(try policy(["{}", allowing(pattern)], "https://a.example").map(\.verdict) == [.ok], "\(pattern)")
        }
        let other = allowing("https://a.example", by: "LocalNetworkAccessAllowedForUrls")
        #expect(try policy([other], "https://a.example").map(\.verdict) == [.ok])
        #expect(try policy([allowing("https://[*.]a.in")], "https://*.a.in").map(\.verdict) == [.ok])
    }

    @Test func `without one the next step is the file that is needed`() throws {
        for pattern in ["https://b.example", "https://a.example.evil", "http://a.example", "[*.]a.example.com"] {
            let checks = try policy([allowing(pattern)], "https://a.example", "https://*.b.in")
            #expect(checks.map(\.verdict) == [.warn], "\(pattern)")
            #expect(checks[0].nextStep.contains("\"https://a.example\", \"https://[*.]b.in\""))
        }
        #expect(try policy([], "https://a.example").map(\.verdict) == [.warn])
    }

    @Test func `pages of this machine need none, and a broken file is named`() throws {
        #expect(try policy([], "http://localhost:3000", "http://127.0.0.1:8080").isEmpty)
        let checks = try policy(["{"], "https://a.example")
        #expect(checks.map(\.verdict) == [.warn, .warn])
        #expect(checks[0].finding.contains("0.json"))
    }

    @Test func `the template that is shipped is a policy`() throws {
        let bytes = try readFile("\(TestFiles.root)/share/pidd/chromium-policy.json", limit: 1 << 16)
        let template = String(decoding: bytes, as: UTF8.self)
        #expect(try policy([template], "https://portal.example", "https://*.portal.example").map(\.verdict) == [.ok])
    }

    @Test(.enabled(if: geteuid() == 0, "only root can start a program of somebody else"))
    func `a program of another user that answers as pidd does is not taken for it`() async throws {
        let answer = "HTTP/1.1 200 OK\\r\\nPidd-Request-Id: 1\\r\\nContent-Length: 0\\r\\n\\r\\n"
        let impostor = try RunningProgram([
            "setpriv", "--reuid=12345", "--regid=12345", "--clear-groups", "/usr/bin/python3", "-uc",
            """
            import socket
            door = socket.create_server(("127.0.0.1", 0))
            print(door.getsockname()[1], flush=True)
            while True:
                caller, _ = door.accept()
                caller.recv(1000)
                caller.sendall(b"\(answer)")
                caller.close()
            """,
        ])
        try await impostor.wait(for: "port") { impostor.output.hasSuffix("\n") }
        let port = try #require(UInt16(impostor.output.dropLast()))
        var settings = LoopbackSettings()
        settings.ports = port...port
        func door(ofDaemonAs uid: UInt32?) -> Check? {
            let daemon = uid.map { Peer(pid: 1, uid: $0, gid: 0, groups: [], program: "pidd") }
            return LoopbackChecks(settings: settings, access: .standard, policies: [], daemon: daemon).checks().first
        }
        for uid in [0, 33, nil] as [UInt32?] {
            #expect(door(ofDaemonAs: uid)?.verdict == .fail)
            #expect(door(ofDaemonAs: uid)?.finding.contains("is a program of user 12345") == true)
        }
        // The same door, if the daemon is this user's.
        #expect(door(ofDaemonAs: 12345)?.verdict == .ok)
    }

    @Test(arguments: [("root, @0", "only 2 users or groups"), ("@0", "only one user or group"), ("", "nobody")])
    func `who may capture is told by number, since reports are sent to others`(list: String, words: String) throws {
        var settings = LoopbackSettings()
        settings.ports = 7...8
        settings.isEnabled = true
        let rules = try AccessRules(reading: [.capture: list], accounts: .machine)
        let checks = LoopbackChecks(settings: settings, access: rules, policies: []).checks()
        #expect(checks.last?.finding == "\(words) may capture")
    }

    @Test func `a door that is open by the settings only fails, with where it was looked for`() {
        var settings = LoopbackSettings()
        // Below the ports of any service, and nobody's.
        settings.ports = 7...8
        #expect(LoopbackChecks(settings: settings, access: .standard, policies: []).checks().isEmpty)
        settings.isEnabled = true
        let checks = LoopbackChecks(settings: settings, access: .standard, policies: []).checks()
        #expect(checks.map(\.name) == ["door", "users"])
        #expect(checks.map(\.verdict) == [.fail, .warn])
        #expect(checks[0].finding.contains("from port 7 to 8"))
    }
}

// Where the settings for Eko come from, and whom the client trusts.
import FoundationEssentials
import Glibc
import Platform
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct EkoSettingsTests {
    let client: Client
    let server: TLSTestServer

    init() throws {
        client = try Client()
        server = try FinoTests.shared.get()
    }

    private func get(_ behaviour: String, _ more: [String] = []) throws -> RunningProgram.Ending {
        try client.run(["transaction", "--tid", "17", "--json"] + client.eko(server, behaviour) + more)
    }

    private func requests(_ behaviour: String) throws -> [FinoTests.Received] {
        let all = try runTool("curl", ["-s", "--cacert", server.caFile, server.url("requests")]).output
        return try JSONDecoder().decode([FinoTests.Received].self, from: Data(all.utf8)).filter {
            $0.path.hasPrefix("/\(behaviour)/")
        }
    }

    @Test func `A GET is tried three times, signed anew each time, and a PUT once`() throws {
        #expect(try get("bad-gateway/get").status == 5)
        let tried = try requests("bad-gateway/get")
        #expect(tried.count == 3)
        #expect(Set(tried.compactMap { $0.headers["secret-key-timestamp"] }).count == 3)
        #expect(tried[0].body == "")
        #expect(tried[0].path.hasSuffix("/tools/reference/transaction/17?initiator_id=9962981729&user_code=20810200"))
    }

    @Test func `A pinned key that is another is refused and nothing is sent`() throws {
        #expect(try get("verified/pin", ["--pin", server.pin]).status == 0)
        let wrong = try get("verified/wrong-pin", ["--pin", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="])
        #expect(wrong.status == 78)
        #expect(try requests("verified/wrong-pin").isEmpty)
        #expect(try get("verified/x", ["--pin", "short"]).status == 78)
    }

    @Test func `Keys that the service manager gives are found, whatever their mode`() throws {
        let folder = client.folder.file("credentials")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        _ = try client.folder.write("credentials/eko-access-key", Client.accessKey.utf8, mode: 0o440)
        _ = try client.folder.write("credentials/eko-developer-key", "\(Client.developerKey)\n".utf8, mode: 0o440)
        let result = try client.run(
            [
                "transaction", "--tid", "17", "--base-url", server.url("verified/credentials"), "--ca-file",
                server.caFile, "--initiator-id", "9962981729",
            ], environment: ["CREDENTIALS_DIRECTORY": folder])
        #expect(result.status == 0, "\(result.errors)")
        #expect(try requests("verified/credentials").first?.headers["developer_key"] == Client.developerKey)
    }

    @Test func `A developer key on the command line is refused, and the error says where to put it`() throws {
        for words in [["--developer-key", "seen-by-all"], ["--developer-key=seen-by-all"]] {
            let result = try client.run(client.verify + words)
            #expect(result.status == 64)
            #expect(result.errors.contains("EKO_DEVELOPER_KEY"))
            #expect(result.errors.contains("--developer-key-file"))
            #expect(!result.errors.contains("seen-by-all"))
        }
    }

    @Test func `A developer key comes from the environment or a file of one's own`() throws {
        let rest = client.eko(server, "verified/developer").filter {
            !["--developer-key-file", client.developerKeyFile].contains($0)
        }
        let inquiry = ["transaction", "--tid", "17"] + rest
        let missing = try client.run(inquiry)
        #expect(missing.status == 78)
        #expect(missing.errors.contains("EKO_DEVELOPER_KEY"))
        #expect(try client.run(inquiry, environment: ["EKO_DEVELOPER_KEY": "of-environment"]).status == 0)
        // What the command line names goes before the environment.
        let named = try client.run(
            inquiry + ["--developer-key-file", client.developerKeyFile], environment: ["EKO_DEVELOPER_KEY": "other"])
        #expect(named.status == 0)
        let open = try client.folder.write("open-key", "seen-by-all".utf8, mode: 0o644)
        #expect(try client.run(inquiry + ["--developer-key-file", open]).status == 78)
        let keys = try requests("verified/developer").map { $0.headers["developer_key"] }
        #expect(keys == ["of-environment", Client.developerKey])
    }

    @Test func `A product can have a base URL of its own`() throws {
        let settings = try client.folder.write(
            "settings", "[eko]\nbase-url = https://localhost:1\nbase-url-tools = \(server.url("verified/own"))\n".utf8)
        let arguments = client.eko(url: "", ca: server.caFile).dropFirst(2)
        let result = try client.run(["transaction", "--tid", "17", "--config", settings] + arguments)
        #expect(result.status == 0, "\(result.errors)")
        #expect(try requests("verified/own").count == 1)
    }

    @Test func `Plain http goes no further than this machine, and there only in a test`() throws {
        for (url, code) in [
            ("http://localhost:1", "not-sent"), ("http://api.eko.in/x", "base-url-not-local"),
        ] {
            let arguments = client.verify + client.eko(url: url, ca: client.caFile) + ["--json", "--test-http"]
            let result = try client.run(arguments)
            #expect(result.status != 0)
            #expect(result.errors.contains(code), "\(result.errors)")
        }
    }

    /// There is no pidd here: had a capture been tried, the status would be 69.
    @Test func `A client key that cannot serve is told before any capture`() throws {
        let (open, locked) = (client.folder.file("open.key"), client.folder.file("locked.key"))
        for (path, more) in [(open, ["-nodes"]), (locked, ["-passout", "pass:secret"])] {
            let words = ["-newkey", "rsa:2048", "-keyout", path, "-x509", "-subj", "/CN=till", "-days", "2"]
            try #require(try runTool("openssl", ["req"] + words + more + ["-out", path + ".pem"]).status == 0)
            unsafe chmod(path, 0o600)
        }
        let text = try [open + ".pem", open].map { String(decoding: try readFile($0, limit: 1 << 16), as: UTF8.self) }
        let both = try client.folder.write("both.pem", text.joined().utf8, mode: 0o644)
        func code(_ more: [String]) throws -> String {
            let ended = try client.run(
                client.ekyc + client.eko(url: "https://localhost:1", ca: client.caFile) + more + ["--json"])
            #expect(ended.status == 78 || ended.status == 69, "\(ended.errors)")
            return try ErrorObject(ended.errors).error.code
        }
        #expect(try code(["--client-key", open]) == "client-cert-missing")
        #expect(try code(["--client-cert", locked + ".pem", "--client-key", locked]) == "client-key-encrypted")
        #expect(try code(["--client-cert", open + ".pem"]) == "secret-file-too-open")
        #expect(try code(["--client-cert", both]) == "secret-file-too-open")
        unsafe chmod(both, 0o600)
        #expect(try code(["--client-cert", both]) == "socket-missing")
        unsafe chmod(open + ".pem", 0o600)
        #expect(try code(["--client-cert", open + ".pem"]) == "client-key-invalid")
        #expect(try code(["--client-cert", open + ".pem", "--client-key", open]) == "socket-missing")
    }

    @Test func `A file of the last timestamp that cannot be opened is told before any capture`() throws {
        // A link is not followed, whoever runs this.
        #expect(unsafe symlink("nowhere", client.folder.file("ekyc-client.timestamp")) == 0)
        let ended = try client.run(
            client.ekyc + client.eko(url: "https://localhost:1", ca: client.caFile) + ["--json"],
            environment: ["XDG_RUNTIME_DIR": client.folder.path])
        #expect(ended.status == 78)
        #expect(try ErrorObject(ended.errors).error.code == "timestamp-file")
    }

    @Test func `A consent that cannot be recorded keeps the number from being sent`() throws {
        let arguments = client.ekyc + client.eko(server, "otp-sent/unrecorded") + ["--audit-file", "/nowhere/audit"]
        let result = try client.run(arguments)
        #expect(result.status == 73)
        #expect(result.errors.contains("--audit-file"))
        #expect(try requests("otp-sent/unrecorded").isEmpty)
    }

    @Test func `A check digit can be a reason to refuse, or none to speak of`() throws {
        let arguments = [
            "fino", "ekyc", "--customer", "9123456789", "--aadhaar-file", "-", "--consent", "--check-digit",
        ]
        let rest = client.eko(url: "https://localhost:1", ca: client.caFile)
        #expect(try client.run(arguments + ["refuse"] + rest, input: "234567890123").status == 65)
        let ignored = try client.run(arguments + ["ignore"] + rest, input: "234567890123")
        #expect(!ignored.errors.contains("check digit"))
    }
}

// The client and the sandbox over TLS on bad days: certificates, proxies, and connections cut at every stage.
import FoundationEssentials
import Glibc
import Platform
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct WireTests {
    /// Certificates of a server and of a client, each of an authority of its own, made once.
    private static let certificates = Result {
        let folder = try TemporaryFolder()
        let script = "\(TestFiles.root)/Tests/Python/tls_certificates.py"
        let made = try runTool("/usr/bin/python3", ["-B", script, folder.path])
        guard made.status == 0 else { throw SystemError("certificates", on: made.errors, code: made.status) }
        return folder
    }

    private func certificate(_ name: String) throws -> String { try Self.certificates.get().file(name) }

    /// A call that Eko answers with an error of its own, which shows that it was understood.
    private let inquiry = "transaction --tid 1 --json"

    // MARK: Certificates

    @Test func `A server whose certificate has expired is sent nothing, and one that is good is`() throws {
        for (name, status) in [("expired.pem", 78 as Int32), ("server.pem", 4)] {
            let rig = try SandboxRig(
                "current", ["--tls-cert", try certificate(name), "--tls-key", try certificate("server.key")])
            let ended = try rig.run("\(inquiry) --ca-file \(try certificate("ca.pem"))")
            #expect(ended.status == status, "\(ended.errors)")
            let error = try ErrorObject(ended.errors).error
            guard status == 78 else { continue }
            #expect(error.code == "tls-refused" && error.message.contains("expired"))
            #expect(error.message.contains("nothing was sent"))
            #expect(!rig.log.contains("GET"))
        }
    }

    @Test func `A server of another authority is sent nothing`() throws {
        let rig = try SandboxRig("current")
        let ended = try rig.run("\(inquiry) --ca-file \(rig.client.caFile)")
        #expect(ended.status == 78)
        #expect(try ErrorObject(ended.errors).error.code == "tls-refused")
        #expect(!rig.log.contains("GET"))
    }

    @Test func `A server that wants to know its clients takes the certificate of one and nothing from others`() throws {
        let rig = try SandboxRig("current", ["--client-ca", try certificate("client-ca.pem")])
        let known = "--client-cert \(try certificate("client.pem")) --client-key \(try certificate("client.key"))"
        #expect(try rig.run("\(inquiry) \(known)").status == 4)
        for stranger in [
            "", "--client-cert \(try certificate("server.pem")) --client-key \(try certificate("server.key"))",
        ] {
            let refused = try rig.run("\(inquiry) \(stranger)")
            #expect(refused.status == 78, "\(refused.errors)")
            #expect(refused.errors.contains("nothing was sent"))
        }
        #expect(rig.log.split(separator: "\n").filter { $0.contains(" GET ") }.count == 1)
    }

    // MARK: Proxies

    @Test func `A proxy passes on what it cannot read`() throws {
        let rig = try SandboxRig("current")
        let record = rig.client.folder.file("proxy")
        let proxy = try RunningProgram(
            ["/usr/bin/python3", "-B", "\(TestFiles.root)/Tests/Servers/connect_proxy.py", record], input: nil)
        try proxy.waitBlocking(for: "port") { proxy.output.hasSuffix("\n") }
        let address = "http://127.0.0.1:\(proxy.output.dropLast())"
        let number = rig.client.aadhaarFile
        let ended = try rig.run(
            "fino ekyc --customer 9123456789 --aadhaar-file \(number) --consent --proxy \(address) -v")
        #expect(ended.status == 3, "\(ended.errors)")
        let seen = String(decoding: try readFile(record, limit: 1 << 20), as: UTF8.self)
        #expect(seen.hasPrefix("CONNECT 127.0.0.1:"))
        for secret in [Client.aadhaar, Client.developerKey, "developer_key", "piddata"] {
            #expect(!seen.contains(secret))
        }
        // The usual variable counts as well, and can be overruled.
        let dead = ["https_proxy": "http://127.0.0.1:1"]
        let words = inquiry.split(separator: " ").map(String.init)
        let refused = try rig.client.run(words, environment: dead)
        #expect(refused.status == 69 && refused.errors.contains("nothing was sent"))
        #expect(try rig.client.run(words + ["--proxy", "none"], environment: dead).status == 4)
    }

    @Test func `A proxy that refuses has passed on nothing`() throws {
        let rig = try SandboxRig("current")
        let script = "\(TestFiles.root)/Tests/Servers/connect_proxy.py"
        let proxy = try RunningProgram(
            ["/usr/bin/python3", "-B", script, rig.client.folder.file("proxy"), "407"], input: nil)
        try proxy.waitBlocking(for: "port") { proxy.output.hasSuffix("\n") }
        let ended = try rig.run(
            "fino ekyc --customer 9123456789 --aadhaar-file \(rig.client.aadhaarFile) --consent --json "
                + "--proxy http://127.0.0.1:\(proxy.output.dropLast())")
        #expect(ended.status == 69, "\(ended.errors)")
        #expect(ended.errors.contains("nothing was sent"))
    }

    // MARK: Faults

    @Test(arguments: [
        ("cut-accept", 69 as Int32, 0), ("cut-handshake", 69, 0), ("cut-request", 5, 0), ("cut-unanswered", 5, 1),
        ("cut", 5, 1), ("slow", 5, 1), ("html", 5, 1), ("500", 5, 1), ("429", 5, 1), ("huge", 5, 1), ("redirect", 7, 1),
    ])
    func `However a connection fails, the status says whether Eko may have acted, and nothing is sent twice`(
        fault: String, status: Int32, requests: Int
    ) throws {
        let rig = try SandboxRig("reference", ["--fault", fault])
        let ended = try rig.run(
            "fino ekyc --customer 9123456789 --aadhaar-file \(rig.client.aadhaarFile) --consent --json --call-timeout "
                + (fault == "slow" ? "4s" : "60s"))
        #expect(ended.status == status, "\(ended.errors)")
        let error = try ErrorObject(ended.errors).error
        #expect(error.message.contains("nothing was sent") == (status == 69))
        #expect(error.message.contains("unknown whether Eko acted") == (status == 5))
        #expect(status != 5 || error.hint.contains("new capture") && error.outcome == "outcome-unknown")
        #expect(rig.log.split(separator: "\n").filter { $0.contains(" PUT ") }.count == requests)
        #expect(rig.client.captures.count == 1)
    }

    @Test func `A read is tried again, signed anew, until the line holds`() throws {
        let rig = try SandboxRig("current", ["--fault", "cut-unanswered", "--fault-times", "2"])
        let ended = try rig.run("\(inquiry) -v")
        #expect(ended.status == 4, "\(ended.errors)")
        // Had a signature been sent twice, the sandbox would have refused it with 2485.
        #expect(rig.log.split(separator: "\n").filter { $0.contains(" GET ") && $0.contains("/168 ") }.count == 3)
    }

    @Test(arguments: [(-180, "ahead of"), (180, "behind")])
    func `A clock that is three minutes off is named with the time it is off by`(ahead: Int, word: String) throws {
        let rig = try SandboxRig("current", ["--clock-ahead", "\(ahead)"])
        let ended = try rig.run(inquiry)
        #expect(ended.status == 6)
        let error = try ErrorObject(ended.errors).error
        #expect(error.code == "eko-2485")
        let isNamed = error.hint.contains(/it is 1[78][0-9] s/) && error.hint.contains(word)
        #expect(isNamed, "\(error.hint)")
    }

    @Test func `A timestamp that was used before is refused, which only a tampered ledger brings about`() throws {
        let rig = try SandboxRig("current")
        let ahead = wallClockMilliseconds() + 50_000
        let ledger = "ekyc-client/timestamp"
        for status in [4 as Int32, 6] {
            _ = try rig.client.folder.write(ledger, "\(ahead)\n".utf8)
            #expect(try rig.run(inquiry).status == status)
        }
        #expect(rig.log.contains("2485"))
    }

    // MARK: Keys

    @Test func `The access key can be piped in, alone`() throws {
        let rig = try SandboxRig("current")
        #expect(try rig.run("\(inquiry) --access-key-file -", input: "\(Client.accessKey)\n").status == 4)
        let wrong = try rig.run("\(inquiry) --access-key-file -", input: "another key")
        #expect(wrong.status == 6 && !wrong.errors.contains("another key"))
        let both = try rig.run(
            "fino ekyc --customer 9123456789 --consent --access-key-file - --aadhaar-file -", input: Client.aadhaar)
        #expect(both.status == 64)
        #expect(both.errors.contains("--access-key-file and --aadhaar-file cannot both read standard input"))
    }
}

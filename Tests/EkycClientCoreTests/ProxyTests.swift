// The way to Eko through a proxy, and past one.
import Platform
import TestSupport
import Testing

/// `connect_proxy.py`, running.
private struct Proxy {
    let process: RunningProgram
    let url: String
    private let record: String

    /// Starts one that refuses every request with `status`, or passes them on; the client's folder takes the record.
    init(refusing status: String? = nil, _ client: Client) throws {
        record = client.folder.file("proxy")
        let process = try RunningProgram(
            ["/usr/bin/python3", "-B", "\(TestFiles.root)/Tests/Servers/connect_proxy.py", record]
                + (status.map { [$0] } ?? []), input: nil)
        try process.waitBlocking(for: "port") { process.output.hasSuffix("\n") }
        self.process = process
        url = "http://127.0.0.1:\(process.output.dropLast())"
    }

    /// How many requests it has seen.
    var requests: Int {
        get throws {
            String(decoding: try readFile(record, limit: 1 << 20), as: UTF8.self).matches(
                of: /(CONNECT|PUT) [^ ]+ HTTP/
            )
            .count
        }
    }
}

@Suite(.timeLimit(.minutes(10))) struct ProxyTests {
    let client: Client
    let server: TLSTestServer

    init() throws {
        client = try Client()
        server = try FinoTests.shared.get()
    }

    private func verify(
        _ more: [String], ca: String? = nil, environment: [String: String] = [:]
    ) throws -> RunningProgram.Ending {
        let eko = client.eko(server, "verified/proxy", ca: ca)
        return try client.run(client.verify + eko + ["--json"] + more, environment: environment)
    }

    @Test func `Behind a proxy nothing counts as sent before there is TLS with Eko`() throws {
        let tunnel = try Proxy(client)
        #expect(try verify(["--proxy", tunnel.url]).status == 0)
        let pin = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
        for wrong in [
            try verify(["--proxy", tunnel.url], ca: client.caFile), try verify(["--proxy", tunnel.url, "--pin", pin]),
        ] {
            #expect(wrong.status == 78, "\(wrong.errors)")
            #expect(try ErrorObject(wrong.errors).error.outcome == "not-sent")
        }
        #expect(try tunnel.requests == 3)
        let refusing = try Proxy(refusing: "503", client)
        let refused = try verify(["--proxy", refusing.url])
        #expect(refused.status == 69, "\(refused.errors)")
        #expect(try ErrorObject(refused.errors).error.outcome == "not-sent")
        // After the tunnel stands, what is sent is sent.
        let cut = try client.run(client.verify + client.eko(server, "cut/proxy") + ["--proxy", tunnel.url])
        #expect(cut.status == 5, "\(cut.errors)")
    }

    @Test func `A proxy that was named is used whatever NO_PROXY says, and never shown a password on the command line`()
        throws
    {
        let refusing = try Proxy(refusing: "503", client)
        let named = try verify(["--proxy", refusing.url], environment: ["NO_PROXY": "localhost"])
        #expect(try named.status == 69 && refusing.requests == 1, "\(named.errors)")
        let around = try verify([], environment: ["NO_PROXY": "localhost", "https_proxy": refusing.url])
        #expect(around.status == 0, "\(around.errors)")
        let secret = try verify(["--proxy", "http://user:hunter2@127.0.0.1:1"])
        #expect(secret.status == 64 && !secret.errors.contains("hunter2"), "\(secret.errors)")
    }

    @Test func `Plain http of a test goes to no proxy`() throws {
        let proxy = try Proxy(refusing: "503", client)
        let ended = try client.run(
            client.verify + client.eko(url: "http://localhost:1", ca: client.caFile) + ["--json", "--test-http"],
            environment: ["http_proxy": proxy.url, "all_proxy": proxy.url])
        #expect(ended.status == 69)
        #expect(try proxy.requests == 0)
    }
}

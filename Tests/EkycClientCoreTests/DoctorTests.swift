// `ekyc-client doctor` before a server of the test: it looks at what commands use.
import FoundationEssentials
import Platform
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct DoctorTests {
    let client: Client
    let server: TLSTestServer

    init() throws {
        client = try Client()
        server = try FinoTests.shared.get()
    }

    private struct Report: Decodable {
        struct Check: Decodable { let group, name, verdict, finding: String }
        let checks: [Check]

        func names(_ verdict: String) -> [String] {
            checks.filter { $0.verdict == verdict && $0.group == "eko" }.map(\.name)
        }
    }

    private func doctor(_ more: [String], _ environment: [String: String] = [:]) throws -> Report {
        let ended = try client.run(["doctor", "--json"] + more, environment: environment)
        return try JSONDecoder().decode(Report.self, from: Data(ended.output.utf8))
    }

    @Test func `Keys are found wherever commands find them, and each address is asked as they would`() throws {
        let folder = client.folder.file("credentials")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        _ = try client.folder.write("credentials/eko-access-key", Client.accessKey.utf8, mode: 0o440)
        let developer = try client.folder.write("developer", Client.developerKey.utf8)
        let settings = try client.folder.write(
            "settings",
            """
            [eko]
            base-url = \(server.url("verified/doctor"))
            base-url-fino = \(server.url("verified/doctor"))
            base-url-tools = https://localhost:1/tools
            ca-file = \(server.caFile)
            developer-key-file = \(developer)

            """.utf8)
        let environment = ["CREDENTIALS_DIRECTORY": folder]
        let report = try doctor(["--config", settings], environment)
        #expect(report.names("fail") == ["reachable-tools"], "\(report)")
        #expect(Set(report.names("ok")).isSuperset(of: ["developer-key", "access-key-file", "service", "reachable"]))
        let pinned = try doctor(
            ["--config", settings, "--pin", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="], environment)
        #expect(pinned.names("fail") == ["reachable", "reachable-tools"], "\(pinned)")
    }

    @Test func `A key without certificate, a pin that is none and a broken Fingpay key are found without the network`()
        throws
    {
        let report = try doctor(
            client.eko(server, "verified/doctor").prefix(8)
                + ["--offline", "--client-key", client.keyFile, "--pin", "x", "--fingpay-key-file", client.keyFile])
        #expect(report.names("fail") == ["pins", "client-cert", "fingpay-key-file"], "\(report)")
    }
}

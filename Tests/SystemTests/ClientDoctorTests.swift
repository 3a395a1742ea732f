// `ekyc-client doctor` as a person runs it, beside real programs and beside nothing.
import FoundationEssentials
import Glibc
import Platform
import TestSupport
import Testing

@Suite(.serialized) struct ClientDoctorTests {
    private func report(_ ending: RunningProgram.Ending) throws -> DoctorVerdict {
        try JSONDecoder().decode(DoctorVerdict.self, from: Data(ending.output.utf8))
    }

    @Test func `where all is well every line says so, in both reports, and no key is shown`() async throws {
        let pidd = try await Pidd(.recorded(["nb1010", "--finger", "7"]))
        let sandbox = try await Sandbox(for: pidd)
        let ending = try await sandbox.client(["doctor", "--json"])
        #expect(ending.status == 0, "\(ending.output)\(ending.errors)")
        let report = try report(ending)
        #expect(report.healthy && report.names("fail").isEmpty)
        #expect(
            report.names("ok").isSuperset(of: [
                "settings", "socket", "protocol", "scanner", "base-url", "developer-key", "access-key-file", "ca-file",
                "wadh", "reachable",
            ]), "\(ending.output)")
        #expect(report.finding("scanner").contains("298d-1010") && report.finding("scanner").contains("ready"))
        let text = try await sandbox.client(["doctor"])
        #expect(text.status == 0 && text.output.hasPrefix("settings\n  ok    settings"))
        #expect(text.output.contains(" to mind, 0 failed\n"))
        for ending in [ending, text] {
            for secret in ["system-test-access-key", "system-test-developer"] {
                #expect(!ending.output.contains(secret) && !ending.errors.contains(secret))
            }
        }
    }

    @Test func `what is missing fails with its next step, and offline nobody is asked`() async throws {
        let folder = try TemporaryFolder()
        let key = try folder.write("key", "secret-access-key".utf8)
        try #require(unsafe chmod(key, 0o644) == 0)
        // A port at which nobody listens: asking would fail.
        let config = try folder.write(
            "config", "[pidd]\nsocket = \(folder.file("none"))\n[eko]\nbase-url = https://127.0.0.1:1/\n".utf8)
        let ending = try await RunningProgram.run([
            program("ekyc-client"), "doctor", "--json", "--offline", "--config", config, "--access-key-file", key,
        ])
        #expect(ending.status == 1)
        let report = try report(ending)
        #expect(!report.healthy)
        #expect(report.names("fail") == ["socket", "developer-key", "access-key-file"], "\(ending.output)")
        #expect(report.checks.allSatisfy { $0.verdict == "ok" || !$0.next_step.isEmpty })
        #expect(report.finding("reachable").contains("--offline"))
        #expect(!ending.output.contains("secret-access-key"))
    }

    @Test func `settings that cannot be read are a failed check, not a crash`() async throws {
        let folder = try TemporaryFolder()
        let config = try folder.write("config", "[eko]\nbase-uri = x\n".utf8)
        let ending = try await RunningProgram.run([program("ekyc-client"), "doctor", "--json", "--config", config])
        #expect(ending.status == 1)
        let report = try report(ending)
        #expect(report.names("fail") == ["settings"] && report.finding("settings").contains("base-uri"))
    }

    @Test func `another authority, a stopped scanner and a scanner that is not attached are found`() async throws {
        let pidd = try await Pidd(.none)
        let sandbox = try await Sandbox(for: pidd)
        let made = try await RunningProgram.run([
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
            "/dev/null", "-days", "2", "-subj", "/CN=nobody", "-out", sandbox.folder.file("other.pem"),
        ])
        try #require(made.status == 0)
        let ending = try await sandbox.client([
            "doctor", "--json", "--ca-file", sandbox.folder.file("other.pem"), "--device", "05ba-000a-1-8",
        ])
        #expect(ending.status == 1)
        let report = try report(ending)
        #expect(report.names("fail") == ["scanner", "reachable"], "\(ending.output)")
        #expect(report.finding("scanner") == "the scanner 05ba-000a-1-8 is not attached")
    }
}

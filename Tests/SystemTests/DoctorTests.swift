// `pidd doctor` as a person runs it, on machines that are well and on some that are not.
import FoundationEssentials
import Glibc
import Platform
import TestSupport
import Testing

@Suite(.serialized) struct DoctorTests {
    /// Runs the doctor beside a daemon, both with a simulated scanner; the shell ends the daemon afterwards.
    private func visit(
        _ folder: TemporaryFolder, daemon: Bool = true, more: [String] = []
    ) async throws -> (report: DoctorVerdict, ending: RunningProgram.Ending) {
        let pidd = try program("pidd")
        let places = "--socket \(folder.file("s")) --state \(folder.file("state"))"
        let ask = "curl --silent --max-time 5 --unix-socket \(folder.file("s")) -X RDSERVICE http://localhost/"
        let start = """
            \(pidd) serve \(places) & served=$!
            tries=0
            until \(ask) | grep -q 'status="READY"'; do
              tries=$((tries + 1)); [ $tries -lt 400 ] || exit 99; sleep 0.05
            done

            """
        let script = """
            \(daemon ? start : "")\(pidd) doctor --json \(places) \(more.joined(separator: " "))
            status=$?
            \(daemon ? "kill $served; wait $served" : "")
            exit $status
            """
        let ending = try await RunningProgram.run([
            program("pidd-simulate"), "run", "nb1010", "--finger", "7", "--", "sh", "-c", script,
        ])
        let line = ending.output.split(separator: "\n").last { $0.hasPrefix("{") } ?? ""
        return (try JSONDecoder().decode(DoctorVerdict.self, from: Data(line.utf8)), ending)
    }

    private func provisioned() async throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let made = try await RunningProgram.run([
            program("pidd"), "provision", "--test", "--state", folder.file("state"),
        ])
        try #require(made.status == 0, "\(made.errors)")
        return folder
    }

    @Test func `a machine on which captures work is found healthy, by both of its reports`() async throws {
        let folder = try await provisioned()
        let (report, ending) = try await visit(folder, more: ["--bundle", folder.file("bundle")])
        #expect(ending.status == 0, "\(ending.output)\(ending.errors)")
        #expect(report.healthy)
        #expect(report.names("fail").isEmpty)
        #expect(
            report.names("ok").isSuperset(of: [
                "settings", "attached", "resolution", "rights", "holders", "key-P", "device-certificate-P",
                "uidai-certificate-P", "socket", "access", "answer", "clock", "core-dumps",
            ]), "\(ending.output)")
        #expect(report.finding("attached").contains("298d:1010"))
        #expect(report.finding("answer").hasPrefix("READY, "))
        // A test identity is no secret, but nothing that a real capture would be taken with.
        #expect(report.names("warn").contains("identity"))
        let bundle = String(decoding: try readFile(folder.file("bundle"), limit: 1 << 20), as: UTF8.self)
        #expect(bundle.contains("device-certificate-P"))
        var status = stat()
        #expect(unsafe stat(folder.file("bundle"), &status) == 0 && status.st_mode & 0o777 == 0o600)
    }

    /// As on a machine where it is installed: the state folder is the daemon's, and somebody types `sudo pidd doctor`.
    @Test(.enabled(if: geteuid() == 0, "only root looks at what is another user's"))
    func `root sees what the daemon's user sees`() async throws {
        let folder = try TemporaryFolder()
        let state = folder.file("state")
        unsafe chmod(folder.path, 0o755)
        try #require(unsafe mkdir(state, 0o700) == 0 && chown(state, 65533, 65533) == 0)
        let made = try await RunningProgram.run([program("pidd"), "provision", "--test", "--state", state])
        try #require(made.status == 0, "\(made.errors)")
        let (report, ending) = try await visit(folder, daemon: false)
        #expect(report.names("fail") == ["socket"], "\(ending.output)")
        #expect(report.names("ok").contains("key-P"))
        // What root alone may read, the daemon cannot.
        let key = "\(state)/identity/any/P/device.key"
        try #require(unsafe chown(key, 0, 0) == 0)
        #expect(try await visit(folder, daemon: false).0.names("fail") == ["key-P", "socket"])
    }

    @Test func `no identity is found, and the command that makes one is told`() async throws {
        let folder = try TemporaryFolder()
        let (report, ending) = try await visit(folder)
        #expect(ending.status == 1)
        #expect(report.names("fail") == ["identity"])
        #expect(report.checks.contains { $0.next_step.contains("pidd provision --test") })
    }

    @Test func `a key that others may read is found, and what it holds is shown nowhere`() async throws {
        let folder = try await provisioned()
        let key = "\(folder.file("state"))/identity/any/P/device.key"
        let content = String(decoding: try readFile(key, limit: 1 << 16), as: UTF8.self).split(separator: "\n")
        try #require(unsafe chmod(key, 0o644) == 0 && content.count > 10)
        let (report, ending) = try await visit(folder, more: ["--bundle", folder.file("bundle")])
        #expect(ending.status == 1)
        #expect(report.names("fail") == ["key-P"])
        #expect(report.checks.contains { $0.next_step == "run: chmod 600 \(key)" })
        let bundle = String(decoding: try readFile(folder.file("bundle"), limit: 1 << 20), as: UTF8.self)
        for text in [ending.output, ending.errors, bundle] { #expect(!text.contains(content[5])) }
    }

    @Test func `an expired device certificate is told apart from a good certificate of UIDAI`() async throws {
        let folder = try await provisioned()
        // An independent program makes one that ended yesterday, for the key that is there.
        let place = "\(folder.file("state"))/identity/any/P"
        let made = try await RunningProgram.run(
            ["/usr/bin/python3", "-", place],
            input: """
                import datetime, sys
                from cryptography import x509
                from cryptography.hazmat.primitives import hashes, serialization
                key = serialization.load_pem_private_key(open(sys.argv[1] + "/device.key", "rb").read(), None)
                name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "old")])
                day = datetime.timedelta(days=1)
                now = datetime.datetime.utcnow()
                made = x509.CertificateBuilder(name, name, key.public_key(), 7, now - 9 * day, now - day)
                with open(sys.argv[1] + "/mc.cer", "wb") as file:
                    file.write(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER))
                """)
        try #require(made.status == 0, "\(made.errors)")
        let (report, ending) = try await visit(folder, daemon: false)
        #expect(ending.status == 1)
        #expect(report.names("fail") == ["device-certificate-P", "socket"])
        #expect(report.finding("device-certificate-P").contains("expired on "))
    }

    @Test func `no daemon is found, also when it left its socket behind`() async throws {
        let folder = try await provisioned()
        let (report, ending) = try await visit(folder, daemon: false)
        #expect(ending.status == 1)
        #expect(report.names("fail") == ["socket"])
        // A socket that nobody listens on.
        let made = try await RunningProgram.run([
            "/usr/bin/python3", "-c", "import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])",
            folder.file("s"),
        ])
        try #require(made.status == 0, "\(made.errors)")
        let (second, _) = try await visit(folder, daemon: false)
        #expect(second.names("fail") == ["answer"])
        #expect(second.finding("answer").hasPrefix("nobody listens"))
    }

    @Test func `without a scanner the text says so and the exit status is 1`() async throws {
        let folder = try await provisioned()
        let ending = try await RunningProgram.run([
            program("pidd"), "doctor", "--socket", folder.file("s"), "--state", folder.file("state"),
        ])
        #expect(ending.status == 1)
        #expect(ending.output.contains("  fail  "))
        #expect(ending.output.split(separator: "\n").last?.hasSuffix(" failed") == true)
        let help = try await RunningProgram.run([program("pidd"), "doctor", "--help"])
        #expect(help.output.contains("Exit status: 0 nothing failed"))
    }
}

// The life of identities with whole programs: tokens, a TPM, a provider behind the hook, a daemon that goes on running.
import FoundationEssentials
import Glibc
import Platform
import TestSupport
import Testing

/// A PKCS#11 token of software with one RSA key.
private struct SoftToken {
    let folder: TemporaryFolder
    var environment: [String: String] { ["SOFTHSM2_CONF": folder.file("softhsm.conf")] }
    static let module = "/usr/lib/softhsm/libsofthsm2.so"

    init() async throws {
        folder = try TemporaryFolder()
        try makeFolders(folder.file("tokens"), mode: 0o700)
        _ = try folder.write("softhsm.conf", "directories.tokendir = \(folder.file("tokens"))\n".utf8)
        _ = try folder.write("pin", "4711".utf8)
        let made = try await RunningProgram.run(
            ["softhsm2-util", "--init-token", "--free", "--label", "pidd", "--pin", "4711", "--so-pin", "4711"],
            environment: environment)
        try #require(made.status == 0, "\(made.text)")
        try await makeKey("one")
    }

    func makeKey(_ label: String) async throws {
        let made = try await RunningProgram.run(
            [
                "pkcs11-tool", "--module", Self.module, "--token-label", "pidd", "--login", "--pin", "4711",
                "--keypairgen",
                "--key-type", "rsa:2048", "--label", label,
            ], environment: environment)
        try #require(made.status == 0, "\(made.text)")
    }

    func uri(_ label: String) -> String {
        "pkcs11:token=pidd;object=\(label);type=private?module-path=\(Self.module)&pin-source=\(folder.file("pin"))"
    }
}

/// A TPM 2.0 of software, a process of its own.
private struct SoftTPM {
    let folder: TemporaryFolder
    let process: RunningProgram
    var environment: [String: String] { ["TPM2OPENSSL_TCTI": "swtpm:path=\(folder.file("tpm"))"] }

    init() async throws {
        folder = try TemporaryFolder()
        try makeFolders(folder.file("state"), mode: 0o700)
        let socket = folder.file("tpm")
        process = try RunningProgram(
            [
                "swtpm", "socket", "--tpm2", "--tpmstate", "dir=\(folder.file("state"))", "--server",
                "type=unixio,path=\(socket)", "--ctrl", "type=unixio,path=\(socket).ctrl", "--flags",
                "not-need-init,startup-clear",
            ])
        try await process.wait(for: "TPM") { FileManager.default.fileExists(atPath: "\(socket).ctrl") }
    }
}

@Suite(.serialized) struct IdentityTests {
    private func provision(
        _ words: [String], environment: [String: String] = [:]
    ) async throws -> RunningProgram.Ending {
        try await RunningProgram.run([program("pidd"), "provision"] + words, environment: environment)
    }

    /// Captures, rotates to a key elsewhere beside the running daemon, captures again; the checker verifies chain and bs.
    private func rotateWhileServing(key: String, environment: [String: String], home: String) async throws {
        let pidd = try await Pidd(
            .recorded(["uru4500", "--finger", "7", "--captures", "2"]), environment: environment)
        let before = try await pidd.capture(pidOptions())
        #expect(before.attribute("errCode") == "0")
        let rotated = try await provision(
            [
                "rotate", "--serial", "any", "--env", "P", "--key", key, "--state", pidd.state, "--stand-in",
                pidd.standIn,
            ], environment: environment)
        #expect(rotated.status == 0, "\(rotated.errors)")
        let after = try await pidd.capture(pidOptions())
        #expect(after.attribute("errCode") == "0", "\(after.body)")
        #expect(before.attribute("dc") == after.attribute("dc"))
        #expect(before.attribute("mc") != after.attribute("mc"))
        for answer in [before, after] {
            let judged = try await pidd.judge(answer.body)
            #expect(judged.status == 0, "\(judged.text)")
        }
        let status = try await provision(["status", "--json", "--state", pidd.state], environment: environment)
        #expect(status.output.contains("\"key\":\"\(home)\""), "\(status.text)")
        #expect(status.status == 0)
        let key = try String(contentsOfFile: "\(pidd.state)/identity/any/P/device.key", encoding: .utf8)
        #expect(key.contains("BEGIN PRIVATE KEY") == (home == "file"))
    }

    @Test func `a running daemon signs with the new key after a rotation`() async throws {
        try await rotateWhileServing(key: "file", environment: [:], home: "file")
    }

    @Test func `a key in a PKCS#11 token signs, and only its name is in the key file`() async throws {
        let token = try await SoftToken()
        try await rotateWhileServing(key: token.uri("one"), environment: token.environment, home: "pkcs11")
    }

    @Test func `a key in a TPM signs, and only what that TPM can open is in the key file`() async throws {
        let tpm = try await SoftTPM()
        try await rotateWhileServing(key: "tpm", environment: tpm.environment, home: "tpm")
        // Another TPM cannot open it: the daemon of a copied disk has no key.
        let folder = try TemporaryFolder()
        let made = try await provision(
            ["--test", "--key", "tpm", "--state", folder.file("state")], environment: tpm.environment)
        #expect(made.status == 0, "\(made.errors)")
        let other = try await SoftTPM()
        let status = try await provision(
            ["status", "--json", "--state", folder.file("state")], environment: other.environment)
        #expect(status.status == 1)
        #expect(status.output.contains("\"error_code\":\"key-unavailable\""), "\(status.text)")
    }

    @Test func `a request for a key in a token is signed by it, and a PIN in the URI is refused`() async throws {
        let token = try await SoftToken()
        let folder = try TemporaryFolder()
        func request(_ uri: String) async throws -> RunningProgram.Ending {
            try await provision(
                [
                    "request", "--serial", "SN1", "--usb", "298d:1010", "--env", "S", "--dp-id", "REAL.DP", "--rds-id",
                    "REAL.LNX.001",
                    "--mi", "X",
                    "--state", folder.file("state"), "--key", uri,
                ], environment: token.environment)
        }
        let inURI = try await request("pkcs11:token=pidd;object=one?pin-value=4711")
        #expect(inURI.status == 78 && inURI.errors.contains("the PIN stands in the URI"), "\(inURI.errors)")
        #expect(unsafe chmod(token.folder.file("pin"), 0o644) == 0)
        let open = try await request(token.uri("one"))
        #expect(open.errors.contains("chmod 600 \(token.folder.file("pin"))"), "\(open.errors)")
        #expect(unsafe chmod(token.folder.file("pin"), 0o600) == 0)
        let missing = try await request(token.uri("two"))
        #expect(missing.status == 78 && missing.errors.contains("check that the token is there"), "\(missing.errors)")
        let unknown = try await provision([
            "request", "--serial", "SN1", "--dp-id", "REAL.DP", "--rds-id", "REAL.LNX.001", "--mi", "X", "--state",
            folder.file("state"),
        ])
        #expect(unknown.status == 78 && unknown.errors.contains("no scanner with the serial number SN1 is attached"))
        let made = try await request(token.uri("one"))
        #expect(made.status == 0, "\(made.errors)")
        let verified = try await RunningProgram.run([
            "openssl", "req", "-verify", "-noout", "-in", "\(folder.file("state"))/identity/SN1/S.request/request.csr",
        ])
        #expect(verified.status == 0 && verified.errors.contains("OK"), "\(verified.text)")
    }

    // MARK: The hook

    /// A device provider over HTTPS with the sample hook before it, and a state folder.
    private final class Provider: Sendable {
        let folder: TemporaryFolder
        let process: RunningProgram
        var state: String { folder.file("state") }
        var settings: String { folder.file("pidd.conf") }

        init() async throws {
            folder = try TemporaryFolder()
            try makeFolders(folder.file("etc"), mode: 0o700)
            let process = try RunningProgram(["/usr/bin/python3", tool("provider.py"), folder.path])
            self.process = process
            let url = folder.file("url")
            try await process.wait(for: "provider") { FileManager.default.fileExists(atPath: url) }
            let address = String(decoding: try readFile(url, limit: 200), as: UTF8.self)
            let ca = folder.file("provider.pem")
            _ = try folder.write("etc/provider.pem", readFile(ca, limit: 9999))
            _ = try folder.write("hook.conf", "[server]\nurl = \(address)\nca = \(ca)\n".utf8)
            let hook = """
                #!/bin/sh
                env > '\(folder.path)/environment'
                ls /proc/self/fd > '\(folder.path)/descriptors'
                exec '\(projectFolder)/share/examples/pidd/provider-https' '\(folder.path)/hook.conf'
                """
            _ = try folder.write("hook", hook.utf8, mode: 0o700)
            _ = try folder.write(
                "pidd.conf",
                """
                [identity]
                state = \(folder.file("state"))
                configuration = \(folder.file("etc"))
                [provider]
                dpId = REAL.DP
                rdsId = REAL.LNX.001
                mi = X1
                hook = \(folder.file("hook"))

                """.utf8)
        }

        func provision(_ words: [String]) async throws -> RunningProgram.Ending {
            try await RunningProgram.run(
                [program("pidd"), "provision"] + words + ["--config", settings], environment: ["MARKER": "inherited"])
        }

        /// What it was asked, in order.
        var asked: [String] {
            let text = (try? String(contentsOfFile: folder.file("asked.txt"), encoding: .utf8)) ?? ""
            return text.split(separator: "\n").map(String.init)
        }
    }

    @Test func `a provider's server registers, renews and forgets a device through the sample hook`() async throws {
        let provider = try await Provider()
        let registered = try await provider.provision([
            "request", "--serial", "SN1", "--usb", "298d:1010", "--env", "PP",
        ])
        #expect(registered.status == 0 && registered.output.contains("the pair is in use"), "\(registered.errors)")
        let mc = "\(provider.state)/identity/SN1/PP/mc.cer"
        let first = try readFile(mc, limit: 9999)
        let notDue = try await provider.provision(["rotate", "--if-due", "10"])
        #expect(notDue.output.contains("not due"), "\(notDue.text)")
        let rotated = try await provider.provision(["rotate", "--if-due", "31"])
        #expect(rotated.status == 0, "\(rotated.errors)")
        #expect(try readFile(mc, limit: 9999) != first)
        let verified = try await RunningProgram.run([
            "openssl", "verify", "-CAfile", provider.folder.file("provider.pem"), mc,
        ])
        #expect(verified.status == 0, "\(verified.text)")
        let status = try await provider.provision(["status"])
        #expect(status.status == 0 && status.output.hasPrefix("SN1  PP  ok  REAL.DP"), "\(status.text)")
        let removed = try await provider.provision(["remove", "--serial", "SN1"])
        #expect(removed.status == 0, "\(removed.errors)")
        #expect(provider.asked == ["register", "renew", "deregister"])
        #expect(try await provider.provision(["status"]).status == 1)
        // Nothing of the caller's environment and no descriptor but the three and that of ls.
        let environment = try String(contentsOfFile: provider.folder.file("environment"), encoding: .utf8)
        #expect(!environment.contains("MARKER") && environment.contains("LANG=C.UTF-8"))
        let descriptors = try String(contentsOfFile: provider.folder.file("descriptors"), encoding: .utf8)
        #expect(descriptors.split(separator: "\n").count == 4, "\(descriptors)")
    }

    @Test(arguments: [
        (
            #"{"version":1,"error":{"code":"302","cause":"UIDAI does not know the model"}}"#,
            "refused (302): UIDAI does not"
        ),
        (#"{"version":2}"#, "no JSON object with"), (#"{"version":1,"environment":"PP"}"#, "no dc or no mc"),
        (
            #"{"version":1,"environment":"P","dc":"0b4b6a3c-7f52-4a43-9d6e-3d3f1f2a7c55","mc":"AA=="}"#,
            "answered for another environment"
        ),
        (
            #"{"version":1,"environment":"PP","dc":"0b4b6a3c-7f52-4a43-9d6e-3d3f1f2a7c55","mc":"AA=="}"#,
            "no X.509 certificate"
        ),
        ("not json", "the hook ended with status 1"),
    ])
    func `an answer that cannot be used is refused, and asking again later works`(answer: String, words: String)
        async throws
    {
        let provider = try await Provider()
        _ = try provider.folder.write("answer", answer.utf8)
        let refused = try await provider.provision(["request", "--serial", "SN1", "--usb", "298d:1010", "--env", "PP"])
        #expect(refused.status != 0 && refused.errors.contains(words), "\(refused.errors)")
        try FileManager.default.removeItem(atPath: provider.folder.file("answer"))
        let registered = try await provider.provision([
            "request", "--serial", "SN1", "--usb", "298d:1010", "--env", "PP",
        ])
        #expect(registered.status == 0, "\(registered.errors)")
    }

    @Test func `a hook that others may change is not run`() async throws {
        let provider = try await Provider()
        #expect(unsafe chmod(provider.folder.file("hook"), 0o777) == 0)
        let refused = try await provider.provision(["request", "--serial", "SN1", "--usb", "298d:1010"])
        #expect(refused.status == 78 && refused.errors.contains("chmod go-w"), "\(refused.errors)")
        #expect(unsafe chmod(provider.folder.file("hook"), 0o755) == 0)
        // Nor one in a folder where they could put another in its place.
        let folder = provider.folder.file("etc")
        #expect(unsafe rename(provider.folder.file("hook"), "\(folder)/hook") == 0)
        let settings = String(decoding: try readFile(provider.settings, limit: 9999), as: UTF8.self)
        _ = try provider.folder.write(
            "pidd.conf", settings.replacing(provider.folder.file("hook"), with: "\(folder)/hook").utf8)
        #expect(unsafe chmod(folder, 0o777) == 0)
        let replaceable = try await provider.provision(["request", "--serial", "SN1", "--usb", "298d:1010"])
        #expect(
            replaceable.status == 78 && replaceable.errors.contains("chmod go-w \(folder)"), "\(replaceable.errors)")
        #expect(provider.asked.isEmpty)
    }

    // MARK: Whose identity it is

    @Test func `a registered scanner captures, another model with its serial number does not`() async throws {
        let provider = try await Provider()
        let serial = "printf 'SN1\\n' > /sys/bus/usb/devices/1-7/serial"
        let pidd = try await Pidd(
            .recorded(["nb1010", "--finger", "7", "--captures", "2", "--", "sh", "-c", "\(serial); exec \"$@\""]),
            provision: false)
        let made = try await provider.provision([
            "request", "--serial", "SN1", "--usb", "298d:1010", "--env", "P", "--state", pidd.state,
        ])
        #expect(made.status == 0, "\(made.errors)")
        let captured = try await pidd.capture(pidOptions())
        #expect(captured.attribute("errCode") == "0" && captured.attribute("dpId") == "REAL.DP", "\(captured.body)")
        #expect(captured.body.contains("<Param name=\"srno\" value=\"SN1\"/>"), "\(captured.body)")
        // The same, registered as a scanner of another maker.
        let file = "\(pidd.state)/identity/SN1/identity.conf"
        let identity = String(decoding: try readFile(file, limit: 9999), as: UTF8.self)
        try identity.replacing("usb = 298d:1010", with: "usb = 05ba:000a")
            .write(toFile: file, atomically: false, encoding: .utf8)
        let refused = try await pidd.capture(pidOptions())
        #expect(refused.attribute("errCode") == "740", "\(refused.body)")
        #expect(refused.body.contains("05ba:000a"), "\(refused.body)")
    }

    @Test func `a scanner without a serial number has a test identity or none`() async throws {
        let provider = try await Provider()
        let pidd = try await Pidd(.recorded(["nb1010", "--finger", "7"]), provision: false)
        // What is known of it is its place, where any other scanner may be plugged in.
        let made = try await provider.provision([
            "request", "--serial", "298d-1010-1-7", "--usb", "298d:1010", "--env", "P", "--state", pidd.state,
        ])
        #expect(made.status == 0, "\(made.errors)")
        let refused = try await pidd.capture(pidOptions())
        #expect(refused.attribute("errCode") == "740", "\(refused.body)")
        #expect(refused.body.contains("states no serial number"), "\(refused.body)")
    }

    // MARK: Expiry

    @Test func `an expiring pair is told in journal, status and metrics`() async throws {
        let folder = try TemporaryFolder()
        let made = try await provision(["--test", "--state", folder.file("state")])
        #expect(made.status == 0)
        // A certificate of 6 days and 20 hours by python cryptography, for the same key, signed by the stand-in's provider.
        let script = """
            import datetime, sys
            from cryptography import x509
            from cryptography.hazmat.primitives import hashes, serialization
            stand_in, place = sys.argv[1:]
            ca = x509.load_pem_x509_certificate(open(stand_in + "/provider-ca.cer", "rb").read())
            ca_key = serialization.load_pem_private_key(open(stand_in + "/provider-ca.key", "rb").read(), None)
            old = x509.load_pem_x509_certificate(open(place, "rb").read())
            now = datetime.datetime.utcnow()
            new = (x509.CertificateBuilder().subject_name(old.subject).issuer_name(ca.subject).public_key(old.public_key())
                .serial_number(7).not_valid_before(now - datetime.timedelta(days=23))
                .not_valid_after(now + datetime.timedelta(days=6, hours=20)).sign(ca_key, hashes.SHA256()))
            open(place, "wb").write(new.public_bytes(serialization.Encoding.PEM))
            """
        let changed = try await RunningProgram.run([
            "/usr/bin/python3", "-c", script, folder.file("state/stand-in"), folder.file("state/identity/any/P/mc.cer"),
        ])
        #expect(changed.status == 0, "\(changed.errors)")
        let pidd = try await Pidd(
            .recorded(["uru4500", "--finger", "7"]), provision: false, arguments: ["--state", folder.file("state")])
        try await pidd.process.wait(for: "warning") { pidd.diary.contains("the device certificate mc ends on") }
        #expect(pidd.diary.contains("in less than 7 days"), "\(pidd.diary)")
        #expect(pidd.diary.contains("pidd provision rotate --env P"))
        let status = try await pidd.request("GET", "/v1/status").body
        #expect(status.contains("\"warning_days\":7"), "\(status)")
        let metrics = try await pidd.request("GET", "/v1/metrics").body
        #expect(
            metrics.contains("pidd_certificate_not_after_timestamp_seconds{environment=\"P\",certificate=\"mc\"} "),
            "\(metrics)")
        let listed = try await provision(["status", "--state", folder.file("state")])
        #expect(listed.output.contains("any  P  expiring  TEST.PIDD"), "\(listed.output)")
        #expect(listed.output.contains("6 days"))
    }
}

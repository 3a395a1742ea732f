// A real identity's life from request to removal, with certificates by python cryptography and openssl as judge.
import Crypto
import FoundationEssentials
import Glibc
@testable import PIDSeal
import Platform
import RDProtocol
import Secrets
import TestSupport
import Testing

private let day: Int64 = 86_400
private let deviceCode = "0b4b6a3c-7f52-4a43-9d6e-3d3f1f2a7c55"

/// A machine on which a scanner is to be registered, and somebody who signs requests.
private struct Machine {
    let folder: TemporaryFolder
    var state: String { folder.file("state") }
    var provisioner: Provisioner {
        Provisioner(state: state, configuration: folder.file("etc"), provider: nil, standIn: folder.file("stand-in"))
    }
    var store: KeyStore { KeyStore(state: state, configuration: folder.file("etc")) }
    /// UIDAI's certificate, of the stand-in's making.
    let uidai: [UInt8]

    init() throws {
        folder = try TemporaryFolder()
        try makeFolders(folder.file("etc"), mode: 0o700)
        let authority = try uidaiLike.get()
        uidai = Array(authority.certificate.pem.utf8)
    }

    func request(
        _ environment: Environment = .staging, rule: IdHashRule = .standard, usb: String? = "298d:1010"
    ) throws -> String {
        let progress = try provisioner.request(
            serial: "SN0001", environment: environment,
            registration: { () throws(IdentityError) in
                try Registration(
                    dpId: "REAL.DP", rdsId: "REAL.LNX.001", rdsVer: "1.0", mi: "X1", idHashRule: rule, usb: usb)
            }, key: .asBefore, force: false, at: vectorTime)
        guard case .awaiting(let path) = progress else {
            Issue.record("\(progress)")
            return ""
        }
        return path
    }

    /// A certificate for a request.
    func sign(_ request: String, _ more: [String] = []) throws -> [UInt8] {
        let out = folder.file("mc.cer")
        let signed = try runTool(
            "/usr/bin/python3",
            [
                "\(TestFiles.root)/Tests/PIDSealTests/tools/sign_request.py", request, out, "--ca", folder.path,
                "--from",
                "\(vectorTime - day)", "--until", "\(vectorTime + 20 * day)",
            ] + more)
        guard signed.status == 0 else { throw SystemError("sign", on: signed.text, code: 1) }
        return try readFile(out, limit: 20_000)
    }

    func install(
        _ mc: [UInt8], _ environment: Environment = .staging, dc: String? = deviceCode, uidai: [UInt8]? = nil,
        at time: Int64 = vectorTime
    ) throws -> Provisioner.Progress {
        try provisioner.install(
            serial: "SN0001", environment: environment, dc: dc, mc: mc, uidai: uidai ?? self.uidai, at: time)
    }

    func refusal(_ body: () throws -> Provisioner.Progress) -> IdentityError? {
        do {
            let progress = try body()
            Issue.record("\(progress)")
            return nil
        } catch { return error as? IdentityError }
    }

    func names() throws -> [String] {
        folderNames("\(state)/identity/SN0001").sorted()
    }
}

private let uidaiLike = Result {
    try CertificateAuthority(
        selfSigned: .init(commonName: "UIDAI-like", validity: (vectorTime - day)..<(vectorTime + 300 * day)))
}

@Suite struct ProvisionerTests {
    @Test func `a device is registered, rotated and removed, and openssl agrees with every step`() throws {
        let machine = try Machine()
        let request = try machine.request()
        // The request is signed by its key and names the scanner; the key is private.
        let verified = try runTool(
            "/usr/bin/openssl", ["req", "-in", request, "-noout", "-verify", "-subject", "-text"])
        #expect(verified.status == 0 && verified.text.contains("verify OK"), "\(verified.text)")
        #expect(verified.text.contains("serialNumber = SN0001"))
        #expect(verified.text.contains("Public-Key: (2048 bit)"))
        #expect(verified.text.contains("sha256WithRSAEncryption"))
        #expect(throws: IdentityError.self) { try machine.store.identity(scanner: "SN0001") }
        // Repeating it keeps the key.
        #expect(try machine.request() == request)

        #expect(try machine.install(machine.sign(request)) == .installed(dc: deviceCode, until: vectorTime + 20 * day))
        let keys = try machine.store.keys(scanner: "SN0001", environment: .staging, at: vectorTime)
        #expect(keys.identity.dc == deviceCode)
        #expect(keys.identity.idHash == "91CB49FDBB972AFC4AE406884DA95845643521E360A2FC7FA34C36B39A280536")
        #expect(try machine.names() == ["S", "identity.conf"])
        try expectSignature(of: keys, by: "\(machine.state)/identity/SN0001/S/mc.cer", machine.folder)

        // A rotation leaves the old pair in use until the new one is complete.
        func rotate(_ days: Int?) throws -> Provisioner.Progress {
            try machine.provisioner.rotate(
                serial: "SN0001", environment: .staging, ifDueIn: days, key: .asBefore, at: vectorTime)
        }
        #expect(try rotate(19) == .notDue(until: vectorTime + 20 * day))
        #expect(try rotate(20) == .awaiting(request: request))
        #expect(try machine.store.keys(scanner: "SN0001", environment: .staging, at: vectorTime).mc == keys.mc)
        let name = "rd_device_\(deviceCode)"
        #expect(
            try machine.install(machine.sign(request, ["--cn", name, "--until", "\(vectorTime + 30 * day)"]), dc: nil)
                == .installed(dc: deviceCode, until: vectorTime + 30 * day))
        let renewed = try machine.store.keys(scanner: "SN0001", environment: .staging, at: vectorTime)
        #expect(renewed.mc != keys.mc && renewed.identity == keys.identity)
        #expect(try machine.names() == ["S", "identity.conf"])

        #expect(try machine.provisioner.remove(serial: "SN0001", environment: nil, offline: false) == [.staging])
        #expect(folderNames("\(machine.state)/identity") == [])
    }

    /// openssl verifies with the certificate what the key signed.
    private func expectSignature(of keys: DeviceKeys, by certificate: String, _ folder: TemporaryFolder) throws {
        let message = try folder.write("message", "a record".utf8)
        let signature = try folder.write("signature", keys.privateKey.signSHA256(Array("a record".utf8)))
        let key = try runTool("/usr/bin/openssl", ["x509", "-in", certificate, "-noout", "-pubkey"])
        let judged = try runTool(
            "/usr/bin/openssl",
            [
                "dgst", "-sha256", "-verify", folder.write("public.pem", key.output.utf8), "-signature", signature,
                message,
            ])
        #expect(judged.output == "Verified OK\n", "\(judged.text)")
    }

    @Test(arguments: [
        ("signature-algorithm", ["--hash", "sha1"]), ("device-code-mismatch", ["--cn", "rd_device_other"]),
        ("mc-expired", ["--until", "\(vectorTime - 1)"]), ("mc-not-yet-valid", ["--from", "\(vectorTime + 1)"]),
    ])
    func `a certificate with a mistake is refused by its name`(code: String, mistake: [String]) throws {
        let machine = try Machine()
        let request = try machine.request()
        let mc = try machine.sign(request, mistake)
        #expect(machine.refusal { try machine.install(mc) }?.code == code)
        // Nothing has changed: the right one is still taken.
        _ = try machine.install(machine.sign(request))
    }

    @Test func `each mistake of a person has its own code`() throws {
        let machine = try Machine()
        #expect(machine.refusal { try machine.install(machine.uidai) }?.code == "no-request")
        let request = try machine.request()
        let production = try machine.request(.production)
        let mc = try machine.sign(request)
        #expect(machine.refusal { try machine.install(mc, dc: nil) }?.code == "device-code-missing")
        #expect(machine.refusal { try machine.install(mc, dc: deviceCode.uppercased()) }?.code == "device-code-invalid")
        #expect(machine.refusal { try machine.install(Array("x".utf8)) }?.code == "certificate-invalid")
        #expect(machine.refusal { try machine.install(mc, .production) }?.code == "environment-mismatch")
        #expect(machine.refusal { try machine.install(machine.uidai, uidai: mc) }?.code == "certificates-swapped")
        #expect(machine.refusal { try machine.install(machine.uidai) }?.code == "key-mismatch")
        // Certificates of somebody who is not this device provider.
        let other = try CertificateAuthority(
            selfSigned: .init(commonName: "Other", isAuthority: true, validity: 0..<(vectorTime * 2)))
        _ = try machine.folder.write("etc/provider.pem", other.certificate.pem.utf8)
        #expect(machine.refusal { try machine.install(mc) }?.code == "chain-invalid")
        _ = try machine.folder.write("etc/provider.pem", readFile(machine.folder.file("provider.pem"), limit: 9999))
        _ = try machine.install(mc)
        // UIDAI's certificate of one environment is not that of another.
        let mc2 = try machine.sign(production)
        #expect(machine.refusal { try machine.install(mc2, .production) }?.code == "environment-mismatch")
        let dc2 = "1b4b6a3c-7f52-4a43-9d6e-3d3f1f2a7c55"
        #expect(machine.refusal { try machine.install(mc2, .production, dc: dc2) }?.code == "device-code-changed")
        let again = #expect(throws: IdentityError.self) { try machine.request() }
        #expect(again?.code == "already-registered")
    }

    @Test func `names of test identities, missing names and no serial number are refused`() {
        func code(_ dpId: String, _ mi: String) -> String? {
            do throws(IdentityError) {
                _ = try Registration(dpId: dpId, rdsId: "R", rdsVer: "1", mi: mi, idHashRule: .standard)
                return nil
            } catch { return error.code }
        }
        #expect(code("TEST.PIDD", "X") == "test-provider-reserved")
        #expect(code("REAL.DP", "") == "registration-incomplete")
        #expect(code("REAL.DP", "a b") == "registration-incomplete")
        #expect(code("REAL.DP", "X") == nil)
    }

    /// By Python: hashlib.sha256(b"SN0001"), of the dc, in hex and base64.
    @Test(arguments: [
        ("serial:HEX", "91CB49FDBB972AFC4AE406884DA95845643521E360A2FC7FA34C36B39A280536"),
        ("serial:hex", "91cb49fdbb972afc4ae406884da95845643521e360a2fc7fa34c36b39a280536"),
        ("serial:base64", "kctJ/buXKvxK5AaITalYRWQ1IeNgovx/o0w2s5ooBTY="), ("given:AB/12", "AB/12"),
    ])
    func `idHash has the input and form that were chosen at provisioning`(rule: String, expected: String) throws {
        let parsed = try #require(IdHashRule(text: rule))
        #expect(parsed.text == rule)
        #expect(parsed.idHash(serial: "SN0001", dc: nil) == expected)
        let machine = try Machine()
        _ = try machine.install(machine.sign(machine.request(rule: parsed)))
        #expect(try machine.store.identity(scanner: "SN0001").idHash == expected)
        #expect(
            try machine.store.identity(scanner: "SN0001").idHashRule
                == (rule.hasPrefix("given") ? .given(expected) : parsed))
    }

    @Test(arguments: ["", "serial", "serial:Hex", "dc:", "given:", "given:a b", "other:HEX"])
    func `a rule of idHash that is none is refused`(text: String) { #expect(IdHashRule(text: text) == nil) }

    @Test func `an identity does not move to another scanner`() throws {
        let machine = try Machine()
        _ = try machine.install(machine.sign(machine.request()))
        let folder = "\(machine.state)/identity"
        try FileManager.default.copyItem(atPath: "\(folder)/SN0001", toPath: "\(folder)/SN0002")
        let moved = #expect(throws: IdentityError.self) { try machine.store.identity(scanner: "SN0002") }
        #expect(moved?.code == "identity-of-another-scanner")
        let strange = #expect(throws: IdentityError.self) { try machine.store.identity(scanner: "SN0003") }
        #expect(strange?.code == "not-registered")
        #expect(strange?.cause == "the scanner is not registered, though another one is")
    }

    @Test func `an identity serves the model that was registered, and only a scanner with a serial number`() throws {
        let machine = try Machine()
        _ = try machine.install(machine.sign(machine.request()))
        let identity = try machine.store.identity(scanner: "SN0001")
        func code(_ model: String?, statesSerial: Bool = true, of identity: DeviceIdentity) -> String? {
            do throws(IdentityError) {
                try identity.check(model: model, statesSerial: statesSerial)
                return nil
            } catch { return error.code }
        }
        #expect(identity.usb == "298d:1010")
        #expect(code("298d:1010", of: identity) == nil)
        #expect(code("05ba:000a", of: identity) == "identity-of-another-scanner")
        #expect(code(nil, of: identity) == "identity-of-another-scanner")
        #expect(code("298d:1010", statesSerial: false, of: identity) == "scanner-without-serial")
        // What UIDAI was told is the serial number's hash alone, as of an identity without the model.
        let older = try Machine()
        _ = try older.install(older.sign(older.request(usb: nil)))
        let plain = try older.store.identity(scanner: "SN0001")
        #expect(plain.usb == nil && plain.dih == identity.dih)
        #expect(code("05ba:000a", of: plain) == nil)
        #expect(code("05ba:000a", statesSerial: false, of: plain) == "scanner-without-serial")
        // Every scanner may have a test identity.
        let test = try TestProvider(state: older.folder.file("test"), standIn: older.folder.file("stand-in"))
            .provision(serial: nil, rdsVer: "1", force: false, at: vectorTime)
        #expect(code(nil, statesSerial: false, of: test) == nil)
    }

    @Test(arguments: ["298D:1010", "298d", "298d:10101", "298d-1010", "298d:1010\ntest = yes"])
    func `a model that USB does not have is refused`(usb: String) {
        let error = #expect(throws: IdentityError.self) {
            try Registration(
                dpId: "REAL.DP", rdsId: "R", rdsVer: "1", mi: "X", idHashRule: .standard, usb: usb)
        }
        #expect(error?.code == "registration-incomplete")
    }

    @Test func `a key that is given up is overwritten before it is removed`() throws {
        let machine = try Machine()
        _ = try machine.install(machine.sign(machine.request()))
        let key = "\(machine.state)/identity/SN0001/S/device.key"
        // Another name for the same bytes, which stays.
        let kept = machine.folder.file("kept")
        try FileManager.default.linkItem(atPath: key, toPath: kept)
        #expect(String(decoding: try readFile(kept, limit: 20_000), as: UTF8.self).contains("PRIVATE KEY"))
        #expect(try machine.provisioner.remove(serial: "SN0001", environment: nil, offline: true) == [.staging])
        #expect(!FileManager.default.fileExists(atPath: key))
        #expect(try readFile(kept, limit: 20_000).allSatisfy { $0 == 0 })
    }

    @Test func `certificates of a device provider that others may change decide nothing`() throws {
        let machine = try Machine()
        let mc = try machine.sign(machine.request())
        let authorities = try machine.folder.write(
            "etc/provider.pem", readFile(machine.folder.file("provider.pem"), limit: 9999))
        for place in [authorities, machine.folder.file("etc")] {
            #expect(unsafe chmod(place, 0o777) == 0)
            #expect(machine.refusal { try machine.install(mc) }?.code == "writable-by-others")
            #expect(unsafe chmod(place, 0o700) == 0)
        }
        _ = try machine.install(mc)
    }

    @Test func `two provisionings do not mix`() throws {
        let machine = try Machine()
        _ = try machine.request()
        let lock = try FileLock("\(machine.state)/.provisioning", waiting: .zero)
        let refused = #expect(throws: FileError.self) {
            _ = try FileLock("\(machine.state)/.provisioning", waiting: .milliseconds(50))
        }
        #expect(refused?.code == "busy")
        withExtendedLifetime(lock) {}
    }

    @Test func `the end of a certificate is warned of 14, 7 and 1 days before, each once`() {
        var watch = ExpiryWatch()
        let end = vectorTime + 30 * day
        func told(_ left: Int64) -> Int? { watch.warning(for: "SN0001 P", until: end, at: end - left)?.days }
        #expect(told(14 * day + 1) == nil)
        #expect(told(14 * day) == 14)
        #expect(told(13 * day) == nil)
        #expect(told(7 * day) == 7)
        #expect(told(1 * day + 1) == nil)
        #expect(told(1 * day) == 1)
        #expect(told(0) == nil)
        #expect(told(-1) == 0)
        #expect(told(-2) == nil)
        // A new pair begins anew.
        #expect(watch.warning(for: "SN0001 P", until: end + 30 * day, at: end) == nil)
        #expect(watch.warning(for: "SN0001 P", until: end + 30 * day, at: end + 29 * day)?.days == 1)
    }
}

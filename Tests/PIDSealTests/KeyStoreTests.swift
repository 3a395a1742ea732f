// What is wrong with an identity or its keys is said by name, and to RD clients as 740.
import Crypto
import FoundationEssentials
import Glibc
@testable import PIDSeal
import RDProtocol
import Secrets
import TestSupport
import Testing

private let day: Int64 = 86_400

@Suite struct KeyStoreTests {
    private let provisioned: Provisioned

    init() throws { provisioned = try Provisioned() }

    private func refusal(_ environment: Environment = .production, at time: Int64 = vectorTime) -> IdentityError? {
        do throws(IdentityError) {
            _ = try provisioned.store.keys(scanner: "SN0001", environment: environment, at: time)
            return nil
        } catch {
            #expect(error.rdError.errCode == .notRegistered)
            return error
        }
    }

    private func write(_ name: String, _ content: some Collection<UInt8>, mode: UInt32 = 0o600) throws {
        _ = try provisioned.folder.write("state/identity/SN0001/\(name)", content, mode: mode)
    }

    /// Replaces the UIDAI certificate by one that openssl makes.
    private func useUIDAI(_ key: [String], days: Int = 30) throws {
        let outcome = try runTool(
            "/usr/bin/openssl",
            ["req", "-x509", "-nodes", "-subj", "/CN=other", "-days", "\(days)", "-keyout", "/dev/null"] + key
                + ["-out", provisioned.path("P/uidai.cer")])
        #expect(outcome.status == 0, "\(outcome.text)")
    }

    @Test func `keys of all environments are found, each its own`() throws {
        let all = try Environment.allCases.map { try provisioned.keys($0) }
        #expect(Set(all.map(\.mc)).count == 3)
        #expect(all.allSatisfy { $0.identity == provisioned.identity })
        #expect(all[0].certificate.notAfter == vectorTime + 30 * day)
    }

    @Test func `a scanner without identity is not registered`() throws {
        let error = #expect(throws: IdentityError.self) {
            try provisioned.store.identity(scanner: "SN0002")
        }
        #expect(error?.code == "not-registered")
        #expect(error?.nextStep.hasSuffix("pidd provision --test --state \(provisioned.state)") == true)
    }

    @Test(arguments: ["", "identity", "identity/SN0001", "identity/SN0001/P"], [0o720, 0o702, 0o1777])
    func `a folder on the way to the keys that others may write is refused`(name: String, mode: Int) throws {
        let folder = name.isEmpty ? provisioned.state : "\(provisioned.state)/\(name)"
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: folder)
        #expect(refusal()?.code == "writable-by-others")
        #expect(refusal()?.nextStep == "run: chmod go-w \(folder)")
        // Others may look, as long as they cannot write.
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder)
        #expect(refusal() == nil)
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give a folder away"), arguments: ["", "/identity/SN0001/P"])
    func `a folder on the way to the keys that belongs to somebody else is refused`(name: String) throws {
        try FileManager.default.setAttributes([.ownerAccountID: 12345], ofItemAtPath: provisioned.state + name)
        #expect(refusal()?.code == "owner-not-trusted")
        #expect(refusal()?.cause.contains("uid 12345") == true)
    }

    @Test(
        arguments: ["etc", "etc/uidai", "etc/uidai/P.cer", "state/identity/SN0001/P/mc.cer"], [0o777, 0o1777, 0o662])
    func `who may change a certificate reads no fingerprint, since it is refused`(name: String, mode: Int) throws {
        // UIDAI's certificate of the configuration is in use.
        let own = provisioned.path("P/uidai.cer")
        let certificate = try Data(contentsOf: URL(fileURLWithPath: own))
        try FileManager.default.removeItem(atPath: own)
        try FileManager.default.createDirectory(
            atPath: "\(provisioned.configuration)/uidai", withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o755])
        _ = try provisioned.folder.write("etc/uidai/P.cer", certificate, mode: 0o644)
        #expect(refusal() == nil)
        let place = provisioned.folder.file(name)
        try FileManager.default.setAttributes([.posixPermissions: mode | 0o100], ofItemAtPath: place)
        // Nobody can replace in a sticky folder what belongs to somebody else.
        let isKept = name.hasPrefix("etc") && !name.hasSuffix(".cer") && mode == 0o1777
        #expect(refusal()?.code == (isKept ? nil : "writable-by-others"))
        guard geteuid() == 0 else { return }
        try FileManager.default.setAttributes([.posixPermissions: 0o755, .ownerAccountID: 12345], ofItemAtPath: place)
        #expect(refusal()?.code == "owner-not-trusted")
        #expect(refusal()?.nextStep == "run: chown 0 \(place)")
    }

    @Test func `a key that others may read is refused`() throws {
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o644], ofItemAtPath: provisioned.path("P/device.key"))
        #expect(refusal()?.code == "secret-file-too-open")
        #expect(refusal()?.nextStep == "run: chmod 600 \(provisioned.path("P/device.key"))")
        #expect(refusal(.staging) == nil)
    }

    @Test func `a key of another certificate is refused`() throws {
        try write("P/device.key", Data(contentsOf: URL(fileURLWithPath: provisioned.path("S/device.key"))))
        #expect(refusal()?.code == "key-mismatch")
    }

    @Test func `a missing part is named`() throws {
        try FileManager.default.removeItem(atPath: provisioned.path("P/mc.cer"))
        #expect(refusal()?.code == "not-registered")
        try FileManager.default.removeItem(atPath: provisioned.path("PP/device.key"))
        #expect(refusal(.preProduction)?.code == "not-registered")
    }

    @Test func `a UIDAI certificate of the configuration serves where the identity has none`() throws {
        let path = provisioned.path("P/uidai.cer")
        let certificate = try Data(contentsOf: URL(fileURLWithPath: path))
        try FileManager.default.removeItem(atPath: path)
        #expect(refusal()?.code == "uidai-certificate-missing")
        #expect(refusal()?.nextStep == "put it into \(provisioned.configuration)/uidai/P.cer")
        try FileManager.default.createDirectory(
            atPath: "\(provisioned.configuration)/uidai", withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o755])
        _ = try provisioned.folder.write("etc/uidai/P.cer", certificate)
        #expect(refusal() == nil)
    }

    @Test func `certificates count from their first to their last second`() throws {
        #expect(refusal(at: vectorTime + 30 * day) == nil)
        #expect(refusal(at: vectorTime + 30 * day + 1)?.code == "mc-expired")
        #expect(refusal(at: vectorTime - 300) == nil)
        #expect(refusal(at: vectorTime - 301)?.code == "mc-not-yet-valid")
        #expect(refusal(at: vectorTime - 301)?.nextStep == "check the clock")
    }

    @Test func `an expired UIDAI certificate is refused`() throws {
        let short = try CertificateAuthority(
            selfSigned: .init(commonName: "short", validity: (vectorTime - 20)..<(vectorTime - 10)))
        try write("P/uidai.cer", short.certificate.pem.utf8)
        #expect(refusal()?.code == "uidai-certificate-expired")
        #expect(refusal()?.cause == "the UIDAI certificate expired on 2024-01-15T04:50:20 UTC")
    }

    @Test func `a UIDAI key that is not RSA-2048 is refused`() throws {
        try useUIDAI(["-newkey", "rsa:3072"])
        #expect(refusal()?.code == "key-size")
        try useUIDAI(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
        #expect(refusal()?.code == "uidai-certificate-not-rsa")
    }

    @Test func `files that hold something else are refused`() throws {
        try write("P/mc.cer", "-----BEGIN CERTIFICATE-----\nAAAA\n".utf8)
        #expect(refusal()?.code == "certificate-invalid")
        try write("PP/device.key", "no key".utf8)
        #expect(refusal(.preProduction)?.code == "key-invalid")
        try write("S/device.key", [UInt8](repeating: 65, count: 20_000))
        #expect(refusal(.staging)?.code == "file-too-large")
    }

    @Test(arguments: [
        ("dc = ", "dc = 1234"), ("dc = ", "dc = 01234567-89AB-CDEF-0123-456789ABCDEF"), ("dpId = ", ""),
        ("mi = ", "mi = a b"), ("idHash = ", "idHash ="), ("test = ", "test = no"), ("test = ", ""),
        ("dpId = ", "dpId = REAL.DP"), ("dpId = ", "dpId = \u{c4}"), ("test = ", "test = yes\nextra = 1"),
        ("[identity]", "[other]"), ("test = ", "test = yes\nusb = any"),
    ])
    func `a damaged identity is refused`(line: String, replacement: String) throws {
        let text = String(
            decoding: try Data(contentsOf: URL(fileURLWithPath: provisioned.path("identity.conf"))), as: UTF8.self)
        let changed = text.split(separator: "\n").map { $0.hasPrefix(line) ? replacement : String($0) }
        try write("identity.conf", changed.joined(separator: "\n").utf8)
        let error = #expect(throws: IdentityError.self) {
            try provisioned.store.identity(scanner: "SN0001")
        }
        #expect(error?.code == "identity-invalid")
    }

    @Test func `an identity for any scanner serves all that have none, and may be a test identity only`() throws {
        let any = try provisioned.provider.provision(serial: nil, rdsVer: "0.1.0", force: false, at: vectorTime)
        #expect(try provisioned.store.identity(scanner: "SN0001") == provisioned.identity)
        #expect(try provisioned.store.identity(scanner: "other") == any)
        #expect(try provisioned.store.identity(scanner: "") == any)
        let real = DeviceIdentity(
            dpId: "REAL.DP", rdsId: "REAL.LNX.001", rdsVer: "1", dc: any.dc, mi: "X", idHash: "Y")
        _ = try provisioned.folder.write("state/identity/any/identity.conf", real.configuration.utf8, mode: 0o644)
        for serial in ["other", "", "any"] {
            #expect(throws: IdentityError.self) { try provisioned.store.identity(scanner: serial) }
        }
    }

    @Test(arguments: [
        ("SN-0001_a.b", "SN-0001_a.b"), ("", "any"), ("../../etc", "%2E.%2F..%2Fetc"), (".", "%2E"), ("..", "%2E."),
        ("a/b", "a%2Fb"), ("a%2Fb", "a%252Fb"), ("{0A-1}", "%7B0A-1%7D"), ("\u{e9}\0", "%C3%A9%00"),
    ])
    func `no serial number leads out of the identity folder`(serial: String, name: String) {
        #expect(KeyStore.folderName(serial) == name)
    }
}

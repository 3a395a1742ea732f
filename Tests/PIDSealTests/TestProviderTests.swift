// Test identities: obviously fake, private, valid by openssl's word, and never in place of a real one.
import Crypto
import FoundationEssentials
@testable import PIDSeal
import RDProtocol
import Secrets
import Settings
import TestSupport
import Testing

@Suite struct TestProviderTests {
    private func openssl(_ arguments: String...) throws -> RunningProgram.Ending {
        try runTool("/usr/bin/openssl", arguments)
    }

    private func mode(_ path: String) throws -> Int {
        try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    private func content(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

    @Test func `a test identity is one at first sight`() throws {
        let provisioned = try Provisioned()
        let identity = provisioned.identity
        #expect(identity.isTest)
        #expect(identity.dpId == "TEST.PIDD")
        #expect(identity.rdsId == "TEST.LNX.001")
        #expect(identity.rdsVer == "0.1.0")
        #expect(identity.mi == "TEST-SCANNER")
        // SHA-256 of SN0001 by Python's hashlib.
        #expect(identity.idHash == "91CB49FDBB972AFC4AE406884DA95845643521E360A2FC7FA34C36B39A280536")
        #expect(UUID(uuidString: identity.dc)?.uuidString.lowercased() == identity.dc)
        #expect(try provisioned.store.identity(scanner: "SN0001") == identity)
    }

    @Test func `openssl reads the certificates and verifies the chain`() throws {
        let provisioned = try Provisioned()
        let subject = try openssl(
            "x509", "-in", provisioned.path("P/mc.cer"), "-noout", "-subject", "-issuer", "-enddate")
        #expect(
            subject.text == """
                subject=CN = rd_device_\(provisioned.identity.dc)
                issuer=CN = "TEST device provider, not UIDAI"
                notAfter=Feb 14 04:50:30 2024 GMT

                """)
        let details = try openssl("x509", "-in", provisioned.path("P/mc.cer"), "-noout", "-text").text
        #expect(details.contains("Public-Key: (2048 bit)"))
        #expect(details.contains("Signature Algorithm: sha256WithRSAEncryption"))
        for environment in ["P", "PP", "S"] {
            let verified = try openssl(
                "verify", "-attime", "\(vectorTime)", "-CAfile",
                "\(provisioned.standIn)/provider-ca.cer", provisioned.path("\(environment)/mc.cer"))
            #expect(verified.status == 0, "\(verified.text)")
            let uidai = try openssl(
                "x509", "-in", provisioned.path("\(environment)/uidai.cer"), "-noout", "-subject", "-enddate",
                "-dateopt", "iso_8601")
            #expect(uidai.text.hasPrefix(#"subject=CN = "TEST stand-in, not UIDAI""#))
            let keys = try provisioned.keys(try #require(Environment(rawValue: environment)))
            let sealed = try Seal(keys: keys).seal([minutiaeRecord(1)], for: .fingerprint(), at: vectorTime)
            let day = "\(sealed.ci.prefix(4))-\(sealed.ci.dropFirst(4).prefix(2))-\(sealed.ci.suffix(2))"
            #expect(uidai.text.contains("notAfter=\(day) "), "\(uidai.text)")
        }
        let key = try openssl("pkey", "-in", "\(provisioned.standIn)/uidai.key", "-noout", "-check")
        #expect(key.status == 0)
    }

    @Test func `keys are for their owner only, folders too`() throws {
        let provisioned = try Provisioned()
        _ = try provisioned.provider.provision(serial: "SN0001", rdsVer: "0.1.0", force: true, at: vectorTime)
        for (path, expected) in [
            (provisioned.path(""), 0o700), (provisioned.path("P"), 0o700), (provisioned.path("P/device.key"), 0o600),
            (provisioned.path("P/mc.cer"), 0o644), (provisioned.path("P/uidai.cer"), 0o644),
            (provisioned.path("identity.conf"), 0o644), (provisioned.standIn, 0o700),
            ("\(provisioned.standIn)/uidai.key", 0o600), ("\(provisioned.standIn)/uidai.cer", 0o644),
            ("\(provisioned.standIn)/provider-ca.key", 0o600), ("\(provisioned.standIn)/provider-ca.cer", 0o644),
            ("\(provisioned.standIn)/devices.conf", 0o644),
        ] {
            #expect(try mode(path) == expected, "\(path)")
        }
        // Nothing is left beside the finished folder.
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(provisioned.state)/identity") == ["SN0001"])
    }

    @Test func `a second device uses the stand-in again and is registered beside the first`() throws {
        let provisioned = try Provisioned()
        let before = try content("\(provisioned.standIn)/uidai.key")
        let second = try provisioned.provider.provision(serial: "SN0002", rdsVer: "0.2.0", force: false, at: vectorTime)
        #expect(try content("\(provisioned.standIn)/uidai.key") == before)
        let register = try Settings(path: "\(provisioned.standIn)/devices.conf")
        #expect(register.sections == [provisioned.identity.dc, second.dc])
        #expect(register.value("rdsVer", in: provisioned.identity.dc) == "0.1.0")
        #expect(register.value("rdsVer", in: second.dc) == "0.2.0")
        #expect(register.value("idHash", in: second.dc) == second.idHash)
    }

    @Test func `a test identity is replaced when that is forced, and only then`() throws {
        let provisioned = try Provisioned()
        let before = try content(provisioned.path("P/device.key"))
        let error = #expect(throws: IdentityError.self) {
            try provisioned.provider.provision(serial: "SN0001", rdsVer: "0.1.0", force: false, at: vectorTime)
        }
        #expect(error?.code == "identity-exists")
        #expect(try content(provisioned.path("P/device.key")) == before)
        let new = try provisioned.provider.provision(serial: "SN0001", rdsVer: "0.1.0", force: true, at: vectorTime)
        #expect(new.dc != provisioned.identity.dc)
        #expect(try content(provisioned.path("P/device.key")) != before)
        #expect(try provisioned.store.identity(scanner: "SN0001") == new)
        #expect(try Settings(path: "\(provisioned.standIn)/devices.conf").sections == [new.dc])
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(provisioned.state)/identity") == ["SN0001"])
    }

    @Test(arguments: [
        "[identity]\ndpId = REAL.DP\nrdsId = R\nrdsVer = 1\ndc = 01234567-89ab-cdef-0123-456789abcdef\nmi = M\nidHash = H\n",
        "damaged",
    ])
    func `an identity that is not a test identity is never replaced`(configuration: String) throws {
        let provisioned = try Provisioned()
        let path = try provisioned.folder.write("state/identity/SN0001/identity.conf", configuration.utf8)
        let before = try content(provisioned.path("P/device.key"))
        for force in [false, true] {
            let error = #expect(throws: IdentityError.self) {
                try provisioned.provider.provision(serial: "SN0001", rdsVer: "0.1.0", force: force, at: vectorTime)
            }
            #expect(error?.code == "identity-exists")
        }
        #expect(try content(path) == Data(configuration.utf8))
        #expect(try content(provisioned.path("P/device.key")) == before)
    }

    @Test func `a stand-in that is damaged or expired is told`() throws {
        let provisioned = try Provisioned()
        let expired = #expect(throws: IdentityError.self) {
            try provisioned.provider.provision(
                serial: "SN0002", rdsVer: "1", force: false, at: vectorTime + 6 * 365 * 86_400)
        }
        #expect(expired?.code == "stand-in-expired")
        _ = try provisioned.folder.write(
            "stand-in/uidai.key", content("\(provisioned.standIn)/provider-ca.key"))
        let damaged = #expect(throws: IdentityError.self) {
            try provisioned.provider.provision(serial: "SN0002", rdsVer: "1", force: false, at: vectorTime)
        }
        #expect(damaged?.code == "stand-in-invalid")
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(provisioned.state)/identity") == ["SN0001"])
    }
}

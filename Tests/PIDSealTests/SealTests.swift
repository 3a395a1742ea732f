// Sealed PIDs: their plaintext, sizes and keys, and an independent program that opens them as UIDAI would.
import Biometrics
import Crypto
import FoundationEssentials
@testable import PIDSeal
import Platform
import RDProtocol
import Secrets
import TestSupport
import Testing

private let wadh = "E0jzJ/P8UopUHAieZn8CKqS4WPMi5ZSYXgfnlfkWjrc="

@Suite struct SealTests {
    private func plaintext(_ provisioned: Provisioned, _ options: PidOptions, minutiae: Int) throws -> String {
        let block = try PIDBlock(
            [minutiaeRecord(minutiae)], options: options, timestamp: PIDTimestamp(secondsSinceEpoch: vectorTime),
            keys: provisioned.keys())
        return String(decoding: bytes(block.xml), as: UTF8.self)
    }

    @Test func `the PID block has the size of real vendors' blocks and nothing between its elements`() throws {
        let provisioned = try Provisioned()
        let full = try plaintext(provisioned, .fingerprint(wadh: wadh), minutiae: 42)
        // spec/rd-service.md 2.6.5: a real block with 42 minutiae and wadh has 925 bytes.
        #expect(full.utf8.count == 925)
        #expect(try plaintext(provisioned, .fingerprint(), minutiae: 35).utf8.count == 825)
        let start =
            #"<Pid ts="2024-01-15T10:20:30" ver="2.0" wadh="\#(wadh)"><Bios dih="\#(provisioned.identity.dih)">"#
            + #"<Bio type="FMR" posh="UNKNOWN" bs=""#
        #expect(full.hasPrefix(start))
        #expect(full.hasSuffix("</Bio></Bios></Pid>"))
    }

    @Test func `an OTP and a Demo block come into the PID block at their places`() throws {
        var options = PidOptions.fingerprint()
        options.otp = SecretBytes(copying: Array("123456".utf8))
        options.demo = SecretBytes(copying: Array(#"<Demo lang="06"><Pi ms="E" name="R"/></Demo>"#.utf8))
        let text = try plaintext(Provisioned(), options, minutiae: 1)
        #expect(text.contains(#" wadh=""><Demo lang="06"><Pi ms="E" name="R"/></Demo><Bios dih=""#))
        #expect(text.hasSuffix(#"</Bio></Bios><Pv otp="123456"/></Pid>"#))
    }

    @Test func `the session key goes to UIDAI, and the sizes are those of the specification`() throws {
        let provisioned = try Provisioned()
        let key = SecretBytes(copying: (0..<32).map { UInt8($0) })
        let seal = Seal(keys: try provisioned.keys(), sessionKey: { () throws(CryptoError) in key })
        let sealed = try seal.seal([minutiaeRecord(42)], for: .fingerprint(wadh: wadh), at: vectorTime)
        let uidaiKey = try PrivateKey(pem: readSecretFile("\(provisioned.standIn)/uidai.key", limit: 9999))
        #expect(sealed.skey.utf8.count == 344)
        #expect(try uidaiKey.decryptPKCS1(decodeBase64(sealed.skey.utf8)) == key)
        #expect(sealed.data.utf8.count == 1280)
        #expect(sealed.data.hasPrefix("MjAyNC0wMS0xNVQxMDoyMDozM"))
        #expect(sealed.hmac.utf8.count == 64)
        #expect(sealed.dataType == "X")
    }

    @Test func `every PID has a session key of its own`() throws {
        let seal = Seal(keys: try Provisioned().keys())
        let record = try minutiaeRecord(3)
        let both = try [1, 2].map { _ in try seal.seal([record], for: .fingerprint(), at: vectorTime) }
        #expect(both[0].data != both[1].data)
        #expect(both[0].hmac != both[1].hmac)
        #expect(both[0].skey != both[1].skey)
    }

    @Test func `a seal whose certificates have expired since they were loaded answers 740`() throws {
        let seal = Seal(keys: try Provisioned().keys())
        let record = try minutiaeRecord(3)
        _ = try seal.seal([record], for: .fingerprint(), at: vectorTime + 30 * 86_400)
        let error = #expect(throws: RDError.self) {
            try seal.seal([record], for: .fingerprint(), at: vectorTime + 30 * 86_400 + 1)
        }
        #expect(error?.errCode == .notRegistered)
        #expect(error?.detail == "the device certificate mc expired on 2024-02-14T04:50:30 UTC")
    }

    @Test func `nothing that carries a secret shows it`() throws {
        let provisioned = try Provisioned()
        let marker = SecretBytes(copying: Array("MARKER".utf8))
        let record = BiometricRecord(kind: .minutiae, position: .unknown, bytes: marker)
        var options = PidOptions.fingerprint()
        options.otp = marker
        options.demo = marker
        let keys = try provisioned.keys()
        let block = try PIDBlock(
            [record], options: options, timestamp: PIDTimestamp(secondsSinceEpoch: vectorTime), keys: keys)
        let seal = Seal(keys: keys)
        var shown = "\(marker)\(record)\(block)\(options)\(keys)\(seal)"
        shown += String(reflecting: marker) + String(reflecting: block) + String(reflecting: options)
        dump(marker, to: &shown)
        dump(record, to: &shown)
        dump(block, to: &shown)
        dump(options, to: &shown)
        dump(keys, to: &shown)
        dump(seal, to: &shown)
        // As text, as base64 and as the numbers of its bytes.
        for trace in ["MARKER", "TUFSS0VS", "<Pid", "Bios", "77, 65", "- 77\n"] {
            #expect(!shown.contains(trace), "\(trace)")
        }
    }
}

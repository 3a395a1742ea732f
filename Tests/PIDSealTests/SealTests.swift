// Sealed PIDs: their plaintext, sizes and keys, and an independent program that opens them as UIDAI would.
import Biometrics
import Crypto
import Foundation
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

@Suite struct CheckerTests {
    private let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("SystemTests/tools/check_piddata.py").path

    private func check(_ provisioned: Provisioned, _ document: [UInt8]) throws -> ToolOutcome {
        try runTool(
            "/usr/bin/python3",
            [
                script, "--uidai-key", "\(provisioned.standIn)/uidai.key",
                "--provider-ca", "\(provisioned.standIn)/provider-ca.cer",
                "--devices", "\(provisioned.standIn)/devices.conf",
            ], input: document)
    }

    private func document(
        _ provisioned: Provisioned, _ options: PidOptions, _ record: BiometricRecord, minutiae: Int = 42
    ) throws -> [UInt8] {
        let keys = try provisioned.keys(options.environment)
        let info = keys.identity.info(
            mc: keys.mc,
            parameters: DeviceInfo.parameters(serial: "SN0001", system: "x", timestamp: "2024-01-15T10:20:30+05:30"))
        return PidDataDocument(
            options: options, nmPoints: [minutiae], qScore: [60], deviceInfo: info,
            sealed: try Seal(keys: keys).seal([record], for: options, at: vectorTime)
        ).xml()
    }

    @Test(arguments: [("P", FingerPosition.unknown), ("PP", .leftIndex), ("S", .rightThumb)])
    func `an independent program opens and verifies our PidData in every environment`(
        environment: String, position: FingerPosition
    ) throws {
        let provisioned = try Provisioned()
        var options = PidOptions.fingerprint(wadh: wadh, environment: try #require(Environment(rawValue: environment)))
        options.otp = SecretBytes(copying: Array("123456".utf8))
        let document = try document(provisioned, options, minutiaeRecord(42, position))
        let outcome = try check(provisioned, document)
        #expect(outcome.status == 0, "\(outcome.text)")
        #expect(
            outcome.text == """
                {"height": 360, "nmPoints": 42, "otp": true, "posh": ["\(position.posh)"], "quality": 60, \
                "ts": "2024-01-15T10:20:30", "types": ["FMR"], "wadh": true, "width": 256}

                """)
        #expect(try runTool("/usr/bin/xmllint", ["--noout", "--nonet", "-"], input: document).status == 0)
        #expect(document.count > 1000)
        #expect(document.allSatisfy { (32...126).contains($0) })
    }

    @Test func `the independent program refuses a document changed at any place that matters`() throws {
        let provisioned = try Provisioned()
        let document = String(
            decoding: try document(provisioned, .fingerprint(), minutiaeRecord(42)), as: UTF8.self)
        // The middle, the first and the last character of every value that is protected.
        for (before, after) in [
            ("<Skey ci=\"", "\""), ("<Skey ci=\"\(ci(document))\">", "<"), ("<Hmac>", "<"), ("<Data type=\"X\">", "<"),
            (" dpId=\"", "\""), (" rdsId=\"", "\""), (" rdsVer=\"", "\""), (" dc=\"", "\""), (" mi=\"", "\""),
            (" mc=\"", "\""), (" nmPoints=\"", "\""), (" errCode=\"", "\""), ("<Data type=\"", "\""),
        ] {
            let start = try #require(document.range(of: before)).upperBound
            let end = try #require(document.range(of: after, range: start..<document.endIndex)).lowerBound
            let length = document.distance(from: start, to: end)
            for offset in Set([0, length / 2, length - 1]) {
                let place = document.index(start, offsetBy: offset)
                let tampered = document.replacingCharacters(
                    in: place...place, with: document[place] == "A" ? "B" : "A")
                let outcome = try check(provisioned, Array(tampered.utf8))
                #expect(outcome.status == 1, "\(before) at \(offset): \(outcome.text)")
                #expect(outcome.text.hasPrefix("refused: "), "\(outcome.text)")
            }
        }
    }

    private func ci(_ document: String) -> String {
        (try? PidDataReport(parsing: Array(document.utf8)))?.sealed?.ci ?? ""
    }

    @Test func `the independent program refuses what other keys sealed, and wrong counts`() throws {
        let (provisioned, stranger) = (try Provisioned(), try Provisioned())
        let record = try minutiaeRecord(42)
        let foreign = try check(provisioned, document(stranger, .fingerprint(), record))
        #expect(foreign.text == "refused: ci is not the certificate's last day\n" || foreign.status == 1)
        let miscounted = try check(provisioned, document(provisioned, .fingerprint(), record, minutiae: 41))
        #expect(miscounted.text == "refused: nmPoints is not the number of minutiae\n")
        var broken = bytes(record.bytes)
        broken[11] += 1
        let noRecord = BiometricRecord(kind: .minutiae, position: .unknown, bytes: SecretBytes(copying: broken))
        #expect(
            try check(provisioned, document(provisioned, .fingerprint(), noRecord)).text
                == "refused: the length in the FMR is wrong\n")
        let failure = PidDataDocument(failure: RDError(.timedOut), options: nil, deviceInfo: DeviceInfo()).xml()
        #expect(try check(provisioned, failure).text == "refused: errCode is 700\n")
        #expect(try check(provisioned, Array("nonsense".utf8)).text == "refused: the document is not XML\n")
    }
}

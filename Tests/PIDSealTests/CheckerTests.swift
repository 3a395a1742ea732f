// An independent program, which shares no code with the daemon, opens our PidData as UIDAI would.
import Biometrics
import Foundation
@testable import PIDSeal
import RDProtocol
import Secrets
import TestSupport
import Testing

private let wadh = "E0jzJ/P8UopUHAieZn8CKqS4WPMi5ZSYXgfnlfkWjrc="

@Suite struct CheckerTests {
    private let provisioned: Provisioned

    init() throws { provisioned = try Provisioned() }

    private let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("SystemTests/tools/check_piddata.py").path

    /// Runs the checker on a document, or on files.
    private func check(_ document: [UInt8] = [], files: [String] = []) throws -> RunningProgram.Ending {
        let standIn = provisioned.standIn
        return try runTool(
            "/usr/bin/python3",
            [
                script, "--uidai-key", "\(standIn)/uidai.key", "--provider-ca", "\(standIn)/provider-ca.cer",
                "--devices", "\(standIn)/devices.conf",
            ] + files, input: document)
    }

    private func document(
        _ keys: DeviceKeys, _ records: BiometricRecord..., options: PidOptions = .fingerprint(), minutiae: Int = 42
    ) throws -> [UInt8] {
        let info = keys.identity.info(
            mc: keys.mc,
            parameters: DeviceInfo.parameters(serial: "SN0001", system: "x", timestamp: "2024-01-15T10:20:30+05:30"))
        return PidDataDocument(
            options: options, nmPoints: [minutiae], qScore: [60], deviceInfo: info,
            sealed: try Seal(keys: keys).seal(records, for: options, at: vectorTime)
        ).xml()
    }

    @Test(arguments: [PidFormat.xml, .protobuf])
    func `it accepts minutiae and a picture in both formats`(format: PidFormat) throws {
        var options = PidOptions.fingerprint(type: .both, wadh: wadh)
        options.format = format
        options.otp = SecretBytes(copying: Array("123456".utf8))
        let picture = FingerImage(
            width: 256, height: 360,
            pixels: SecretBytes(copying: (0..<256 * 360).map { UInt8(128 + 100 * sin(Double($0 % 256) * 0.7)) }),
            resolution: .standard)
        let image = try FingerImageRecord(image: picture, position: .leftIndex, impression: .livePlain).encoded()
        let outcome = try check(
            document(
                provisioned.keys(), minutiaeRecord(42, .leftIndex),
                BiometricRecord(kind: .image, position: .leftIndex, bytes: image), options: options))
        #expect(outcome.status == 0)
        for part in [
            #""nmPoints": 42, "otp": true, "pictureHeight": 360, "pictureWidth": 256, "posh": ["LEFT_INDEX", "LEFT_INDEX"]"#,
            #""types": ["FMR", "FIR"], "unrated": 0, "wadh": true"#,
        ] { #expect(outcome.text.contains(part), "\(outcome.text)") }
    }

    @Test(arguments: [
        (Environment.production, FingerPosition.unknown), (.preProduction, .leftIndex), (.staging, .rightThumb),
    ])
    func `it accepts what we seal in every environment`(environment: Environment, position: FingerPosition) throws {
        var options = PidOptions.fingerprint(wadh: wadh, environment: environment)
        options.otp = SecretBytes(copying: Array("123456".utf8))
        let document = try document(provisioned.keys(environment), minutiaeRecord(42, position), options: options)
        let outcome = try check(document)
        #expect(outcome.status == 0)
        #expect(
            outcome.text == """
                {"demo": [], "height": 360, "nmPoints": 42, "otp": true, "posh": ["\(position.posh)"], "quality": 60, \
                "ts": "2024-01-15T10:20:30", "types": ["FMR"], "unrated": 0, "wadh": true, "width": 256}

                """)
        #expect(try runTool("/usr/bin/xmllint", ["--noout", "--nonet", "-"], input: document).status == 0)
        #expect(document.count > 1000)
        #expect(document.allSatisfy { (32...126).contains($0) })
    }

    @Test func `it refuses a document in which any protected value was changed`() throws {
        let document = try document(provisioned.keys(), minutiaeRecord(42))
        let text = String(decoding: document, as: UTF8.self)
        var files: [String] = []
        for (before, after) in [
            (#"<Skey ci="\#(ci(document))">"#, "<"), (#"<Skey ci=""#, "\""), ("<Hmac>", "<"),
            (#"<Data type="X">"#, "<"),
            (#"<Data type=""#, "\""), (#" dpId=""#, "\""), (#" rdsId=""#, "\""), (#" rdsVer=""#, "\""),
            (#" dc=""#, "\""), (#" mi=""#, "\""), (#" mc=""#, "\""), (#" nmPoints=""#, "\""), (#" errCode=""#, "\""),
        ] {
            let start = try #require(text.range(of: before)).upperBound
            let end = try #require(text.range(of: after, range: start..<text.endIndex)).lowerBound
            let bytes =
                text.utf8.distance(
                    from: text.startIndex, to: start)..<text.utf8.distance(from: text.startIndex, to: end)
            // Every 3rd character, and the last, which base64 may hide bits in.
            for place in Array(stride(from: bytes.lowerBound, to: bytes.upperBound, by: 3)) + [bytes.upperBound - 1] {
                var tampered = document
                tampered[place] = tampered[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
                files.append(try provisioned.folder.write("tampered-\(files.count)", tampered))
            }
        }
        let outcome = try check(files: files)
        #expect(files.count > 900)
        #expect(outcome.status == 1)
        #expect(outcome.output.isEmpty)
        #expect(outcome.errors.split(separator: "\n").count == files.count)
    }

    private func ci(_ document: [UInt8]) -> String { (try? PidDataReport(parsing: document))?.sealed?.ci ?? "" }

    @Test func `it refuses what was sealed with other keys`() throws {
        let (state, standIn) = (provisioned.folder.file("state-2"), provisioned.folder.file("stand-in-2"))
        _ = try TestProvider(state: state, standIn: standIn)
            .provision(serial: "SN0001", rdsVer: "0.1.0", force: false, at: vectorTime)
        let stranger = try KeyStore(state: state, configuration: "")
            .keys(scanner: "SN0001", environment: .production, at: vectorTime)
        let outcome = try check(document(stranger, minutiaeRecord(42)))
        #expect(outcome.status == 1)
        #expect(outcome.text.hasPrefix("refused: "))
    }

    @Test func `it refuses wrong counts, broken records, failures and other texts`() throws {
        let keys = try provisioned.keys()
        let record = try minutiaeRecord(42)
        #expect(
            try check(document(keys, record, minutiae: 41)).text
                == "refused: nmPoints is not the number of minutiae\n")
        var broken = bytes(record.bytes)
        broken[11] += 1
        let noRecord = BiometricRecord(kind: .minutiae, position: .unknown, bytes: SecretBytes(copying: broken))
        #expect(try check(document(keys, noRecord)).text == "refused: the length in the FMR is wrong\n")
        let failure = PidDataDocument(failure: RDError(.timedOut), options: nil, deviceInfo: DeviceInfo()).xml()
        #expect(try check(failure).text == "refused: errCode is 700\n")
        #expect(try check(Array("nonsense".utf8)).text == "refused: the document is not XML\n")
    }
}

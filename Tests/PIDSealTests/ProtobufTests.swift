// The protobuf PID block against protoc, which decodes it by a description of its own.
import Biometrics
import Crypto
@testable import PIDSeal
import Platform
import RDProtocol
import Secrets
import TestSupport
import Testing

private let wadh = "E0jzJ/P8UopUHAieZn8CKqS4WPMi5ZSYXgfnlfkWjrc="

@Suite struct ProtobufTests {
    /// What protoc makes of a block; it puts one field on each line, in the order of the bytes.
    private func decoded(_ block: SecretBytes) throws -> String {
        let folder = "\(TestFiles.root)/Tests/Python"
        let outcome = try runTool(
            "/usr/bin/protoc", ["--decode=Pid", "--proto_path=\(folder)", "\(folder)/pid.proto"], input: bytes(block))
        #expect(outcome.status == 0, "\(outcome.text)")
        return outcome.text
    }

    private func block(
        _ records: [BiometricRecord], _ options: PidOptions, _ provisioned: Provisioned
    ) throws -> SecretBytes {
        try PIDBlock.protobuf(
            records, options: options, timestamp: PIDTimestamp(secondsSinceEpoch: vectorTime),
            keys: provisioned.keys())
    }

    /// The options of a client that sends this Demo element.
    private func options(demo: String) throws -> PidOptions {
        try PidOptions(
            parsing: SecretBytes(
                copying:
                    #"<PidOptions ver="1.0"><Opts fCount="1" fType="0" format="1" pidVer="2.0"/>\#(demo)</PidOptions>"#
                    .utf8
            ))
    }

    @Test func `protoc reads every field of a block of minutiae and a picture`() throws {
        let provisioned = try Provisioned()
        var options = PidOptions.fingerprint(type: .both, wadh: wadh)
        options.otp = SecretBytes(copying: Array("123456".utf8))
        let minutiae = try minutiaeRecord(1, .leftIndex)
        // Longer than 127 bytes, so that the length has two bytes; of letters, so that protoc prints it as it is.
        let picture = BiometricRecord(
            kind: .image, position: .unknown, bytes: SecretBytes(copying: [UInt8](repeating: 65, count: 300)))
        let text = try decoded(block([minutiae, picture], options, provisioned))
        let keys = try provisioned.keys()
        let signatures = try [minutiae, picture].map {
            let signature = try PIDBlock.sign($0.bytes, PIDTimestamp(secondsSinceEpoch: vectorTime), keys)
            return unsafe base64(signature.withUnsafeBuffer { unsafe Array($0) })
        }
        let record =
            #"FMR\000 20\000\000\000\000$\000\000\001\000\001h\000\305\000\305\001\000\007\000<\001"#
            + #"@\000\000\000\000P\000\000"#
        #expect(
            text == """
                ver: "2.0"
                ts: "2024-01-15T10:20:30"
                wadh: "\(wadh)"
                bios {
                  bio {
                    type: FMR
                    posh: LEFT_INDEX
                    content: "\(record)"
                    bs: "\(signatures[0])"
                  }
                  bio {
                    type: FIR
                    posh: UNKNOWN
                    content: "\(String(repeating: "A", count: 300))"
                    bs: "\(signatures[1])"
                  }
                  dih: "\(provisioned.identity.dih)"
                }
                pv {
                  otp: "123456"
                }

                """)
    }

    @Test func `protoc reads every attribute of a Demo`() throws {
        let demo = """
            <Demo lang="06"><Pi ms="P" mv="90" name="Asha" lname="&#x906;" lmv="5" gender="F" dob="1975-08-09" dobt="D" age="49" \
            phone="1" email="a@b"/><Pa ms="E" co="a" house="b" street="c" lm="d" loc="e" vtc="f" subdist="g" dist="h" \
            state="i" country="j" pc="k" po="l"/><Pfa ms="S" mv="100" av="x" lav="y" lmv=""/></Demo>
            """
        let text = try decoded(block([minutiaeRecord(1)], options(demo: demo), Provisioned()))
        let start = try #require(text.firstRange(of: "demo {"))
        let end = try #require(text.firstRange(of: "bios {"))
        let fields = text[start.lowerBound..<end.lowerBound].split(whereSeparator: \.isWhitespace).joined(
            separator: " ")
        #expect(
            fields == #"""
                demo { lang: HINDI pi { ms: P name: "Asha" mv: 90 lname: "\340\244\206" lmv: 5 gender: GENDER_F \#
                dob { year: 1975 month: 8 day: 9 } dobt: DOB_D age: 49 email: "a@b" phone: "1" } \#
                pa { ms: E co: "a" house: "b" street: "c" lm: "d" loc: "e" vtc: "f" subdist: "g" dist: "h" \#
                state: "i" pc: "k" po: "l" country: "j" } pfa { ms: S av: "x" mv: 100 lav: "y" } }
                """#)
    }

    @Test(arguments: zip(FingerPosition.allCases, [13, 12, 8, 10, 11, 9, 7, 3, 5, 6, 4]))
    func `each finger has the number that posh has`(position: FingerPosition, number: Int) throws {
        let text = try decoded(block([minutiaeRecord(1, position)], .fingerprint(), Provisioned()))
        #expect(text.contains("posh: \(position.posh)\n"), "\(number)")
    }

    @Test(arguments: [
        #"<Demo lang="99"><Pi name="x"/></Demo>"#, #"<Demo><Pi ms="X" name="x"/></Demo>"#,
        #"<Demo><Pi mv="ninety" name="x"/></Demo>"#, #"<Demo><Pi mv="-1"/></Demo>"#,
        #"<Demo><Pi dob="9 May 1975"/></Demo>"#,
        #"<Demo><Pi dob="1975/08/09"/></Demo>"#, #"<Demo><Pi age="12345"/></Demo>"#,
    ]) func `a Demo that protobuf cannot hold is refused with 200, without its values`(demo: String) throws {
        let provisioned = try Provisioned()
        let options = try options(demo: demo)
        let error = #expect(throws: RDError.self) { try block([minutiaeRecord(1)], options, provisioned) }
        #expect(error?.errCode == .invalidDemo)
        #expect(error.map { !$0.description.contains("1975") && !$0.description.contains("ninety") } == true)
    }

    @Test func `a seal for format 1 says type P and holds the block`() throws {
        let provisioned = try Provisioned()
        var options = PidOptions.fingerprint()
        options.format = .protobuf
        let key = SecretBytes(copying: (0..<32).map { UInt8($0) })
        let seal = Seal(keys: try provisioned.keys(), sessionKey: { () throws(CryptoError) in key })
        let sealed = try seal.seal([minutiaeRecord(2)], for: options, at: vectorTime)
        #expect(sealed.dataType == "P")
        let data = try decodeBase64(sealed.data.utf8)
        let time = PIDTimestamp(secondsSinceEpoch: vectorTime)
        let opened = try AESGCM.open(
            key: key, nonce: time.nonce, aad: time.additionalData, sealed: Array(data[19...]))
        #expect(try opened.isEqual(to: block([minutiaeRecord(2)], options, provisioned)))
    }
}

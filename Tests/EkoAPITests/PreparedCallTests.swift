// What is checked before a call is sent, and what its body looks like to another program.
@testable import EkoAPI
import FoundationEssentials
import Secrets
import Testing
import TestSupport

extension EkoAPI.Operation {
    static let finoEKYC = Catalogue(.reference)["fino-ekyc"]!
    static let finoVerifyOTP = Catalogue(.reference)["fino-verify-otp"]!
}

private func secret(_ text: String) -> SecretBytes { SecretBytes(copying: Array(text.utf8)) }

private func values() throws -> [String: FieldValue] {
    [
        "customer_id": .text("9123456789"), "initiator_id": .text("9962981729"), "user_code": .text("20810200"),
        "aadhar": .aadhaar(try Aadhaar(parsing: secret("234567890123"))),
        "piddata": .pid(secret("<PidData><Resp errCode=\"0\"/>\n\t\\é\u{1}</PidData>")),
    ]
}

struct PreparedCallTests {
    @Test func `A control that a terminal obeys is never raw in JSON`() {
        #expect(
            jsonString("\u{1b}[2J\u{7f}\u{80}\u{9b}2J\u{9f}\u{a0}é")
                == #""\u001b[2J\u007f\u0080\u009b2J\u009f\#u{a0}é""#)
    }

    @Test func `The body is the JSON that Python reads back, secrets and all`() throws {
        let call = try PreparedCall(.finoEKYC, values())
        #expect(call.path == "/customer/payment/dmt-fino/sender/9123456789/otp")
        let program = """
            import json, sys
            body = json.load(sys.stdin)
            assert list(body) == ["initiator_id", "user_code", "aadhar", "piddata"], list(body)
            assert body["aadhar"] == "234567890123"
            assert body["piddata"] == "<PidData><Resp errCode=\\"0\\"/>\\n\\t\\\\é\\x01</PidData>"
            print("same")
            """
        let body = try #require(call.body).withSpan { span in
            String(decoding: span.indices.map { span[$0] }, as: UTF8.self)
        }
        let result = try runTool("python3", ["-c", program], input: Array(body.utf8))
        #expect(result.output == "same\n", "\(result.errors)")
    }

    @Test func `Every character that JSON must escape comes back from Python`() throws {
        let text = String(String.UnicodeScalarView((0..<0x250).compactMap(Unicode.Scalar.init))) + "\u{2028}😀"
        let program =
            "import json,sys; print(json.load(sys.stdin) == ''.join(map(chr, range(0x250))) + '\\u2028\\U0001f600')"
        let result = try runTool("python3", ["-c", program], input: Array(jsonString(text).utf8))
        #expect(result.output == "True\n", "\(result.errors)")
    }

    @Test func `All missing fields are named at once and nothing is made`() throws {
        let error = try #require(throws: InvalidInput.self) {
            _ = try PreparedCall(.finoVerifyOTP, ["customer_id": .text("9123456789")])
        }
        #expect(error.cause.contains("initiator_id, user_code, otp, otp_ref_id, kyc_request_id"))
        #expect(error.nextStep.contains("--kyc-request-id"))
    }

    @Test(arguments: [
        ("customer_id", "5123456789"), ("customer_id", "912345678"), ("customer_id", "9123456789/../x"),
        ("customer_id", "91234567٨٩"), ("initiator_id", "99629 8172"), ("user_code", "2081020A"),
        ("client_ref_id", "123456789012345678901"), ("client_ref_id", "REF/1"), ("client_ref_id", ""),
    ])
    func `A value of the wrong form is refused`(field: String, value: String) throws {
        var values = try values()
        values[field] = .text(value)
        let error = try #require(throws: InvalidInput.self) { _ = try PreparedCall(.finoEKYC, values) }
        #expect(error.code == "field-invalid")
        #expect(!error.cause.contains("aadhar"))
    }

    @Test func `A plain text is no Aadhaar number, whatever it looks like`() throws {
        var values = try values()
        values["aadhar"] = .text("234567890123")
        #expect(throws: InvalidInput.self) { _ = try PreparedCall(.finoEKYC, values) }
    }

    @Test func `References keep leading zeros and base64 characters`() throws {
        let call = try PreparedCall(
            .finoVerifyOTP,
            [
                "customer_id": .text("9123456789"), "initiator_id": .text("9962981729"),
                "user_code": .text("20810200"), "otp": .oneTimePassword(try OneTimePassword(parsing: secret("012345"))),
                "otp_ref_id": .text("00a+/=="), "kyc_request_id": .text("KYC20240101001"),
            ])
        let body = try #require(call.body).withSpan { span in
            String(decoding: span.indices.map { span[$0] }, as: UTF8.self)
        }
        #expect(
            body
                == #"{"initiator_id":"9962981729","user_code":"20810200","otp":"012345","otp_ref_id":"00a+/==","kyc_request_id":"KYC20240101001"}"#
        )
    }

    @Test func `Every operation's path has a field for each of its places, and its fields are distinct`() {
        for operation in APIProfile.allCases.flatMap({ Catalogue($0).operations }) {
            let names = operation.fields.map(\.name)
            #expect(Set(names).count == names.count)
            let places = operation.fields.filter { $0.place == .path }.map(\.name)
            #expect(operation.path.split(separator: "{").dropFirst().map { String($0.prefix { $0 != "}" }) } == places)
            #expect(operation.takesCapture == names.contains("piddata"))
        }
    }
}

struct BaseURLTests {
    @Test(arguments: [
        ("uat", "https://staging.eko.in/ekoapi/v3"), ("production", "https://api.eko.in/ekoicici/v3"),
        ("https://localhost:8443/ekoapi/v3/", "https://localhost:8443/ekoapi/v3"),
    ])
    func `Names and https addresses are taken`(text: String, url: String) throws {
        #expect(try BaseURL(text).text == url)
    }

    @Test(arguments: [
        "http://api.eko.in/ekoicici/v3", "ftp://x", "", "https://", "https:///v3", "https://user@host/v3",
        "https://host/v3?x=1", "https://host/v 3", "HTTPS//host", "https://host/{x}",
    ])
    func `Anything else is refused`(text: String) {
        #expect(throws: InvalidInput.self) { try BaseURL(text) }
    }
}

// What every kind of answer means, with the answers of Eko's pages and those of whatever stands before Eko.
@testable import EkoAPI
import HTTPClient
import Testing

private func outcome(
    _ body: String, status: Int = 200, _ operation: Operation = .finoEKYC, headers: [String: String] = [:],
    now: Int64 = 784_111_777
) -> Outcome {
    Outcome(operation, HTTPResponse(status: status, headers: headers, body: Array(body.utf8)), now: now)
}

struct EnvelopeTests {
    @Test func `Numbers may come as strings and texts as numbers`() throws {
        let envelope = try #require(
            Envelope(
                parsing: Array(
                    #"{"status":"0","response_type_id":"2129","response_status_id":-1,"data":{"otp_ref_id":666803844,"x":1.5}}"#
                        .utf8)))
        #expect(envelope.status == 0)
        #expect(envelope.responseType == 2129)
        #expect(envelope.responseStatus == -1)
        #expect(envelope.data["otp_ref_id"]?.text == "666803844")
        #expect(envelope.message == "")
    }

    @Test(arguments: ["invalid_params", "invalid_parameters"])
    func `Both spellings of the invalid parameters are read`(name: String) throws {
        let body = #"{"status":97,"response_type_id":-1,"\#(name)":{"aadhar":"bad value","n":5}}"#
        #expect(
            try #require(Envelope(parsing: Array(body.utf8))).invalidParameters == ["aadhar": "bad value", "n": "5"])
    }

    @Test(arguments: ["", "<html>", "[]", "0", "{", "{\"status\":0}}", "\"status\""])
    func `What is no JSON object is no envelope`(text: String) {
        #expect(Envelope(parsing: Array(text.utf8)) == nil)
    }

    @Test func `Missing, null and strange members do no harm`() throws {
        let body = #"{"status":null,"response_type_id":[],"message":{"a":1},"data":"text","invalid_params":null}"#
        let envelope = try #require(Envelope(parsing: Array(body.utf8)))
        #expect(envelope.status == nil)
        #expect(envelope.responseType == nil)
        #expect(envelope.data.isEmpty)
        #expect(envelope.invalidParameters.isEmpty)
    }

    @Test func `A server's text is shown on one line, without control characters and Aadhaar numbers`() {
        #expect(shown("a\n\u{1b}[31mb\u{202e}c") == "a  [31mb c")
        #expect(shown("number 234567890123 is, 1234567890123 is not") == "number XXXXXXXX0123 is, 1234567890123 is not")
        #expect(shown(String(repeating: "x", count: 5000)).count == 300)
        let before = String(repeating: "x", count: 288)
        #expect(shown(before + " 234567890123") == before + " XXXXXXXX012", "masked before it is cut")
    }

    @Test func `A text that has to be read is shown with all its lines, or not at all`() {
        let long = String(repeating: "word ", count: 500)
        #expect(shownWhole("\(long)\r\na\u{1b}[31mb 2345 6789 0123") == "\(long)\na [31mb XXXX XXXX 0123")
        #expect(shownWhole(String(repeating: "x", count: 50_000)) == nil)
    }

    @Test(arguments: [
        ("is 2345 6789 0123.", "is XXXX XXXX 0123."), ("2345-6789-0123", "XXXX-XXXX-0123"),
        ("a2345  6789\t0123b", "aXXXX  XXXX 0123b"), ("2345\u{2013}6789 \u{a0}0123", "XXXX\u{2013}XXXX \u{a0}0123"),
        ("17 2345 6789 0123 4567", "17 XXXX XXXX XXXX 4567"), ("२३४५ ६७८९ ०१२३", "XXXX XXXX ०१२३"),
        ("234567890123/234567890124", "XXXXXXXX0123/XXXXXXXX0124"), ("2345 67890123", "2345 67890123"),
        ("2026-11-21 10:20:30", "2026-11-21 10:20:30"), ("1234, or 5678 not 9012", "1234, or 5678 not 9012"),
    ])
    func `An Aadhaar number is masked however it is spelt`(text: String, masked: String) {
        #expect(shown(text) == masked)
    }

    @Test func `The numbers of banks, which have 12 digits too, are masked nowhere, and all else in an answer is`() {
        let members: [String: JSONValue] = [
            "bank_ref_num": .text("632514789012"), "aadhar": .text("234567890123"), "uid": .integer(234_567_890_123),
            "list": .array([.text("of 2345 6789 0123"), .object(["tid": .text("234567890123")])]),
        ]
        #expect(
            JSONValue.object(JSONValue.masked(members)).json
                == #"{"aadhar":"XXXXXXXX0123","bank_ref_num":"632514789012","list":["of XXXX XXXX 0123",{"tid":"234567890123"}],"uid":"XXXXXXXX0123"}"#
        )
        #expect(shownReference("632514789012\n") == "632514789012 ")
        let misnamed: [String: JSONValue] = [
            "aadhar_num": .text("234567890123"), "customer_id": .object(["uid": .text("234567890123")]),
        ]
        #expect(
            JSONValue.object(JSONValue.masked(misnamed)).json
                == #"{"aadhar_num":"XXXXXXXX0123","customer_id":{"uid":"XXXXXXXX0123"}}"#)
    }

    @Test func `JSON is written with sorted names and reads back`() throws {
        let text = #"{"a":[1,-2.5,null,true],"b":{"c":"\"\\\n","d":{}}}"#
        let value = try #require(JSONValue(parsing: Array(text.utf8)))
        #expect(value.json == text)
    }
}

struct OutcomeTests {
    @Test func `The eKYC is done when the OTP is on its way, and the OTP check continues`() {
        let outcome = outcome(
            #"{"status":0,"response_status_id":0,"response_type_id":2129,"message":"Validate the OTP","data":{"kyc_request_id":"9332126","otp_ref_id":"666803844"}}"#
        )
        #expect(outcome.kind == .nextStep)
        #expect(outcome.then == "fino-verify-otp")
    }

    @Test func `A sender who is registered already needs no OTP`() {
        let outcome = outcome(
            #"{"status":0,"response_type_id":2132,"message":"Customer Registration Completed","data":{}}"#)
        #expect(outcome.kind == .alreadyVerified)
        #expect(outcome.then == nil)
        let reference =
            #"{"status":0,"response_type_id":1388,"message":"m","data":{"customer_id":"9123456789","kyc_verified":true}}"#
        #expect(EkoAPITests.outcome(reference).kind == .alreadyVerified)
        let sent = #"{"status":0,"response_type_id":1388,"message":"m","data":{"otp_ref_id":"1","kyc_verified":false}}"#
        #expect(EkoAPITests.outcome(sent).then == "fino-verify-otp")
    }

    @Test(arguments: [
        (401, 2483, "the keys"), (403, 0, "the keys"), (401, 2484, "the keys"),
        (401, 2485, "the time on the signature"), (402, 0, "the signature"),
    ])
    func `A refusal names what was refused`(status: Int, type: Int, what: String) {
        let outcome = outcome(#"{"status":\#(type),"response_type_id":\#(type),"message":"m"}"#, status: status)
        #expect(outcome.kind == .authentication)
        #expect(outcome.cause.hasPrefix("Eko does not accept \(what) (HTTP \(status))"))
    }

    @Test func `The OTP check succeeds in the current shape and in the reference's`() {
        let current =
            #"{"status":0,"response_status_id":0,"response_type_id":2132,"message":"Customer Registration Completed","data":{"user_code":"20810200"}}"#
        let reference =
            #"{"status":0,"response_status_id":0,"message":"eKYC verification successful","response_type_id":1388,"data":{"customer_id":"9123456789","kyc_verified":true,"available_limit":25000}}"#
        #expect(outcome(current, .finoVerifyOTP).kind == .success)
        #expect(outcome(reference, .finoVerifyOTP).kind == .success)
    }

    @Test(arguments: ["false", "null", "\"\"", "\"false\""])
    func `The reference's shape without a true kyc_verified verifies nothing`(value: String) {
        let body = #"{"status":0,"response_type_id":1388,"message":"m","data":{"kyc_verified":\#(value)}}"#
        #expect(outcome(body, .finoVerifyOTP).kind == .refused)
    }

    @Test(arguments: [(302, "otp-wrong"), (303, "otp-expired"), (1, "eko-2131")])
    func `A refused OTP says whether it is wrong or expired`(status: Int, code: String) {
        let outcome = outcome(
            #"{"status":2131,"response_status_id":\#(status),"response_type_id":2131,"message":"OTP failed","data":{"description":"why"}}"#,
            .finoVerifyOTP)
        #expect(outcome.kind == .refused)
        #expect(outcome.code == code)
        #expect(outcome.cause.contains("why"))
    }

    @Test(arguments: [
        (
            #"{"status":2135,"response_status_id":1,"response_type_id":2135,"message":"m","data":{"description":"K-100"}}"#,
            Outcome.Kind.refused
        ),
        (#"{"status":0,"response_type_id":2134,"message":"Customer KYC Pending","data":{"otp_ref_id":""}}"#, .nextStep),
        (
            #"{"status":97,"response_status_id":1,"response_type_id":-1,"message":"m","invalid_params":{"aadhar":"bad"}}"#,
            .invalidInput
        ),
        (#"{"status":346,"response_type_id":346,"message":"Agent not allowed to this transaction"}"#, .refused),
        (#"{"message":"No key for Response"}"#, .refused),
        (#"{"status":1,"response_type_id":2132,"message":"m"}"#, .refused),
        (#"{"status":1,"message":"m"}"#, .refused),
        (#"{"status":0,"response_type_id":4711,"message":"m"}"#, .unknown),
        (#"{"status":2484,"response_type_id":2484,"message":"m"}"#, .authentication),
        ("<html>hello</html>", .unknown), ("", .unknown),
    ])
    func `An answer with HTTP 200 is judged by its type and then its status`(body: String, kind: Outcome.Kind) {
        #expect(outcome(body).kind == kind)
    }

    @Test(arguments: APIProfile.allCases)
    func `An answer of an unknown type is a success only where nothing follows and no money moves`(
        profile: APIProfile
    ) {
        let successes = Catalogue(profile).operations.filter { operation in
            let outcome = outcome(#"{"status":0,"response_type_id":4711,"message":"m"}"#, operation)
            #expect(outcome.code == "unknown-answer-type" && outcome.strict.kind == .unknown)
            #expect([.success, .unknown].contains(outcome.kind) && !outcome.isTransient)
            return outcome.kind == .success
        }
        #expect(
            successes.map(\.name) == [
                "fino-verify-otp", "fingpay-biometric", "fingpay-daily", "fingpay-balance", "fingpay-mini-statement",
                "digikhata-languages", "digikhata-pan", "transaction",
            ])
    }

    @Test func `Of a complaint about a secret nothing is said but that there was one`() {
        let body =
            #"{"status":97,"response_type_id":-1,"message":"m","invalid_params":{"otp":"654321 is not valid","pan":"ABCDE1234F unknown","kyc_request_id":"93 is unknown"}}"#
        let cause = outcome(body, .finoVerifyOTP).cause
        #expect(
            cause
                == "Eko finds a value invalid: kyc_request_id: 93 is unknown; otp: refused by Eko; pan: refused by Eko")
    }

    @Test(arguments: [
        (301, Outcome.Kind.route), (302, .route), (401, .authentication), (402, .authentication),
        (403, .authentication),
        (404, .route), (405, .route), (415, .route), (429, .unknown), (500, .unknown), (502, .unknown), (504, .unknown),
    ])
    func `An HTTP status that is not Eko's application's is judged by itself`(status: Int, kind: Outcome.Kind) {
        #expect(outcome("<html>No mapping rule matched</html>", status: status).kind == kind)
        #expect(outcome(#"{"status":0,"response_type_id":2129}"#, status: status).kind == kind)
    }

    @Test func `An unknown outcome says so, and that nothing is sent twice`() {
        let outcome = outcome("<html>", status: 502)
        #expect(outcome.cause.contains("HTTP 502"))
        #expect(outcome.cause.contains("unknown whether Eko acted"))
        #expect(outcome.hint.contains("nothing is sent twice"))
    }

    @Test func `A clock that is three minutes off is named when the signature is refused`() {
        let headers = ["date": "Sun, 06 Nov 1994 08:49:37 GMT"]
        let body = #"{"status":2485,"response_type_id":2485,"message":"expired"}"#
        let ahead = outcome(body, status: 401, headers: headers, now: 784_111_777 + 180)
        #expect(ahead.code == "eko-2485")
        #expect(ahead.hint.contains("180 s ahead of"))
        #expect(outcome(body, status: 403, headers: headers, now: 784_111_777 - 200).hint.contains("200 s behind"))
        #expect(!outcome(body, status: 401, headers: headers, now: 784_111_777 + 5).hint.contains("ahead"))
    }
}

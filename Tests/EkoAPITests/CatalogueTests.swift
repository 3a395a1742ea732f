// The operations as data: the table of the API notes, and what each profile sends.
@testable import EkoAPI
import HTTPClient
import Secrets
import Synchronization
import TestSupport
import Testing

private func secret(_ text: String) -> SecretBytes { SecretBytes(copying: Array(text.utf8)) }

struct CatalogueTests {
    @Test(arguments: APIProfile.allCases)
    func `Every operation that wants references names the one whose success brings them`(profile: APIProfile) {
        let catalogue = Catalogue(profile)
        for operation in catalogue.operations {
            let wanted = operation.fields.filter { $0.isRequired && $0.format == .reference }
            #expect((operation.origin != nil) == !wanted.isEmpty, "\(operation.name)")
            guard let origin = operation.origin.flatMap({ catalogue[$0] }) else { continue }
            #expect(wanted.allSatisfy { origin.results.contains($0.name) }, "\(operation.name)")
            #expect(origin.field("otp") == nil && origin.leadsOn, "\(origin.name) needs nothing that was lost")
        }
    }

    /// Section 10 of the API notes: method, path, Aadhaar (p plain, r RSA), PID with wadh (w), without (n), success types.
    static let table: [(String, String, String, String, [Int])] = [
        ("fino-get", "GET", "/customer/payment/dmt-fino/sender/{customer_id}", "", [309, 308, 2134, 2129]),
        ("fino-onboard", "POST", "/customer/payment/dmt-fino/sender/{customer_id}", "", [2134, 300, 309]),
        ("fino-ekyc", "PUT", "/customer/payment/dmt-fino/sender/{customer_id}/otp", "pw", [2129, 2132, 2135]),
        ("fino-verify-otp", "PUT", "/customer/payment/dmt-fino/sender/{customer_id}/otp/verify", "", [2132, 2131]),
        ("fingpay-send-otp", "POST", "/user/collection/aeps-fingpay/kyc/otp", "r", [1600, 346, 461]),
        ("fingpay-verify-otp", "PUT", "/user/collection/aeps-fingpay/kyc/otp/verify", "r", [1604, 461]),
        ("fingpay-biometric", "PUT", "/user/collection/aeps-fingpay/kyc/biometric", "rw", [1605, 461]),
        ("fingpay-daily", "PUT", "/user/collection/aeps-fingpay/kyc/biometric/daily", "rn", [1713, 1714]),
        (
            "fingpay-withdraw-otp", "POST",
            "/customer/collection/aeps-fingpay/cash-withdrawal/otp/{customer_id}", "r", [1459]
        ),
        (
            "fingpay-withdraw", "POST", "/customer/collection/aeps-fingpay/cash-withdrawl/{customer_id}", "rn",
            [1463, 1464, 1465, 1459]
        ),
        (
            "fingpay-balance", "POST", "/customer/collection/aeps-fingpay/balance-enquiry/{customer_id}", "rn",
            [1466, 1464, 1467]
        ),
        (
            "fingpay-mini-statement", "POST", "/customer/collection/aeps-fingpay/mini-statement/{customer_id}", "rn",
            [1527, 1528]
        ),
        ("digikhata-get", "GET", "/customer/payment/ppi-digikhata/sender/{customer_id}", "", [2129, 308]),
        ("digikhata-onboard", "POST", "/customer/payment/ppi-digikhata/sender/{customer_id}", "", [2129, 300]),
        ("digikhata-send-otp", "POST", "/customer/payment/ppi-digikhata/sender/{customer_id}/otp", "", [2129]),
        (
            "digikhata-verify-otp", "POST", "/customer/payment/ppi-digikhata/sender/{customer_id}/otp/verify", "",
            [309, 2136]
        ),
        (
            "digikhata-languages", "GET",
            "/customer/payment/ppi-digikhata/sender/{customer_id}/aadhaar/consent/languages", "", [2444]
        ),
        (
            "digikhata-consent", "GET",
            "/customer/payment/ppi-digikhata/sender/{customer_id}/aadhaar/consent/details", "", [2446]
        ),
        (
            "digikhata-aadhaar-otp", "POST", "/customer/payment/ppi-digikhata/sender/{customer_id}/aadhaar/otp", "p",
            [2129]
        ),
        (
            "digikhata-verify-aadhaar", "POST",
            "/customer/payment/ppi-digikhata/sender/{customer_id}/aadhaar/otp/verify", "", [2147]
        ),
        ("digikhata-pan", "POST", "/customer/payment/ppi-digikhata/sender/{customer_id}/pan", "", [309]),
        ("transaction", "GET", "/tools/reference/transaction/{transaction}", "", [1472, 168]),
    ]

    @Test func `The current profile is the table of the notes, row by row`() throws {
        let catalogue = Catalogue(.current)
        #expect(catalogue.operations.map(\.name) == Self.table.map(\.0))
        for (name, method, path, marks, types) in Self.table {
            let operation = try #require(catalogue[name])
            #expect(operation.method == method, "\(name)")
            #expect(operation.path == path, "\(name)")
            #expect((operation.aadhaarField?.format == .aadhaar) == marks.contains("p"), "\(name)")
            #expect((operation.aadhaarField?.format == .encryptedAadhaar) == marks.contains("r"), "\(name)")
            if case .bound(let wadhs) = operation.capture {
                #expect(wadhs[0].value == "E0jzJ/P8UopUHAieZn8CKqS4WPMi5ZSYXgfnlfkWjrc=")
                #expect(marks.contains("w"))
            } else {
                #expect((operation.capture == .unbound) == marks.contains("n"), "\(name)")
            }
            for type in types { #expect(operation.answers.contains { $0.type == type }, "\(name) \(type)") }
        }
    }

    @Test func `The reference profile has the five pages that were asked for`() throws {
        let catalogue = Catalogue(.reference)
        let pages = [
            ("fingpay-send-otp", "POST", "/customer/aeps/fingpay/kyc/otp", ["aadhaar"]),
            ("fino-ekyc", "PUT", "/customer/payment/dmt-fino/sender/{customer_id}/otp", ["aadhar", "piddata"]),
            (
                "fino-verify-otp", "PUT", "/customer/payment/dmt-fino/sender/{customer_id}/otp/verify",
                ["otp", "otp_ref_id", "kyc_request_id"]
            ),
            (
                "digikhata-aadhaar-otp", "POST",
                "/customer/payment/ppi-digikhata/sender/{customer_id}/aadhaar/otp", ["aadhar"]
            ),
        ]
        for (name, method, path, own) in pages {
            let operation = try #require(catalogue[name])
            #expect(operation.method == method)
            #expect(operation.path == path)
            let fields = operation.fields.filter { $0.place == .parameter }
            #expect(fields.map(\.name) == ["initiator_id", "user_code", "client_ref_id"] + own)
            #expect(fields.filter { !$0.isRequired }.map(\.name) == ["client_ref_id"])
        }
    }

    @Test func `Every continuation names an operation`() {
        for profile in APIProfile.allCases {
            let catalogue = Catalogue(profile)
            for answer in catalogue.operations.flatMap(\.answers) {
                switch answer.meaning {
                case .success(let then?), .nextStep(_, let then?): #expect(catalogue[then] != nil, "\(then)")
                default: break
                }
            }
        }
    }

    @Test func `A GET carries its fields in the query, percent-encoded, and has no body`() throws {
        let operation = try #require(Catalogue(.current)["transaction"])
        let call = try PreparedCall(
            operation,
            ["transaction": .text("client_ref_id:REF-1"), "initiator_id": .text("9962981729"), "user_code": .text("1")])
        #expect(call.path == "/tools/reference/transaction/client_ref_id:REF-1?initiator_id=9962981729&user_code=1")
        #expect(call.body == nil)
    }

    @Test func `An address has the shape that its operation wants, and an amount is a number`() throws {
        let text = "line=12 Park Road;city=Pune;state=MH;pincode=411001;district=Pune;area=Camp"
        let values: [String: FieldValue] = [
            "customer_id": .text("9123456789"), "initiator_id": .text("9962981729"), "user_code": .text("20810200"),
            "name": .text("Asha"), "dob": .text("1990-01-31"),
            "residence_address": .address(try Address(parsing: text)),
        ]
        func body(_ name: String, _ profile: APIProfile) throws -> String {
            let operation = try #require(Catalogue(profile)[name])
            let call = try PreparedCall(operation, values)
            let body = try #require(call.body)
            return body.withSpan { span in String(decoding: span.indices.map { span[$0] }, as: UTF8.self) }
        }
        #expect(
            try body("fino-onboard", .current).hasSuffix(
                #""residence_address":"{\"line\":\"12 Park Road\",\"city\":\"Pune\",\"state\":\"MH\",\"pincode\":\"411001\",\"district\":\"Pune\",\"area\":\"Camp\"}"}"#
            ))
        #expect(try body("fino-onboard", .reference).contains(#""residence_address":"[\"12 Park Road\",\"Pune\""#))
        #expect(try body("digikhata-onboard", .current).contains(#""residence_address":["12 Park Road","Pune""#))
        #expect(throws: InvalidInput.self) { try Address(parsing: "street=x") }
    }
}

struct FingpayKeyTests {
    /// K1 of the API notes, 7.1.
    static let key =
        "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCaFyrzeDhMaFLx+LZUNOOO14Pj9aPfr+1WOanDgDHxo9NekENYcWUftM9Y17ul2pXr3bqw0GCh4uxNoTQ5cTH4buI42LI8ibMaf7Kppq9MzdzI9/7pOffgdSn+P8J64CJAk3VrVswVgfy8lABt7fL8R6XReI9x8ewwKHhCRTwBgQIDAQAB"

    @Test func `The key is read from base64 and PEM, and its fingerprint is the published one`() throws {
        let bare = try FingpayKey(parsing: Array(Self.key.utf8), from: "k1")
        #expect(bare.bits == 1024)
        #expect(bare.fingerprint == "481d1db23018a1d67a3797b097ca8ede52ce2cf9d4f9e1868da59cd511cdedd6")
        let pem =
            "-----BEGIN PUBLIC KEY-----\n\(Self.key.prefix(64))\n\(Self.key.dropFirst(64))\n-----END PUBLIC KEY-----\n"
        #expect(try FingpayKey(parsing: Array(pem.utf8), from: "k1").fingerprint == bare.fingerprint)
        #expect(throws: InvalidInput.self) { try FingpayKey(parsing: Array("nonsense".utf8), from: "k1") }
    }

    @Test func `Under the key that was read, openssl comes to the published ciphertext`() throws {
        let folder = try TemporaryFolder()
        let der = try FingpayKey(parsing: Array(Self.key.utf8), from: "k1").der
        let key = try folder.write("k1.der", der)
        let block = [0, 2] + [UInt8](repeating: 0xaa, count: 113) + [0] + Array("999941057058".utf8)
        let input = try folder.write("block", block)
        let made = try runTool(
            "sh",
            [
                "-c",
                "openssl pkeyutl -encrypt -pubin -keyform DER -inkey '\(key)' -pkeyopt rsa_padding_mode:none -in '\(input)' | base64 -w0",
            ])
        #expect(
            made.output
                == "diDHnXgJblT5ydws1Hde2PEU7r/xx8QUnDjwbvu0GWqXwscjCjpUC2oX8YIF5hGpdusKqRjFjehKigkVctGmwIfqH/CQxw0x46deRxeyvlsnRYSrZBdtAf4fIlKURswAQND0d4+eeQIc0nRXYWH72o6uIA9LJA8lMktkw+rTvcI="
        )
    }

    @Test func `openssl reads the number back from 172 characters that differ each time`() throws {
        let folder = try TemporaryFolder()
        let made = try runTool(
            "sh",
            [
                "-c",
                "cd '\(folder.path)' && openssl genrsa -out key 1024 2>/dev/null && openssl rsa -in key -pubout 2>/dev/null",
            ])
        let key = try FingpayKey(parsing: Array(made.output.utf8), from: "key")
        let aadhaar = try Aadhaar(parsing: secret("999941057058"))
        let texts = try (0..<2).map { _ in
            try key.encrypt(aadhaar).base64.withSpan { span in
                String(decoding: span.indices.map { span[$0] }, as: UTF8.self)
            }
        }
        #expect(texts[0] != texts[1])
        #expect(texts.allSatisfy { $0.count == 172 && $0.hasSuffix("=") })
        let read = try runTool(
            "sh",
            [
                "-c",
                "base64 -d | openssl pkeyutl -decrypt -inkey '\(folder.file("key"))' -pkeyopt rsa_padding_mode:pkcs1",
            ],
            input: Array(texts[0].utf8))
        #expect(read.output == "999941057058")
    }
}

struct LedgerTests {
    @Test func `Two signers that share a ledger never sign the same millisecond`() throws {
        let folder = try TemporaryFolder()
        let key = try AccessKey(secret("a"))
        let signers = (0..<2).map { _ in
            Signer(key: key, ledger: TimestampLedger(path: folder.file("t"))) { 1_700_000_000_000 }
        }
        let stamps = try (0..<100).map { try signers[$0 % 2].sign().timestamp }
        #expect(Set(stamps).count == 100)
        #expect(stamps == stamps.sorted())
    }

    @Test func `A ledger that another program keeps locked is told in time, and nothing is signed`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("t", [])
        let holder = try RunningProgram(["flock", path, "sh", "-c", "echo held; sleep 60"])
        try holder.waitBlocking(for: "lock") { holder.output == "held\n" }
        defer { holder.send(signal: 15) }
        let error = #expect(throws: SignerError.self) {
            try TimestampLedger(path: path, patience: .milliseconds(50)).claim(1)
        }
        #expect(error?.code == "timestamp-locked")
    }

    @Test func `A last timestamp far ahead is the trace of a clock that was set back`() throws {
        let folder = try TemporaryFolder()
        let ledger = TimestampLedger(path: try folder.write("t", "1700000200000\n".utf8))
        #expect(try ledger.claim(1_700_000_000_000) == 1_700_000_000_000)
        #expect(try ledger.claim(1_699_999_999_000) == 1_700_000_000_001)
    }
}

struct TransactionOutcomeTests {
    private func outcome(_ body: String, _ name: String) throws -> Outcome {
        let operation = try #require(Catalogue(.current)[name])
        return Outcome(operation, .init(status: 200, body: Array(body.utf8)), now: 0)
    }

    @Test(arguments: [
        ("0", Outcome.Kind.success), ("1", .refused), ("2", .unknown), ("3", .unknown), ("4", .refused),
        ("5", .unknown),
        ("6", .unknown),
    ])
    func `Only a final state of a transaction is a final outcome`(status: String, kind: Outcome.Kind) throws {
        for value in [status, "\"\(status)\""] {
            let body = #"{"status":0,"response_type_id":1472,"message":"m","data":{"tx_status":\#(value),"tid":"17"}}"#
            let outcome = try outcome(body, "transaction")
            #expect(outcome.kind == kind)
            #expect(kind != .unknown || outcome.hint.contains("--tid 17"))
        }
    }

    @Test func `A withdrawal that is pending although its status is 0 is no success`() throws {
        let body =
            #"{"status":0,"response_status_id":2,"response_type_id":1465,"message":"m","data":{"tx_status":"2"}}"#
        #expect(try outcome(body, "fingpay-withdraw").kind == .unknown)
    }

    @Test func `An unknown outcome becomes what the inquiry says, and stays unknown where it says nothing`() throws {
        let operation = try #require(Catalogue(.current)["fingpay-withdraw"])
        let lost = Outcome(operation, .init(status: 502), now: 0)
        let done = try outcome(
            #"{"status":0,"response_type_id":1472,"message":"m","data":{"tx_status":"0"}}"#, "transaction")
        let none = try outcome(#"{"status":168,"response_type_id":168,"message":"m"}"#, "transaction")
        #expect(lost.resolved(by: done, reference: "R").kind == .success)
        #expect(lost.resolved(by: none, reference: "R").kind == .unknown)
        #expect(lost.resolved(by: none, reference: "R").hint.contains("client_ref_id:R"))
    }
}

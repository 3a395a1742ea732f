// What UIDAI's part accepts and refuses, with PidData made in Python.
import Platform
import Testing

@Suite struct PidDataTests {
    let sandbox: SandboxUnderTest

    init() throws { sandbox = try SandboxUnderTest.shared.get() }

    @Test func `a PidData that keeps to the specification is accepted`() throws {
        // As it is, with an XML declaration, with a picture beside the minutiae, and in protobuf.
        let replies = try sandbox.take(
            all: ["", "declaration", "fmr-fir", "protobuf", "protobuf-fmr-fir", "protobuf-demo"].map {
                ["call": "ekyc", "broken": $0, "customer": "9000000001"]
            })
        for reply in replies {
            #expect(reply.http == 200)
            #expect(reply.status == 0)
            #expect(reply.statusID == 0)
            #expect(reply.type == 2129)
            #expect(reply.message == "Validate the OTP")
            #expect(Set(reply.data.keys) == ["user_code", "intent_id", "kyc_request_id", "otp_ref_id", "mobile"])
            #expect(reply.data["user_code"] as? String == "20810200")
            #expect(reply.data["mobile"] as? String == "******0001")
        }
    }

    /// Each place that is broken, and UIDAI's code for it.
    private static let broken: KeyValuePairs = [
        "skey-garbage": 500, "skey-short": 500, "skey-oaep": 500, "skey-other-key": 500, "ci": 501,
        "data": 502, "data-time": 502, "data-nonce": 502, "data-aad": 502, "data-lines": 502,
        "hmac-seal": 503, "hmac-short": 503, "hmac": 564,
        "pid-declaration": 511, "pid-blanks": 511, "pid-cut": 511, "pid-doctype": 511, "pid-element": 511,
        "pid-time": 511, "no-bio": 511, "bio-wrapped": 511, "bio-type": 511, "data-type": 511,
        "data-protobuf": 513, "protobuf-no-dih": 513, "protobuf-no-bs": 513, "protobuf-cut": 513,
        "protobuf-field": 513, "protobuf-twice": 513, "protobuf-wire": 513, "protobuf-long": 513,
        "pid-namespace": 587, "pid-version": 541,
        "dc": 521, "mi": 524, "rdsId": 555, "rdsVer": 556, "dpId": 557, "dih": 558,
        "mc-none": 527, "mc-garbage": 527, "mc-lines": 527, "mc-stranger": 527, "mc-future": 527,
        "mc-other-device": 527, "mc-expired": 559,
        "bs": 822, "bs-text": 822, "bs-time": 822, "bs-other-key": 822,
        "wadh": 552, "wadh-none": 552,
        "fmr-few": 300, "fmr-small": 300, "fmr-resolution": 300, "fmr-outside": 300, "fmr-ansi": 300,
        "fmr-trailing": 300, "fir-length": 300, "fir-size": 300, "fir-picture": 300, "fir-resolution": 300,
        "fmr-position": 572, "fir-position": 572, "posh": 572, "posh-other": 572,
        "bio-twice": 310,
    ]
    private static let unsent = ["errcode", "cut", "doctype", "no-hmac", "json", "ftype", "fcount"]

    /// The answers to all broken ones, by the place that is broken.
    private static let refusals = Result {
        let kinds = broken.map(\.key) + unsent
        let replies = try SandboxUnderTest.shared.get().take(all: kinds.map { ["call": "ekyc", "broken": $0] })
        return Dictionary(uniqueKeysWithValues: zip(kinds, replies))
    }

    @Test(arguments: broken.map { ($0.key, $0.value) })
    func `a PidData that is wrong in one place is refused with UIDAI's code for that place`(
        kind: String, code: Int
    ) throws {
        let reply = try #require(Self.refusals.get()[kind])
        #expect(reply.http == 200)
        #expect(reply.status == 2135)
        #expect(reply.statusID == 1)
        #expect(reply.type == 2135)
        #expect(reply.message == "Customer KYC Pending")
        #expect(
            reply.description.hasPrefix("K-100 EKYC Verification failed (UIDAI \(code): "), "\(reply.description)")
        #expect(sandbox.log.contains { $0.contains("2135 refused: UIDAI \(code) ") })
    }

    @Test(arguments: unsent)
    func `what is no whole PidData of a good capture is refused before UIDAI is asked`(kind: String) throws {
        let reply = try #require(Self.refusals.get()[kind])
        #expect(reply.status == 2135)
        #expect(reply.description.hasPrefix("K-100 EKYC Verification failed ("), "\(reply.description)")
        #expect(!reply.description.contains("UIDAI"))
    }

    @Test func `a PID is good for 24 hours and not before its time`() throws {
        let replies = try sandbox.take(
            ["call": "ekyc", "age": 24 * 3600 - 60, "customer": "9000000002"], ["call": "ekyc", "age": 24 * 3600 + 60],
            ["call": "ekyc", "age": -4, "customer": "9000000002"], ["call": "ekyc", "age": -60])
        #expect(replies.map(\.type) == [2129, 2135, 2129, 2135])
        #expect(replies[1].description.contains("UIDAI 561: "))
        #expect(replies[3].description.contains("UIDAI 562: "))
    }

    @Test func `a PID is taken once, from whomever it comes again`() throws {
        let replies = try sandbox.take(
            ["call": "ekyc", "customer": "9000000003"], ["call": "ekyc", "customer": "9000000003", "pid_of": 0],
            ["call": "ekyc", "customer": "9000000004", "pid_of": 0])
        #expect(replies.map(\.type) == [2129, 2135, 2135])
        #expect(replies[1].description.contains("UIDAI 563: "))
        #expect(replies[2].description.contains("UIDAI 563: "))
    }

    @Test func `a PID that was refused for another reason cannot be sent again either`() throws {
        let replies = try sandbox.take(["call": "ekyc", "broken": "wadh"], ["call": "ekyc", "pid_of": 0])
        #expect(replies[0].description.contains("UIDAI 552: "))
        #expect(replies[1].description.contains("UIDAI 563: "))
    }

    @Test func `when the device provider's certificate has expired no device of it is believed`() throws {
        let later = try SandboxUnderTest(clock: { wallClockMilliseconds() + 701 * 24 * 3_600_000 })
        #expect(try later.take(["call": "ekyc"])[0].description.contains("UIDAI 560: "))
    }
}

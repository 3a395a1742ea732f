// The way from an accepted finger over the OTP to a verified sender.
import EkoSandbox
import Foundation
import TestSupport
import Testing

@Suite struct OTPTests {
    @Test func `the right OTP verifies the sender, in the words of the reference page`() throws {
        let sandbox = try SandboxUnderTest()
        let replies = try sandbox.take(
            ["call": "ekyc"], ["call": "verify", "refs_of": 0], ["call": "verify", "refs_of": 0], ["call": "ekyc"])
        let done = replies[1]
        #expect(done.http == 200)
        #expect(done.status == 0)
        #expect(done.statusID == 0)
        #expect(done.type == 1388)
        #expect(done.message == "eKYC verification successful")
        #expect(done.data["customer_id"] as? String == "9123456789")
        #expect(done.data["kyc_verified"] as? Bool == true)
        #expect(done.data["available_limit"] as? Int == 25000)
        #expect(done.data.count == 3)
        #expect(replies[2].type == 2131)
        #expect(replies[2].statusID == 1)
        #expect(replies[2].description == "Customer Already registred")
        // A verified sender gets no new OTP.
        #expect(replies[3].type == 1388)
    }

    @Test func `the current profile answers as Eko does since July 2026 and does not insist on user_code`() throws {
        let sandbox = try SandboxUnderTest { $0.profile = .current }
        let replies = try sandbox.take(
            ["call": "ekyc", "without": ["user_code"]], ["call": "verify", "refs_of": 0])
        #expect(replies.map(\.type) == [2129, 2132])
        #expect(replies[1].data["user_code"] as? String == "20810200")
    }

    @Test func `the OTP stands in its file, which is private, and in no answer and no log line`() throws {
        let sandbox = try SandboxUnderTest()
        let replies = try sandbox.take(["call": "ekyc"])
        let file = sandbox.folder.file("otp")
        let otp = try String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .newlines)
        #expect(otp.wholeMatch(of: /[0-9]{6}/) != nil)
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(!replies[0].text.contains(otp))
        let log = sandbox.log.joined()
        #expect(!log.contains(otp))
        #expect(!log.contains("999941057058"))
        #expect(!log.contains("9123456789"))
        #expect(log.contains("PUT /customer/payment/dmt-fino/sender/******6789/otp 200/2129 accepted"))
    }

    @Test func `three wrong tries make the OTP void`() throws {
        let sandbox = try SandboxUnderTest()
        let wrong: [String: Any] = ["call": "verify", "refs_of": 0, "wrong_otp": true]
        let replies = try sandbox.take(["call": "ekyc"], wrong, wrong, wrong, ["call": "verify", "refs_of": 0])
        #expect(replies[1...3].allSatisfy { $0.status == 2131 && $0.type == 2131 && $0.statusID == 302 })
        #expect(replies[1].description == "Wrong OTP")
        #expect(replies[4].type == 2131)
        #expect(replies[4].statusID == 303)
    }

    @Test func `after two wrong tries the right OTP still counts`() throws {
        let sandbox = try SandboxUnderTest()
        let wrong: [String: Any] = ["call": "verify", "refs_of": 0, "wrong_otp": true]
        #expect(try sandbox.take(["call": "ekyc"], wrong, wrong, ["call": "verify", "refs_of": 0])[3].type == 1388)
    }

    @Test func `an OTP is good for ten minutes`() throws {
        let sandbox = try SandboxUnderTest()
        let sent = try sandbox.take(["call": "ekyc"])[0]
        sandbox.wait(.seconds(590))
        let otp = try String(contentsOfFile: sandbox.folder.file("otp"), encoding: .utf8).prefix(6)
        var fields = ["otp": String(otp)]
        for name in ["otp_ref_id", "kyc_request_id"] { fields[name] = try #require(sent.data[name] as? String) }
        let common = ["initiator_id": "9962981729", "user_code": "20810200"]
        let body = try String(
            decoding: JSONSerialization.data(withJSONObject: fields.merging(common) { $1 }), as: UTF8.self)
        let late = try SandboxUnderTest()
        let other = try late.take(["call": "ekyc"])[0]
        late.wait(.seconds(610))
        #expect(try sandbox.take(["call": "verify", "raw": body])[0].type == 1388)
        var stale = fields
        for name in ["otp_ref_id", "kyc_request_id"] { stale[name] = try #require(other.data[name] as? String) }
        let staleBody = try String(
            decoding: JSONSerialization.data(withJSONObject: stale.merging(common) { $1 }), as: UTF8.self)
        let reply = try late.take(["call": "verify", "raw": staleBody])[0]
        #expect(reply.status == 2131)
        #expect(reply.statusID == 303)
        #expect(reply.description == "OTP expired")
    }

    @Test func `references of nobody, of another sender and of an earlier capture are refused`() throws {
        let sandbox = try SandboxUnderTest()
        let replies = try sandbox.take(
            ["call": "ekyc"], ["call": "verify", "refs_of": 0, "change": ["otp_ref_id": "123456789"]],
            ["call": "verify", "refs_of": 0, "customer": "9123456780"], ["call": "ekyc"],
            ["call": "verify", "refs_of": 0], ["call": "verify", "refs_of": 3])
        #expect([1, 2, 4].allSatisfy { replies[$0].type == 2131 && replies[$0].statusID == 1 })
        #expect(replies[5].type == 1388)
    }
}

// Answers that do not come: what became of the call is found out before anything is done again.
import FoundationEssentials
import Glibc
import Platform
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct UnknownOutcomeTests {
    private let address = [
        "--name", "Asha Rao", "--dob", "1990-01-31", "--address",
        "line=12 Park Road;city=Pune;state=MH;pincode=411001;district=Pune;area=Camp",
    ]

    /// Steps that the sandbox was asked to take, by method and type of answer.
    private func taken(_ rig: SandboxRig, _ text: String) -> Int {
        rig.log.split(separator: "\n").filter { $0.contains(text) }.count
    }

    private func state(_ rig: SandboxRig) throws -> String {
        String(decoding: try readFile(rig.client.folder.file("state"), limit: 10_000), as: UTF8.self)
    }

    private func agent(_ rig: SandboxRig, _ step: String, _ more: String = "") -> String {
        "\(step) --customer 9962981729 --aadhaar-file \(rig.client.aadhaarFile) --consent --latlong 28.6,77.2 \(more)"
    }

    // MARK: One call

    @Test func `A withdrawal whose answer is lost is looked up, not repeated`() throws {
        let rig = try SandboxRig("current", ["--fault", "cut-unanswered", "--fault-on", "cash-withdrawl"])
        let sent = try rig.succeed(agent(rig, "fingpay send-otp"))
        func references(_ reply: SandboxRig.Reply) throws -> String {
            "--otp-ref-id \(try #require(reply.data.otp_ref_id)) --reference-tid \(try #require(reply.data.reference_tid))"
        }
        let confirmed = try rig.succeed(
            agent(rig, "fingpay verify-otp", "\(try references(sent)) --otp-file \(rig.otp)"))
        _ = try rig.succeed(agent(rig, "fingpay biometric", "--bank-code HDFC \(try references(confirmed))"))
        _ = try rig.succeed(agent(rig, "fingpay daily", "--bank-code HDFC"))

        let pay = agent(rig, "fingpay withdraw", "--bank-code HDFC --amount 500")
        let lost = try rig.run("\(pay) --json")
        #expect(lost.status == 5)
        // The reference is known before the answer that does not come, and Eko finds the withdrawal by it.
        let announced = try #require(lost.errors.firstMatch(of: /^\{"client_ref_id":"([0-9a-z]+)"\}\n/))
        let error = try ErrorObject(lost.errors).error
        #expect(error.client_ref_id == String(announced.1))
        #expect(error.hint == "find out first: ekyc-client transaction --tid client_ref_id:\(announced.1)")
        #expect(try rig.succeed("transaction --tid client_ref_id:\(announced.1)").data.tx_status == "0")
        let resolved = try rig.run("\(pay) --resolve --json -v")
        #expect(resolved.status == 0, "\(resolved.errors)")
        #expect(resolved.errors.contains("asking Eko about "))
        #expect(resolved.output.contains(#""outcome":"success""#) && resolved.output.contains(#""amount":"500""#))
        #expect(taken(rig, "/1463 ") == 2)
        #expect(taken(rig, "/1472 ") == 2)
    }

    // MARK: Flows

    @Test func `A flow looks first after an answer that was lost, and ends when Eko had done the rest`() throws {
        let rig = try SandboxRig("reference", ["--fault", "cut-unanswered", "--fault-on", "/otp/verify"])
        let line =
            "flow fino --customer 9123456789 --aadhaar-file \(rig.client.aadhaarFile) --consent --state "
            + rig.client.folder.file("state")
        #expect(try rig.run(line, address).status == 3)
        let lost = try rig.run("\(line) --otp-file \(rig.otp) --json", address)
        #expect(lost.status == 5)
        #expect(try ErrorObject(lost.errors).error.hint.contains("same command again"))
        #expect(try state(rig).contains(#""unresolved":{"operation":"fino-verify-otp"}"#))
        let again = try rig.run("\(line) -v", address)
        #expect(again.status == 0, "\(again.errors)")
        #expect(again.errors.contains("unknown whether Eko took the OTP check; looking first"))
        #expect(again.output.contains("verified already"))
        #expect(!FileManager.default.fileExists(atPath: rig.client.folder.file("state")))
        #expect(taken(rig, "PUT /customer/payment/dmt-fino/sender/******6789/otp/verify") == 1)
    }

    @Test func `A flow whose capture was accepted unheard asks for no other finger`() throws {
        let rig = try SandboxRig(
            "reference", ["--fault", "cut", "--fault-on", "9123456789/otp", "--fault-times", "1"])
        let line =
            "flow fino --customer 9123456789 --aadhaar-file \(rig.client.aadhaarFile) --consent --state "
            + rig.client.folder.file("state")
        #expect(try rig.run(line, address).status == 5)
        let again = try rig.run("\(line) --json", address)
        #expect(again.status == 3, "\(again.errors)")
        #expect(try ErrorObject(again.errors).error.code == "otp-needed")
        #expect(rig.client.captures.count == 1)
        let done = try rig.run("\(line) --otp-file \(rig.otp)", address)
        #expect(done.status == 0, "\(done.errors)")
    }

    @Test func `An agent's flow asks what became of its last step, which nobody but a person can say`() throws {
        let rig = try SandboxRig(
            "current", ["--fault", "cut-unanswered", "--fault-on", "kyc/biometric", "--fault-times", "1"])
        let flow = agent(rig, "flow fingpay", "--bank-code HDFC --json --state \(rig.client.folder.file("state"))")
        #expect(try rig.run(flow).status == 3)
        #expect(try rig.run("\(flow) --otp-file \(rig.otp) --resolve").status == 5)
        let kept = try state(rig)
        #expect(kept.contains(#""operation":"fingpay-biometric""#) && kept.contains("client_ref_id"))
        // Eko knows of transactions only; so asking it does not help, and nothing is sent.
        let unclear = try rig.run("\(flow) -q")
        #expect(unclear.status == 5)
        #expect(try ErrorObject(unclear.errors).error.code == "flow-unresolved")
        #expect(taken(rig, "/1605 ") == 1)
        let copy = try rig.client.folder.write("copy", kept.utf8)
        let done = try rig.run("\(flow) --after-unknown done")
        #expect(done.status == 0, "\(done.errors)")
        #expect(done.output == "{\"next\":null,\"outcome\":\"success\"}\n")
        #expect(!FileManager.default.fileExists(atPath: rig.client.folder.file("state")))
        // Whoever says wrongly that it is to be repeated is refused by Eko, and begins anew.
        let repeated = try rig.run(
            "\(flow.replacing(rig.client.folder.file("state"), with: copy)) --after-unknown repeat")
        #expect(repeated.status == 4, "\(repeated.errors)")
        #expect(
            String(decoding: try readFile(copy, limit: 10_000), as: UTF8.self).contains(#""next":"fingpay-send-otp""#))
    }

    @Test func `An agent's flow that lost an OTP's references has another OTP sent`() throws {
        let rig = try SandboxRig(
            "current", ["--fault", "cut", "--fault-on", "/otp/verify", "--fault-times", "1"])
        let flow = agent(rig, "flow fingpay", "--bank-code HDFC --state \(rig.client.folder.file("state"))")
        #expect(try rig.run(flow).status == 3)
        #expect(try rig.run("\(flow) --otp-file \(rig.otp)").status == 5)
        let again = try rig.run(flow)
        #expect(again.status == 3 && again.errors.contains("beginning anew with another OTP"), "\(again.errors)")
        let done = try rig.run("\(flow) --otp-file \(rig.otp)")
        #expect(done.status == 0, "\(done.errors)")
    }
}

// Every operation of both profiles, from the real client over TLS to the strict sandbox.
import FoundationEssentials
import Glibc
import Platform
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct OperationTests {
    private static let address = [
        "--name", "Asha Rao", "--dob", "1990-01-31", "--address",
        "line=12 Park Road;city=Pune;state=MH;pincode=411001;district=Pune;area=Camp",
    ]

    @Test func `An agent passes eKYC and daily KYC and serves a customer, as the current pages say`() throws {
        let rig = try SandboxRig("current")
        let person = "--aadhaar-file \(rig.client.aadhaarFile) --consent --latlong 28.6139,77.2090"
        let agent = "--customer 9962981729 \(person)"
        let sent = try rig.succeed("fingpay send-otp \(agent)")
        #expect(sent.next == "fingpay-verify-otp")
        #expect(sent.response_type_id == 1600)
        func references(_ reply: SandboxRig.Reply) throws -> String {
            let (reference, transaction) = (reply.data.otp_ref_id, reply.data.reference_tid)
            return "--otp-ref-id \(try #require(reference)) --reference-tid \(try #require(transaction))"
        }
        let confirmed = try rig.succeed(
            "fingpay verify-otp \(agent) \(try references(sent)) --otp-file \(rig.otp)")
        // The references of the first step are worth nothing any more.
        let stale = try rig.run("fingpay biometric \(agent) --bank-code HDFC \(try references(sent)) --json")
        #expect(stale.status == 4)
        #expect(try ErrorObject(stale.errors).error.hint.contains("verify-otp"))
        #expect(try rig.run("fingpay daily \(agent) --bank-code HDFC").errors.contains("complete bank eKYC"))
        let done = try rig.succeed("fingpay biometric \(agent) --bank-code HDFC \(try references(confirmed))")
        #expect(done.response_type_id == 1605)

        let customer = "--customer 9123456789 \(person)"
        let early = try rig.run("fingpay balance \(customer) --bank-code HDFC")
        #expect(early.status == 4 && early.errors.contains("2fa"))
        #expect(try rig.succeed("fingpay daily \(agent) --bank-code HDFC").response_type_id == 1713)
        #expect(try rig.succeed("fingpay balance \(customer) --bank-code HDFC").response_type_id == 1466)
        let statement = try rig.run("fingpay mini-statement \(customer) --bank-code HDFC")
        #expect(statement.output.contains("mini_statement_list: amount=250.00 date=19/11 narration=UPI txnType=Dr"))
        let paid = try rig.succeed(
            "fingpay withdraw \(customer) --bank-code HDFC --amount 500 --client-ref-id TILL7-0042")
        let number = try #require(paid.data.tid)
        for name in [number, "client_ref_id:TILL7-0042"] {
            #expect(try rig.succeed("transaction --tid \(name)").data.tid == number)
        }
        #expect(try rig.run("transaction --tid 1").status == 4)

        try withdrawWithOTP(rig, customer)
        let record = String(
            decoding: try readFile(rig.client.folder.file("ekyc-client/consent.log"), limit: 1 << 16), as: UTF8.self)
        #expect(record.contains(#""aadhaar":"XXXXXXXX7058, encrypted","consent":true,"customer":"******6789""#))
        #expect(!record.contains(Client.aadhaar) && !record.contains("9123456789"))
    }

    /// Above Rs 5,000 the OTP goes into the capture, and its reference into the request.
    private func withdrawWithOTP(_ rig: SandboxRig, _ customer: String) throws {
        let withdraw = "fingpay withdraw \(customer) --bank-code HDFC --amount 6000"
        let large = try rig.run(withdraw)
        #expect(large.status == 3 && large.errors.wholeMatch(of: /client_ref_id: [0-9a-z]{16}\n/) != nil)
        #expect(large.output.hasPrefix("result: no money moved: have an OTP sent"))
        #expect(large.output.contains("next: ekyc-client fingpay withdraw-otp --customer 9123456789"))
        let announced = try rig.run("fingpay withdraw-otp \(customer) --amount 6000")
        let line = try #require(announced.output.split(separator: "\n").first { $0.hasPrefix("fp_transaction_id: ") })
        let request = String(line.dropFirst("fp_transaction_id: ".count))
        #expect(announced.status == 3)
        #expect(announced.output.contains(" --txn-otp-request-id \(request) "))
        #expect(announced.output.contains(" --otp-file -"))

        let paying = "\(withdraw) --txn-otp-request-id \(request)"
        for incomplete in [paying, "\(withdraw) --otp-file \(rig.otp)"] {
            let ended = try rig.run(incomplete + " --json")
            #expect(ended.status == 64)
            #expect(try ErrorObject(ended.errors).error.code == "field-missing")
        }
        let captures = rig.client.log.count
        // An OTP of a capture has six digits; this one has seven.
        #expect(try rig.run("\(paying) --otp-file \(rig.client.otpFile)").status == 65)
        #expect(rig.client.log.count == captures, "nobody was asked for a finger")
        let otp = String(decoding: try readFile(rig.otp, limit: 100), as: UTF8.self).filter(\.isNumber)
        let wrong = try rig.run("\(paying) --otp-file -", input: otp == "000000" ? "000001" : "000000")
        #expect(wrong.status == 4 && wrong.errors.contains("OTP validation failed"))
        let dry = try rig.run("\(paying) --otp-file \(rig.otp) --dry-run")
        #expect(dry.output.contains("piddata: (the capture, wadh none, with the OTP)\n"))
        let paid = try rig.run("\(paying) --otp-file - -v", input: otp)
        #expect(paid.status == 0, "\(paid.errors)")
        #expect(rig.client.captures.last?.contains("otp=\"\(otp)\"") == true)
        #expect(!paid.text.contains(otp) && !dry.text.contains(otp))
    }

    @Test func `An agent passes the eKYC as the reference pages say`() throws {
        let rig = try SandboxRig("reference")
        let agent = "--aadhaar-file \(rig.client.aadhaarFile) --consent"
        let sent = try rig.succeed("fingpay send-otp \(agent)")
        let confirmed = try rig.succeed(
            "fingpay verify-otp \(agent) --otp-ref-id \(try #require(sent.data.otp_ref_id)) --otp-file \(rig.otp)")
        let reference = try #require(confirmed.data.otp_ref_id)
        #expect(try rig.succeed("fingpay biometric \(agent) --otp-ref-id \(reference)").response_type_id == 1605)
        #expect(try rig.succeed("fingpay daily \(agent) --latlong 28.6,77.2").response_type_id == 1713)
    }

    @Test(arguments: ["reference", "current"])
    func `A sender at Fino is looked up, enrolled, captured and confirmed`(profile: String) throws {
        let rig = try SandboxRig(profile)
        let unknown = try rig.run("fino get --customer 9123456789 --json")
        #expect(unknown.status == 3)
        #expect(unknown.output.contains(#""next":"fino-onboard""#) && unknown.output.contains(#""hint":"enrol"#))
        #expect(unknown.errors.isEmpty)
        #expect(try rig.succeed("fino onboard --customer 9123456789", Self.address).next == "fino-ekyc")
        #expect(try rig.run("fino get --customer 9123456789").status == 3)
        let sent = try rig.succeed("fino ekyc --customer 9123456789 --aadhaar-file \(rig.client.aadhaarFile) --consent")
        let verify =
            "fino verify-otp --customer 9123456789 --otp-ref-id \(try #require(sent.data.otp_ref_id)) "
            + "--kyc-request-id \(try #require(sent.data.kyc_request_id)) --otp-file"
        _ = try rig.succeed("\(verify) \(rig.otp)")
        #expect(try rig.succeed("fino get --customer 9123456789").outcome == "already-verified")
    }

    @Test(arguments: ["reference", "current"])
    func `A flow stops where an OTP is needed and goes on when it is given, without a secret in its state`(
        profile: String
    ) throws {
        let rig = try SandboxRig(profile)
        let state = rig.client.folder.file("state.json")
        let line = "flow fino --customer 9123456789 --aadhaar-file \(rig.client.aadhaarFile) --consent --state \(state)"
        let first = try rig.run(line, Self.address + ["--json"])
        #expect(first.status == 3, "\(first.errors)")
        #expect(try ErrorObject(first.errors).error.code == "otp-needed")
        var status = stat()
        #expect(unsafe stat(state, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        let kept = String(decoding: try readFile(state, limit: 10_000), as: UTF8.self)
        let otp = String(decoding: try readFile(rig.otp, limit: 100), as: UTF8.self).filter(\.isNumber)
        #expect(kept.contains(#""next":"fino-verify-otp""#))
        for secret in [Client.aadhaar, otp, "PidData"] { #expect(!kept.contains(secret)) }
        let second = try rig.run(line, Self.address + ["--otp-file", rig.otp])
        #expect(second.status == 0, "\(second.errors)")
        #expect(!FileManager.default.fileExists(atPath: state))
    }

    @Test func `The flow of a wallet waits for the consent, shown whole, takes two OTPs and ends with the PAN`() throws
    {
        let rig = try SandboxRig("current")
        let pan = try rig.client.folder.write("pan", "ABCDE1234F\n".utf8)
        let line =
            "flow digikhata --customer 8617567988 --aadhaar-file \(rig.client.aadhaarFile) --consent --pan-file \(pan)"
        #expect(try rig.run(line, Self.address).status == 3)
        let second = try rig.run(line, Self.address + ["--otp-file", rig.otp])
        #expect(second.status == 3)
        #expect(second.errors.contains("Consent: I agree") && second.errors.contains("\nThis is the last sentence"))
        #expect(second.errors.contains("--consent-text-agreed"))
        #expect(!rig.log.contains("/aadhaar/otp"), "no Aadhaar number before the sender has agreed")
        let agreed = try rig.run("\(line) --consent-text-agreed")
        #expect(agreed.status == 3, "\(agreed.errors)")
        let third = try rig.run(line, ["--otp-file", rig.otp])
        #expect(third.status == 0, "\(third.errors)")
    }

    @Test(arguments: [
        ("withdrawal-pending", 5, "transaction-pending"), ("on-hold", 5, "transaction-pending"),
        ("withdrawal-failed", 4, "eko-1464"), ("not-linked", 4, "eko-1467"), ("no-balance", 4, "eko-347"),
        ("agent-not-allowed", 4, "eko-346"), ("no-status", 4, "no-status"), ("forbidden", 6, "authentication"),
        ("headers-missing", 6, "authentication"), ("merchant-inactive", 4, "eko-461"),
    ])
    func `Every sample of Eko's bad days has its exit status`(sample: String, status: Int32, code: String) throws {
        let rig = try SandboxRig("current", ["--answer", sample])
        let ended = try rig.run(
            "fingpay withdraw --customer 9123456789 --latlong 1,2 --bank-code HDFC --amount 5 --json --consent "
                + "--aadhaar-file \(rig.client.aadhaarFile)")
        #expect(ended.status == status, "\(ended.errors)")
        #expect(try ErrorObject(ended.errors).error.code == code)
        #expect(ended.errors.contains(#""requestId""#))
    }

    @Test func `The other profile is what a wrong path asks for`() throws {
        let rig = try SandboxRig("reference")
        let ended = try rig.run(
            "fingpay send-otp --api current --customer 9123456789 --latlong 1,2 --consent --aadhaar-file "
                + rig.client.aadhaarFile)
        #expect(ended.status == 7)
        #expect(ended.errors.contains("/user/collection/aeps-fingpay/kyc/otp"))
        #expect(ended.errors.contains("--api"))
    }

    @Test(arguments: [("fino ekyc", "2.1FYNNN"), ("fingpay daily", "2.5FYNNN"), ("fingpay balance", "2.5FYNNN")])
    func `A wrong wadh is refused before anybody is asked for a finger`(command: String, wadh: String) throws {
        let rig = try SandboxRig("current")
        let ended = try rig.run("\(command) --wadh \(wadh) --consent --json")
        #expect(ended.status == 64)
        #expect(try ErrorObject(ended.errors).error.code == "wadh-wrong")
        #expect(rig.client.log.isEmpty)
    }

    @Test func `A dry run prints the request without a secret and sends nothing`() throws {
        let rig = try SandboxRig("current")
        let ended = try rig.run(
            "fino ekyc --customer 9123456789 --consent --dry-run --aadhaar-file \(rig.client.aadhaarFile)")
        #expect(ended.status == 0)
        #expect(ended.output.contains("aadhar: XXXXXXXX7058\n"))
        #expect(ended.output.contains("wadh E0jzJ/P8UopUHAieZn8CKqS4WPMi5ZSYXgfnlfkWjrc="))
        #expect(!ended.output.contains(Client.aadhaar))
        #expect(rig.client.log.isEmpty)
        #expect(!rig.log.contains("PUT"))
    }

    @Test func `Twenty clients at once never sign the same millisecond`() throws {
        let rig = try SandboxRig("current")
        let programs = try (0..<20).map { _ in
            try rig.client.start(["transaction", "--tid", "1", "--json"])
        }
        for program in programs {
            let ended = try program.waitBlocking()
            #expect(ended.status == 4, "\(ended.errors)")
            #expect(!ended.errors.contains("2485"))
        }
    }
}

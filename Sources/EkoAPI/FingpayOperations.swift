// Agents at AePS Fingpay, and what they do for customers (sections 5 and 6 of the API notes).

extension Operation {
    static func fingpay(_ profile: APIProfile) -> [Operation] {
        agentVerification(profile) + transactions(profile)
    }

    /// The agent's own eKYC, once, and the proof of presence, daily.
    ///
    /// Of June 2026 only the page of the first call is at hand. Paths and fields of the others follow the notes (5.3 and 5.4);
    /// where these say nothing, as for the OTP check, the pattern of the first.
    private static func agentVerification(_ profile: APIProfile) -> [Operation] {
        let isOld = profile == .reference
        let base = isOld ? "/customer/aeps/fingpay/kyc" : "/user/collection/aeps-fingpay/kyc"
        let aadhaar = Field.parameter(isOld ? "aadhaar" : "aadhar", .encryptedAadhaar)
        // The agent's mobile number and place, which the old pages do not ask for.
        let agent: [Field] = isOld ? [] : [.parameter("customer_id", .mobile), .parameter("latlong", .place)]
        let common = common(profile, user: true)
        let references: [Field] =
            [.parameter("otp_ref_id", .reference)] + (isOld ? [] : [.parameter("reference_tid", .reference)])
        let bank: [Field] = isOld ? [] : [.parameter("bank_code", .bankCode)]
        let here = "--customer 9123456789 --latlong 28.6139,77.2090"
        return [
            // 5.1
            Operation(
                "fingpay send-otp", .fingpay, title: "OTP request",
                summary: "Begins an agent's eKYC: Eko sends the agent an OTP.",
                "POST", base + "/otp", common + [aadhaar] + agent,
                answers: [
                    Answer(1600, .success(then: "fingpay-verify-otp")),
                    Answer(1388, .success(then: "fingpay-verify-otp"), evidence: "otp_ref_id"),
                    Answer(346, .refused), Answer(461, .refused),
                ],
                results: ["otp_ref_id", "reference_tid", "mobile_hint"],
                example: "--aadhaar-file - --consent \(here)"),
            // 5.2: what it answers replaces the references of 5.1
            Operation(
                "fingpay verify-otp", .fingpay, title: "OTP check",
                summary: "Confirms the agent's OTP; the fingerprint follows.",
                "PUT", base + "/otp/verify",
                common + [aadhaar] + agent + [.parameter("otp", .oneTimePassword)] + references,
                origin: "fingpay-send-otp",
                answers: [
                    Answer(1604, .success(then: "fingpay-biometric")),
                    Answer(1388, .success(then: "fingpay-biometric"), evidence: "otp_ref_id"),
                    Answer(461, .refused),
                ],
                results: ["otp_ref_id", "reference_tid"],
                example: "--aadhaar-file aadhaar --consent \(here) --otp-ref-id 2465238 "
                    + "--reference-tid EKYKF4719702240123152147525I --otp-file -"),
            // 5.3
            Operation(
                "fingpay biometric", .fingpay, title: "agent eKYC",
                summary: "Captures the agent's finger and completes the agent's eKYC.",
                isOld ? "POST" : "PUT", base + "/biometric",
                common + [aadhaar] + agent + [.parameter("piddata", .pid)] + bank + references,
                // Those of the OTP check serve once, and only another OTP brings others.
                capture: .bound([.fingerprintKYC]), origin: "fingpay-send-otp",
                answers: [Answer(1605, .success(then: nil)), Answer(461, .refused)],
                results: ["user_code"],
                example: "--aadhaar-file aadhaar --consent \(here) --bank-code HDFC --otp-ref-id 815031 "
                    + "--reference-tid BEKYF4719702240123152147525I"),
            // 5.4
            Operation(
                "fingpay daily", .fingpay, title: "daily KYC",
                summary: "Captures the agent's finger for the daily KYC, without which no transaction is served.",
                isOld ? "POST" : "PUT", base + (isOld ? "/daily" : "/biometric/daily"),
                common + [aadhaar]
                    + (isOld ? [.parameter("latlong", .place)] : agent) + [.parameter("piddata", .pid)] + bank,
                capture: .unbound,
                answers: [Answer(1713, .success(then: nil)), Answer(1714, .refused)],
                results: ["user_code", "reason", "comment"],
                example: "--aadhaar-file aadhaar --consent \(here) --bank-code HDFC"),
        ]
    }

    /// What a customer can do with a finger (section 6).
    private static func transactions(_ profile: APIProfile) -> [Operation] {
        let base = "/customer/collection/aeps-fingpay"
        let customer = [Field.path("customer_id", .mobile)] + common(profile, user: true)
        let person: [Field] = [.parameter("aadhar", .encryptedAadhaar), .parameter("latlong", .place)]
        let withPID = customer + person + [.parameter("bank_code", .bankCode), .parameter("piddata", .pid)]
        let result = [
            "tx_status", "tid", "amount", "bank", "bank_ref_num", "balance", "customer_balance", "transaction_date",
            "transaction_time", "reason", "comment",
        ]
        let here = "--customer 9123456789 --aadhaar-file - --consent --latlong 28.6139,77.2090"
        // The provider lost an "a" of this path; the pages of June 2026 still have it.
        let withdrawal = profile == .reference ? "/cash-withdrawal" : "/cash-withdrawl"
        return [
            Operation(
                "fingpay withdraw-otp", .fingpay, title: "withdrawal OTP",
                summary: "Has an OTP sent to a customer who withdraws more than Rs 5,000.",
                "POST", base + "/cash-withdrawal/otp/{customer_id}",
                customer + person + [
                    .parameter("amount", .amount), .parameter("bank_code", .bankCode, required: false),
                ],
                answers: [Answer(1459, .success(then: "fingpay-withdraw"))], results: ["fp_transaction_id"],
                example: "\(here) --amount 6000"),
            // 6.1
            Operation(
                "fingpay withdraw", .fingpay, title: "cash withdrawal",
                summary: "Captures the customer's finger and withdraws cash.",
                "POST", base + withdrawal + "/{customer_id}",
                withPID + [
                    .parameter("amount", .amount),
                    // Above Rs 5,000: which OTP, and the OTP itself, which goes into the capture and into no field.
                    .parameter("txn_otp_request_id", .reference, required: false, with: "otp"),
                    .capture("otp", .oneTimePassword, with: "txn_otp_request_id"),
                ],
                capture: .unbound, movesMoney: true,
                answers: [
                    Answer(1463, .success(then: nil)), Answer(1464, .refused), Answer(1465, .pending),
                    Answer(
                        1459,
                        .nextStep("no money moved: capture again with the customer's OTP", then: "fingpay-withdraw"),
                        evidence: "fp_transaction_id"),
                    Answer(
                        1459,
                        .nextStep("no money moved: have an OTP sent to the customer", then: "fingpay-withdraw-otp")),
                ],
                results: result + ["fp_transaction_id"],
                example: "\(here) --bank-code HDFC --amount 500 --client-ref-id TILL7-0042"),
            // 6.2
            Operation(
                "fingpay balance", .fingpay, title: "balance enquiry",
                summary: "Captures the customer's finger and asks for the balance.",
                "POST", base + "/balance-enquiry/{customer_id}", withPID, capture: .unbound,
                answers: [
                    Answer(1466, .success(then: nil)), Answer(1464, .refused), Answer(1467, .refused),
                ], results: result, example: "\(here) --bank-code HDFC"),
            Operation(
                "fingpay mini-statement", .fingpay, title: "mini statement",
                summary: "Captures the customer's finger and lists the last transactions.",
                "POST", base + "/mini-statement/{customer_id}", withPID, capture: .unbound,
                answers: [Answer(1527, .success(then: nil)), Answer(1528, .refused), Answer(1467, .refused)],
                results: result + ["mini_statement_list"], example: "\(here) --bank-code HDFC"),
        ]
    }
}

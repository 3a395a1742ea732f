// Money senders at Fino (section 4 of the API notes).

extension Operation {
    private static let finoSender = "/customer/payment/dmt-fino/sender/{customer_id}"

    static func fino(_ profile: APIProfile) -> [Operation] {
        let sender = [Field.path("customer_id", .mobile)]
        let done = Answer.Evidence(path: ["customer_profile", "kyc_state"], value: "1")
        return [
            // 4.1
            Operation(
                "fino get", .fino, title: "sender look-up", summary: "Tells whether a sender is enrolled and verified.",
                "GET", finoSender, sender + common(profile, user: true).dropLast(),
                answers: [
                    Answer(309, .alreadyVerified, evidence: done),
                    Answer(309, .nextStep("the sender's eKYC is still to be done", then: "fino-ekyc")),
                    Answer(308, .nextStep("enrol the sender", then: "fino-onboard")),
                    Answer(2134, .nextStep("the sender's eKYC is still to be done", then: "fino-ekyc")),
                    Answer(2129, .nextStep("confirm with the OTP", then: "fino-verify-otp")),
                ],
                results: ["is_registered", "next_allowed_limit", "otp_ref_id", "kyc_request_id"],
                example: "--customer 9123456789"),
            // 4.2: an address as an object since July 2026, before it as lines
            Operation(
                "fino onboard", .fino, title: "sender enrolment", summary: "Enrols a sender; the eKYC follows.",
                "POST", finoSender,
                sender + common(profile) + [
                    .parameter("name", .name), .parameter("dob", .date),
                    .parameter("residence_address", .address(profile == .reference ? .linesText : .objectText)),
                ],
                answers: [
                    Answer(2134, .success(then: "fino-ekyc")), Answer(300, .success(then: "fino-get")),
                    Answer(309, .alreadyVerified), Answer(17, .nextStep("look the sender up", then: "fino-get")),
                    Answer(327, .nextStep("the sender's eKYC is still to be done", then: "fino-ekyc")),
                ],
                results: ["state_desc", "otp_ref_id"],
                example: "--customer 9123456789 --name 'Asha Rao' --dob 1990-01-31 "
                    + "--address 'line=12 Park Road;city=Pune;state=Maharashtra;pincode=411001;district=Pune;area=Camp'"
            ),
            // 4.3
            Operation(
                "fino ekyc", .fino, title: "sender eKYC",
                summary: "Captures the sender's finger and submits the sender eKYC; Eko then sends an OTP.",
                "PUT", finoSender + "/otp",
                sender + common(profile) + [.parameter("aadhar", .aadhaar), .parameter("piddata", .pid)],
                capture: .bound([.fingerprintKYC, .finoBeforeJuly2026]),
                answers: [
                    Answer(2129, .success(then: "fino-verify-otp")),
                    Answer(2132, .alreadyVerified),
                    // The published sample's type, which says little: only the reference that the next step needs
                    // proves it.
                    Answer(1388, .success(then: "fino-verify-otp"), evidence: "otp_ref_id"),
                    Answer(1388, .alreadyVerified, evidence: "kyc_verified"),
                    Answer(2135, .refused),
                ],
                results: ["otp_ref_id", "kyc_request_id", "mobile", "user_code"],
                example: "--customer 9123456789 --aadhaar-file - --consent"),
            // 4.4
            Operation(
                "fino verify-otp", .fino, title: "OTP check",
                summary: "Completes a sender's eKYC with the OTP that the sender received.",
                "PUT", finoSender + "/otp/verify",
                sender + common(profile) + [
                    .parameter("otp", .oneTimePassword), .parameter("otp_ref_id", .reference),
                    .parameter("kyc_request_id", .reference),
                ],
                origin: "fino-ekyc",
                answers: [
                    Answer(2132, .success(then: nil)),
                    Answer(1388, .success(then: nil), evidence: "kyc_verified"),
                    Answer(1388, .refused),
                    Answer(2131, .refused),
                ],
                results: ["customer_id", "kyc_verified", "available_limit", "user_code"],
                example: "--customer 9123456789 --otp-ref-id 666803844 --kyc-request-id 9332126 --otp-file -"),
        ]
    }
}

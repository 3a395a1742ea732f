// Senders with a DigiKhata wallet: Aadhaar by OTP, then the PAN, no finger (section 9 of the API notes).

extension Operation {
    static func digikhata(_ profile: APIProfile) -> [Operation] {
        let base = "/customer/payment/ppi-digikhata/sender/{customer_id}"
        let sender = [Field.path("customer_id", .mobile)]
        let common = common(profile)
        let otp: [Field] = [.parameter("otp", .oneTimePassword), .parameter("otp_ref_id", .reference)]
        // These two want to know for whom and under which name the consent is asked.
        let consent =
            sender + common.dropLast() + [
                .parameter("client_ref_id", .clientReference), .parameter("org_id", .number),
            ]
        let next: [Answer] = [
            Answer(2129, .success(then: "digikhata-verify-otp")),
            Answer(2136, .nextStep("confirm the Aadhaar number", then: "digikhata-aadhaar-otp")),
            Answer(2147, .nextStep("give the PAN", then: "digikhata-pan")),
        ]
        let reference = "bG9uZyB0ZXh0IG9mIERpZ2lLaGF0YQ=="
        return [
            Operation(
                "digikhata get", .digikhata, title: "wallet look-up", summary: "Tells whether a sender has a wallet.",
                "GET", base, sender + common.dropLast(),
                answers: [
                    Answer(309, .alreadyVerified),
                    Answer(308, .nextStep("enrol the sender", then: "digikhata-onboard")),
                    Answer(2129, .nextStep("confirm with the OTP", then: "digikhata-verify-otp")),
                ] + next.dropFirst(),
                results: ["otp_ref_id", "intent_id", "wallet_id"], example: "--customer 8617567988"),
            Operation(
                "digikhata onboard", .digikhata, title: "wallet enrolment",
                summary: "Enrols a sender; Eko then sends an OTP.",
                "POST", base,
                sender + common + [
                    .parameter("name", .name), .parameter("dob", .date),
                    .parameter("residence_address", .address(.lines)),
                ],
                // The older answer repeats the type as its status.
                answers: next + [Answer(300, .nextStep("look the sender up", then: "digikhata-get"))],
                results: ["otp_ref_id"],
                example: "--customer 8617567988 --name 'Asha Rao' --dob 1990-01-31 "
                    + "--address '12 Park Road;Pune;411001'"),
            Operation(
                "digikhata send-otp", .digikhata, title: "OTP request", summary: "Has the sender's OTP sent again.",
                "POST", base + "/otp", sender + common, answers: next, results: ["otp_ref_id"],
                example: "--customer 8617567988"),
            Operation(
                "digikhata verify-otp", .digikhata, title: "OTP check", summary: "Confirms the sender's mobile number.",
                "POST", base + "/otp/verify", sender + common + otp, origin: "digikhata-send-otp",
                answers: [Answer(309, .success(then: nil))] + next.dropFirst(),
                results: ["wallet_id", "wallet_token"],
                example: "--customer 8617567988 --otp-ref-id \(reference) --otp-file -"),
            Operation(
                "digikhata languages", .digikhata, title: "list of consent languages",
                summary: "Lists the languages in which the consent can be read.",
                "GET", base + "/aadhaar/consent/languages", consent,
                answers: [Answer(2444, .success(then: nil))], results: ["consent_language_list"],
                example: "--customer 8617567988 --org-id 1 --client-ref-id TILL7-0043"),
            Operation(
                "digikhata consent", .digikhata, title: "consent text",
                summary: "Fetches the text that the sender must hear or read before the Aadhaar OTP.",
                "GET", base + "/aadhaar/consent/details", consent + [.parameter("consent_language", .number)],
                answers: [Answer(2446, .success(then: "digikhata-aadhaar-otp"))], results: ["consent_detail"],
                example: "--customer 8617567988 --org-id 1 --client-ref-id TILL7-0044 --language 1"),
            Operation(
                "digikhata aadhaar-otp", .digikhata, title: "Aadhaar OTP request",
                summary: "Submits the sender's Aadhaar number; UIDAI then sends an OTP.",
                "POST", base + "/aadhaar/otp", sender + common + [.parameter("aadhar", .aadhaar)],
                answers: [
                    Answer(2129, .success(then: "digikhata-verify-aadhaar")),
                    Answer(1388, .success(then: "digikhata-verify-aadhaar"), evidence: "otp_ref_id"),
                ],
                results: ["otp_ref_id", "intent_id"],
                example: "--customer 8617567988 --aadhaar-file - --consent"),
            Operation(
                "digikhata verify-aadhaar", .digikhata, title: "Aadhaar OTP check",
                summary: "Confirms the sender's Aadhaar number with the OTP; the PAN follows.",
                "POST", base + "/aadhaar/otp/verify", sender + common + otp, origin: "digikhata-aadhaar-otp",
                answers: [Answer(2147, .success(then: "digikhata-pan")), Answer(309, .success(then: nil))],
                results: ["application_id"],
                example: "--customer 8617567988 --otp-ref-id \(reference) --otp-file -"),
            Operation(
                "digikhata pan", .digikhata, title: "PAN check",
                summary: "Gives the sender's PAN and completes the eKYC.",
                "POST", base + "/pan", sender + common + [.parameter("pan_number", .pan)],
                answers: [Answer(309, .success(then: nil))], results: ["wallet_id"],
                example: "--customer 8617567988 --pan-file -"),
        ]
    }
}

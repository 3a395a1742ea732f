// The operations this client knows. Section 10 of the API notes has the whole table.

extension Operation {
    /// Every operation.
    package static let all = [finoEKYC, finoVerifyOTP]

    /// Proves a money sender's identity by Aadhaar number and fingerprint; Eko then sends the sender an OTP (4.3).
    package static let finoEKYC = Operation(
        name: "fino-ekyc", title: "sender eKYC", method: "PUT",
        path: "/customer/payment/dmt-fino/sender/{customer_id}/otp",
        fields: [.path("customer_id", .mobile)] + common + [.body("aadhar", .aadhaar), .body("piddata", .pid)],
        capture: .bound(.fingerprintKYC),
        answers: [
            Answer(2129, .success(then: "fino-verify-otp")),
            Answer(2132, .alreadyVerified),
            // The published sample's type, which says little: only the reference that the next step needs proves it.
            Answer(1388, .success(then: "fino-verify-otp"), evidence: "otp_ref_id"),
            Answer(1388, .alreadyVerified, evidence: "kyc_verified"),
            Answer(2135, .refused),
        ],
        results: ["otp_ref_id", "kyc_request_id", "mobile", "user_code"])

    /// Completes the sender's eKYC with the OTP that it caused (4.4).
    package static let finoVerifyOTP = Operation(
        name: "fino-verify-otp", title: "OTP check", method: "PUT",
        path: "/customer/payment/dmt-fino/sender/{customer_id}/otp/verify",
        fields: [.path("customer_id", .mobile)] + common + [
            .body("otp", .oneTimePassword), .body("otp_ref_id", .reference), .body("kyc_request_id", .reference),
        ],
        capture: nil,
        answers: [
            Answer(2132, .success(then: nil)),
            Answer(1388, .success(then: nil), evidence: "kyc_verified"),
            Answer(1388, .refused),
            Answer(2131, .refused),
        ],
        results: ["customer_id", "kyc_verified", "available_limit", "user_code"])

    /// The fields of every call (2.3).
    private static let common: [Field] = [
        .body("initiator_id", .mobile), .body("user_code", .number),
        .body("client_ref_id", .clientReference, required: false),
    ]

    /// Answers that ask for another step, whichever operation they come for (3.4).
    static let steps: [Int: String] = [
        2129: "confirm with the OTP", 2134: "the sender's eKYC is still to be done", 2136: "confirm the Aadhaar number",
        2147: "the PAN is still to be given",
    ]
}

// The operations this client knows, for each state of Eko's pages (section 10 of the API notes has the whole table).

/// A state of Eko's documentation, which differs from the next in paths, methods and fields.
package enum APIProfile: String, CaseIterable, Sendable {
    /// The pages of June 2026.
    case reference
    /// What Eko corrected since.
    case current

    /// The other one.
    package var other: APIProfile { self == .reference ? .current : .reference }
}

/// The operations of one profile.
package struct Catalogue: Sendable {
    package let profile: APIProfile
    package let operations: [Operation]

    package init(_ profile: APIProfile) {
        self.profile = profile
        operations =
            Operation.fino(profile) + Operation.fingpay(profile) + Operation.digikhata(profile)
            + [.transactionInquiry(profile)]
    }

    /// The operation of a name, such as `fino-ekyc`.
    package subscript(name: String) -> Operation? { operations.first { $0.name == name } }
}

extension Operation {
    /// The fields of every call (2.3); the current pages leave the agent out of some.
    static func common(_ profile: APIProfile, user: Bool = false) -> [Field] {
        [
            .parameter("initiator_id", .mobile),
            .parameter("user_code", .number, required: user || profile == .reference),
            .parameter("client_ref_id", .clientReference, required: false),
        ]
    }

    /// What stands before one's own reference where Eko's number of a transaction could stand.
    package static let ownReference = "client_ref_id:"

    /// Asks what became of a transaction (5.5); a read, so it may be repeated.
    package static func transactionInquiry(_ profile: APIProfile) -> Operation {
        Operation(
            "transaction", .tools, title: "transaction inquiry", summary: "Asks Eko what became of a transaction.",
            "GET", "/tools/reference/transaction/{transaction}",
            [.path("transaction", .transaction), .parameter("initiator_id", .mobile)]
                + [.parameter("user_code", .number, required: false)],
            answers: [
                Answer(1472, .success(then: nil)), Answer(168, .refused),
            ],
            results: [
                "tx_status", "txstatus_desc", "tid", "amount", "client_ref_id", "bank_ref_num", "reason", "comment",
            ],
            example: "--tid client_ref_id:TILL7-0042")
    }

    /// Answers that ask for another step, whichever operation they come for (3.4).
    static let steps: [Int: String] = [
        308: "the sender is to be enrolled first", 327: "the sender's verification is still to be done",
        1459: "capture again with the OTP that the customer received", 1600: "confirm with the OTP",
        1604: "the fingerprint is still to be sent", 2129: "confirm with the OTP",
        2134: "the sender's eKYC is still to be done", 2136: "confirm the Aadhaar number",
        2147: "the PAN is still to be given",
    ]
}

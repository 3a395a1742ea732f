// Samples of Eko's answers that depend on what no sandbox knows: banks, money and bad days (spec/eko-api.md 3 to 6).

/// A documented answer that can be asked for by its name.
package enum SampleAnswer: String, CaseIterable, Sendable {
    case completed
    case relationExists = "relation-exists"
    case agentNotAllowed = "agent-not-allowed"
    case merchantInactive = "merchant-inactive"
    case withdrawalPending = "withdrawal-pending"
    case withdrawalFailed = "withdrawal-failed"
    case onHold = "on-hold"
    case refunded
    case notLinked = "not-linked"
    case statementFailed = "statement-failed"
    case dailyFailed = "daily-failed"
    case noBalance = "no-balance"
    case walletExists = "wallet-exists"
    case noStatus = "no-status"
    case forbidden
    case headersMissing = "headers-missing"

    var answer: Answer {
        func transaction(_ status: String, _ comment: String) -> JSONText {
            [
                "tx_status": .string(status), "tid": "3355291103", "amount": "500", "reason": "",
                "comment": .string(comment),
            ]
        }
        func refused(_ type: Int, _ message: String, _ data: JSONText) -> Answer {
            .failure(type, message, data: data, reason: "the sample \(rawValue) was wished for")
        }
        return switch self {
        case .completed: .success(2132, "Customer Registration Completed", ["user_code": "20810200"])
        case .relationExists:
            refused(2135, "Customer KYC Pending", ["description": "The customer has a relation with the bank already"])
        case .agentNotAllowed: refused(346, "Agent not allowed to this transaction", ["description": ""])
        case .merchantInactive:
            refused(
                461, "Failed!Please try after some time",
                ["reason": "Merchant is Inactive or Invalid Details", "last_used_okekey": ""])
        case .withdrawalPending:
            .success(1465, statusID: 2, "Transaction pending", transaction("2", "Response awaited"))
        case .withdrawalFailed: refused(1464, "Transaction failed", transaction("1", "Insufficient funds at the bank"))
        case .onHold: .success(1463, statusID: 5, "Transaction on hold", transaction("5", "On hold"))
        case .refunded: .success(1472, statusID: 4, "Sucess! Enquiry success.", transaction("4", "Refunded"))
        case .notLinked:
            refused(1467, "Customer Aadhaar number is not linked with the bank", transaction("1", "not linked"))
        case .statementFailed: refused(1528, "Mini statement failed", transaction("1", "The bank does not answer"))
        case .dailyFailed: refused(1714, "KYC Fail", ["reason": "", "comment": ""])
        case .noBalance: refused(347, "Insufficient balance", ["description": ""])
        case .walletExists: refused(17, "Wallet exists", ["description": ""])
        case .noStatus: .unreadable("the sample \(rawValue) was wished for")
        case .forbidden: .withoutEnvelope(403, "Forbidden")
        case .headersMissing: .withoutEnvelope(402, "Authentication parameters missing")
        }
    }
}

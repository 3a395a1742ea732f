// What becomes of an outcome that is in doubt: Eko is asked about it, or it is not taken for the success it claims to be.

extension Outcome {
    /// What an unknown outcome becomes by what Eko says of the transaction.
    ///
    /// - Parameters:
    ///   - inquiry: what the transaction inquiry came to.
    ///   - reference: what was asked for.
    /// - Returns: the outcome of the call itself.
    package func resolved(by inquiry: Outcome, reference: String) -> Outcome {
        func known(_ kind: Kind, _ code: String?, _ cause: String, _ hint: String = "") -> Outcome {
            Outcome(
                operation, kind, code: code, cause, hint: hint, status: inquiry.httpStatus, envelope: inquiry.envelope)
        }
        let again = "ask again: ekyc-client transaction --tid \(Operation.ownReference)\(reference)"
        switch inquiry.kind {
        case .success where inquiry.envelope?.transaction == .done:
            return known(.success, "resolved", "Eko did it: \(inquiry.cause)")
        case .refused where inquiry.envelope?.transaction != nil:
            return known(.refused, inquiry.code, "Eko did not do it: \(inquiry.cause)")
        case .unknown where inquiry.code == "transaction-pending":
            return known(.unknown, inquiry.code, "the \(operation.title) is not final", again)
        default:
            // Also when Eko knows no such transaction: it may still be on its way.
            return known(.unknown, code, "\(cause); asked about it: \(inquiry.cause)", again + " in a minute")
        }
    }

    /// The code of an answer whose type is not documented.
    package static let unknownType = "unknown-answer-type"

    /// The same for whoever builds on it: a success by status alone is none, for its meaning is not documented.
    package var strict: Outcome {
        guard kind == .success, code == Self.unknownType, let envelope, let httpStatus else { return self }
        return .undocumented(operation, envelope, status: httpStatus)
    }

    static func undocumented(_ operation: Operation, _ envelope: Envelope, status: Int) -> Outcome {
        let type = envelope.responseType.map { "of type \($0)" } ?? "without a type"
        return Outcome(
            operation, .unknown, code: unknownType,
            "Eko's answer \(type) is not documented, although its status is 0: \(envelope.reason)" + unread(operation),
            hint: operation.isRepeatable
                ? "ask Eko what it means, or try the other profile with --api" : whenUnknown(operation),
            status: status, envelope: envelope)
    }
}

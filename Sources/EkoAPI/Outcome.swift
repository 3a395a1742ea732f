// What became of a call, for a person and for a script.
package import HTTPClient
import Platform

/// What became of a call.
package struct Outcome: Sendable {
    package enum Kind: String, Sendable {
        /// Done, and nothing is left to do.
        case success
        /// Done before: nothing was to be done and nothing continues.
        case alreadyVerified = "already-verified"
        /// Nothing is wrong, but another step has to follow, which `then` names where Eko says it.
        case nextStep = "next-step"
        /// Eko decided against it.
        case refused
        /// Eko found a value invalid.
        case invalidInput = "invalid-input"
        /// Eko does not accept who asks, or the time on the signature.
        case authentication
        /// There is no such operation at this address.
        case route
        /// It cannot be told whether Eko acted.
        case unknown = "outcome-unknown"
        /// Nothing was sent: no connection.
        case notSent = "not-sent"
    }

    package let operation: Operation
    package let kind: Kind
    /// A stable short name, more exact than the kind where there is one.
    package let code: String
    /// What happened, in one sentence without a full stop.
    package let cause: String
    /// What to do about it; empty when there is nothing.
    package let hint: String
    /// The operation that has to follow.
    package let then: String?
    /// Nil when no answer came.
    package let httpStatus: Int?
    package let envelope: Envelope?
    /// Why there was no answer.
    package let failure: HTTPClientError?

    /// Whether the same GET may go better in a moment.
    var isTransient: Bool {
        switch kind {
        case .unknown:
            !["transaction-pending", "answer-not-json", Self.unknownType].contains(code) && failure?.kind != .cancelled
        case .notSent: failure?.kind == .unreachable || failure?.kind == .broken || failure?.kind == .timeout
        default: false
        }
    }

    init(
        _ operation: Operation, _ kind: Kind, code: String? = nil, _ cause: String, hint: String = "",
        then: String? = nil, status: Int? = nil, envelope: Envelope? = nil, failure: HTTPClientError? = nil
    ) {
        self.operation = operation
        self.kind = kind
        self.code = code ?? kind.rawValue
        self.cause = cause
        self.hint = hint
        self.then = then
        httpStatus = status
        self.envelope = envelope
        self.failure = failure
    }

    /// What an answer means.
    ///
    /// - Parameters:
    ///   - operation: what was asked for.
    ///   - response: any answer, of Eko or of whatever stands before it.
    ///   - now: this machine's clock, seconds since the Unix epoch, to tell how far it is from the server's.
    package init(_ operation: Operation, _ response: HTTPResponse, now: Int64) {
        let status = response.status
        let envelope = Envelope(parsing: response.body)
        switch status {
        case 300..<400:
            self.init(
                operation, .route, code: "redirected", "the server points to another address (HTTP \(status))",
                hint: "set the base URL to the address of the API itself", status: status)
        case 401, 402, 403:
            self = .authentication(operation, response, envelope, now: now)
        case 404, 405, 415:
            self.init(
                operation, .route, "the server has no \(operation.method) \(operation.path) (HTTP \(status))",
                hint: "check --base-url, or take the other profile: --api or [eko] api, reference or current",
                status: status, envelope: envelope)
        case 429, 500...:
            self.init(
                operation, .unknown, code: status == 429 ? "too-many-requests" : nil,
                "the server failed with HTTP \(status)" + Self.unread(operation), hint: Self.whenUnknown(operation),
                status: status, envelope: envelope)
        default:
            guard let envelope else {
                let isPage = response.body.contains(UInt8(ascii: "<"))
                self.init(
                    operation, .unknown, code: "answer-not-json",
                    "the server answered HTTP \(status) with \(isPage ? "a web page" : "something") instead of JSON"
                        + Self.unread(operation), hint: "check --base-url; " + Self.whenUnknown(operation),
                    status: status)
                return
            }
            self = .judged(operation, response, envelope, now: now)
        }
    }

    /// What it means that there is no answer.
    package init(_ operation: Operation, _ failure: HTTPClientError) {
        guard failure.wasSent else {
            self.init(
                operation, .notSent, code: failure.code, "nothing was sent: \(failure.cause)", hint: failure.nextStep,
                failure: failure)
            return
        }
        self.init(
            operation, .unknown, code: failure.kind == .timeout ? "no-answer-in-time" : nil,
            "the request was sent but no answer came (\(failure.cause))" + Self.unread(operation),
            hint: Self.whenUnknown(operation), failure: failure)
    }

    /// An answer of Eko's application: its type decides, and its status where the type is not known.
    private static func judged(
        _ operation: Operation, _ response: HTTPResponse, _ envelope: Envelope, now: Int64
    ) -> Outcome {
        func outcome(
            _ kind: Kind, code: String? = nil, _ cause: String, hint: String = "", then: String? = nil
        ) -> Outcome {
            Outcome(
                operation, kind, code: code, cause, hint: hint, then: then, status: response.status,
                envelope: envelope)
        }
        let codes = [envelope.status, envelope.responseType]
        if codes.contains(where: { $0.map(authenticationCodes.contains) ?? false }) {
            return authentication(operation, response, envelope, now: now)
        }
        guard let status = envelope.status else {
            return outcome(
                .refused, code: "no-status", "Eko's answer has no status: \(envelope.message)",
                hint: "Eko answers so when a parameter is missing or malformed")
        }
        if !envelope.invalidParameters.isEmpty || envelope.responseType == -1 {
            let complaints = envelope.invalidParameters.sorted { $0.key < $1.key }.map { name, complaint in
                // Eko repeats what was sent; what is no field of ours may be another spelling of one that is secret.
                let isOpen = operation.field(name).map { !$0.format.isSecret } ?? false
                return "\(name): \(isOpen ? complaint : "refused by Eko")"
            }
            let text = complaints.isEmpty ? envelope.message : complaints.joined(separator: "; ")
            return outcome(
                .invalidInput,
                "Eko finds a value invalid: \(text)",
                hint: "correct the value\(operation.takesCapture ? " and capture again" : "")")
        }
        let isAccepted = status == 0 || status == envelope.responseType
        let meaning = operation.answers.first { $0.fits(envelope) }?.meaning
        switch (meaning, envelope.transaction) {
        case (.pending, _), (.success, .open), (nil, .open):
            return outcome(
                .unknown, code: "transaction-pending", "the \(operation.title) is not final: \(envelope.reason)",
                hint: "ask again later: ekyc-client transaction --tid \(envelope.transactionID ?? "TID")")
        case (.success, .failed), (.success, .refunded), (nil, .failed), (nil, .refunded):
            return refused(outcome, envelope, operation)
        default: break
        }
        switch meaning {
        case .success(let then) where isAccepted:
            return outcome(then == nil ? .success : .nextStep, envelope.reason, then: then)
        case .alreadyVerified where isAccepted: return outcome(.alreadyVerified, envelope.reason)
        case .nextStep(let step, let then):
            return outcome(.nextStep, envelope.reason, hint: step, then: then)
        case nil where envelope.responseType.flatMap { Operation.steps[$0] } != nil:
            let step = envelope.responseType.flatMap { Operation.steps[$0] } ?? ""
            return outcome(.nextStep, envelope.reason, hint: step)
        case nil where status == 0:
            // Where the documented answers differ, or money may have moved, status 0 alone does not say what was done.
            guard operation.isFinal, !operation.movesMoney else {
                return undocumented(operation, envelope, status: response.status)
            }
            return outcome(.success, code: unknownType, envelope.reason)
        default:
            return refused(outcome, envelope, operation)
        }
    }

    private static func refused(
        _ outcome: (Kind, String?, String, String, String?) -> Outcome, _ envelope: Envelope, _ operation: Operation
    ) -> Outcome {
        let reason = "Eko refused the \(operation.title): \(envelope.reason)"
        switch envelope.responseStatus {
        case 302: return outcome(.refused, "otp-wrong", reason, "give the OTP of the newest message", nil)
        case 303: return outcome(.refused, "otp-expired", reason, "repeat the step that sends the OTP", nil)
        default:
            let code = "eko-\(envelope.responseType ?? envelope.status ?? 1)"
            return outcome(.refused, code, reason, advice(envelope, operation), nil)
        }
    }

    /// What to do about the refusals that are met most (3.4).
    private static func advice(_ envelope: Envelope, _ operation: Operation) -> String {
        switch envelope.responseType ?? envelope.status {
        case 319: return "check --initiator-id"
        case 346, 1297: return "check --user-code, and that Eko has activated the service for this agent"
        case 347: return "add money to the account at Eko"
        case 585: return "nothing is left to do: the customer is verified"
        case 168: return "check the number; a transaction that Eko never saw was not begun"
        case 1714 where envelope.reason.contains("bank eKYC"):
            return "repeat the agent's eKYC: fingpay send-otp, verify-otp and biometric"
        case 461 where operation.name == "fingpay-biometric":
            return "use the references that fingpay verify-otp printed last, and a new capture"
        default: return operation.takesCapture ? "a new try needs a new capture" : ""
        }
    }

    /// Codes of a refused signature (1.4 of the API notes).
    private static let authenticationCodes = 2483...2487

    private static func authentication(
        _ operation: Operation, _ response: HTTPResponse, _ envelope: Envelope?, now: Int64
    ) -> Outcome {
        let code = [envelope?.status, envelope?.responseType].compactMap(\.self).first(
            where: authenticationCodes.contains)
        var hint =
            switch (code, response.status) {
            case (2483, _): "check the developer key"
            case (2484, _): "check the access key"
            case (2485, _), (2486, _): "check this machine's clock"
            case (_, 402), (2487, _): "check for a proxy that drops headers with an underscore in their name"
            default: "check the developer key, the access key, the base URL they are for and the addresses Eko allows"
            }
        if let date = response.date {
            let skew = now - date
            if abs(skew) > Limits.clockSkew {
                hint = "set this machine's clock: it is \(abs(skew)) s \(skew > 0 ? "ahead of" : "behind") the server's"
            }
        }
        // Without a code it may be either key: one that is not known at all gets no more than 401 or 403.
        let refused =
            switch (code, response.status) {
            case (2485, _), (2486, _): "the time on the signature"
            case (_, 402), (2487, _): "the signature"
            default: "the keys"
            }
        let reason = envelope?.reason ?? ""
        return Outcome(
            operation, .authentication, code: code.map { "eko-\($0)" },
            "Eko does not accept \(refused) (HTTP \(response.status))" + (reason.isEmpty ? "" : ": \(reason)"),
            hint: hint, status: response.status, envelope: envelope)
    }

    static func unread(_ operation: Operation) -> String {
        operation.isRepeatable ? "" : "; it is unknown whether Eko acted"
    }

    static func whenUnknown(_ operation: Operation) -> String {
        operation.takesCapture
            ? "find out before trying again; nothing is sent twice, a new try needs a new capture"
            : "find out before trying again; nothing is sent twice"
    }
}

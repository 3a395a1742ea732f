// One call of Eko's API, described as data: what it needs, where it goes and what its answers mean.

/// The products of Eko that have a base URL of their own where the settings say so.
package enum Product: String, CaseIterable, Sendable {
    case fino, fingpay, digikhata
    /// What belongs to no product, such as the transaction inquiry.
    case tools
}

/// One call of Eko's API.
package struct Operation: Sendable {
    /// The words of its command, such as `fino ekyc`.
    package let words: String
    package let product: Product
    /// What it does, to complete "Eko refused the …".
    package let title: String
    /// What it does, in one sentence for the help.
    package let summary: String
    package let method: String
    /// Below the base URL; `{field}` stands for a field in the path.
    package let path: String
    package let fields: [Field]
    /// What a capture for it must be bound to; nil when none is sent.
    package let capture: CaptureUse?
    /// What the types of its answers mean; the first that fits counts.
    package let answers: [Answer]
    /// Members of `data` worth showing, in this order.
    package let results: [String]
    /// Arguments of a call of it, for the help.
    package let example: String
    /// The operation whose success brings, or brings anew, the references that this one wants back; nil when it wants none.
    package let origin: String?
    /// Whether money moves when it succeeds.
    package let movesMoney: Bool

    /// A capture that an operation sends.
    package enum CaptureUse: Equatable, Sendable {
        /// With one of these; the first is the one to use.
        case bound([Wadh])
        /// Without a `wadh`, which is not the same as an empty one.
        case unbound
    }

    init(
        _ words: String, _ product: Product, title: String, summary: String, _ method: String, _ path: String,
        _ fields: [Field], capture: CaptureUse? = nil, origin: String? = nil, movesMoney: Bool = false,
        answers: [Answer], results: [String] = [], example: String
    ) {
        self.words = words
        self.product = product
        self.title = title
        self.summary = summary
        self.method = method
        self.path = path
        self.fields = fields
        self.capture = capture
        self.origin = origin
        self.movesMoney = movesMoney
        self.answers = answers
        self.results = results
        self.example = example
    }

    /// A stable name for scripts, such as `fino-ekyc`.
    package var name: String { words.split(separator: " ").joined(separator: "-") }

    /// Whether an attempt can be repeated without harm.
    package var isRepeatable: Bool { method == "GET" }

    /// Whether another operation continues after its success.
    package var leadsOn: Bool { answers.contains { if case .success(_?) = $0.meaning { true } else { false } } }

    /// Whether its success always ends what was begun: no documented answer leads to another step.
    var isFinal: Bool {
        answers.contains { $0.meaning == .success(then: nil) } && !leadsOn
            && !answers.contains { if case .nextStep = $0.meaning { true } else { false } }
    }

    /// Whether a fingerprint capture goes with it.
    package var takesCapture: Bool { capture != nil }

    /// The field with the Aadhaar number; nil when none is sent.
    package var aadhaarField: Field? { fields.first { $0.format == .aadhaar || $0.format == .encryptedAadhaar } }

    /// The field of this name; nil when the operation does not have it.
    package func field(_ name: String) -> Field? { fields.first { $0.name == name } }
}

/// What an answer's `response_type_id` means for an operation.
package struct Answer: Equatable, Sendable {
    package enum Meaning: Equatable, Sendable {
        /// The operation did what it is for; `then` names the operation that continues, if one does.
        case success(then: String?)
        /// What the operation is for was done before; there is nothing left to do.
        case alreadyVerified
        /// Something else must be done first: what, and by which operation.
        case nextStep(String, then: String?)
        /// Accepted, but not final: only an inquiry can tell.
        case pending
        case refused
    }

    /// A member of `data` without which the meaning does not hold.
    struct Evidence: Equatable, Sendable {
        /// Names of members, from the outside in.
        let path: [String]
        /// The text that must stand there; nil for anything but nothing, false and an empty text.
        var value: String?
    }

    package let type: Int
    package let meaning: Meaning
    let evidence: Evidence?

    init(_ type: Int, _ meaning: Meaning, evidence: Evidence? = nil) {
        self.type = type
        self.meaning = meaning
        self.evidence = evidence
    }

    init(_ type: Int, _ meaning: Meaning, evidence name: String) {
        self.init(type, meaning, evidence: Evidence(path: [name]))
    }

    /// Whether this is what an answer is.
    func fits(_ envelope: Envelope) -> Bool {
        guard type == envelope.responseType else { return false }
        guard let evidence else { return true }
        let found = evidence.path.reduce(JSONValue.object(envelope.data) as JSONValue?) { $0?.object?[$1] }
        return evidence.value.map { found?.text == $0 } ?? found?.isPresent ?? false
    }
}

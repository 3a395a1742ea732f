// One call of Eko's API, described as data: what it needs, where it goes and what its answers mean.
package import Secrets

/// One call of Eko's API.
package struct Operation: Sendable {
    /// A stable name for scripts, such as `fino-ekyc`.
    package let name: String
    /// What it does, to complete "Eko refused the …".
    package let title: String
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

    /// A capture that an operation sends.
    package enum CaptureUse: Equatable, Sendable {
        case bound(Wadh)
        /// Without a `wadh`, which is not the same as an empty one.
        case unbound
    }

    /// Whether an attempt can be repeated without harm.
    package var isRepeatable: Bool { method == "GET" }

    /// Whether a fingerprint capture goes with it.
    package var takesCapture: Bool { capture != nil }
}

/// One field of an operation.
package struct Field: Equatable, Sendable {
    package enum Place: Sendable { case path, body }

    package let name: String
    package let place: Place
    package let format: Format
    package let isRequired: Bool

    static func path(_ name: String, _ format: Format) -> Field {
        Field(name: name, place: .path, format: format, isRequired: true)
    }

    static func body(_ name: String, _ format: Format, required: Bool = true) -> Field {
        Field(name: name, place: .body, format: format, isRequired: required)
    }
}

/// The form of a field's value (2.4 of the API notes).
package enum Format: Equatable, Sendable {
    /// Ten digits, the first 6 to 9.
    case mobile
    /// Only digits.
    case number
    /// At most 20 letters, digits, `_` and `-`.
    case clientReference
    /// What Eko gave and wants back unchanged, often base64; always a string, leading zeros and all.
    case reference
    case aadhaar
    case oneTimePassword
    /// A whole PidData document.
    case pid

    /// What a value must be, to complete "… must be …".
    var expectation: String {
        switch self {
        case .mobile: "10 digits, the first 6 to 9"
        case .number: "digits only"
        case .clientReference: "at most 20 letters, digits, '_' and '-'"
        case .reference: "the text of the earlier answer, at most 256 printable characters"
        case .aadhaar: "an Aadhaar number"
        case .oneTimePassword: "a one-time password"
        case .pid: "a PidData document"
        }
    }

    /// Whether a value has this form.
    package func accepts(_ value: FieldValue) -> Bool {
        switch (self, value) {
        case (.mobile, .text(let text)):
            text.utf8.count == 10 && text.utf8.allSatisfy(isDigit) && text >= "6"
        case (.number, .text(let text)): (1...20).contains(text.utf8.count) && text.utf8.allSatisfy(isDigit)
        case (.clientReference, .text(let text)):
            (1...20).contains(text.utf8.count)
                && text.unicodeScalars.allSatisfy {
                    $0.isASCII && ($0.properties.isAlphabetic || isDigit(UInt8($0.value)) || $0 == "_" || $0 == "-")
                }
        case (.reference, .text(let text)):
            (1...256).contains(text.utf8.count) && text.utf8.allSatisfy { (33...126).contains($0) }
        case (.aadhaar, .aadhaar), (.oneTimePassword, .oneTimePassword): true
        case (.pid, .pid(let xml)): !xml.isEmpty && xml.count <= Limits.pid
        default: false
        }
    }
}

private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

/// A field's value; secrets stay in their own memory until they are written into the request.
package enum FieldValue: Sendable {
    case text(String)
    case aadhaar(Aadhaar)
    case oneTimePassword(OneTimePassword)
    /// The bytes of a PidData document, as pidd gave them.
    case pid(SecretBytes)

    var json: JSONText {
        switch self {
        case .text(let text): .plain(text)
        case .aadhaar(let number): .secret(number.digits)
        case .oneTimePassword(let password): .secret(password.digits)
        case .pid(let xml): .secret(xml)
        }
    }
}

/// What an answer's `response_type_id` means for an operation.
package struct Answer: Equatable, Sendable {
    package enum Meaning: Equatable, Sendable {
        /// The operation did what it is for; `then` names the operation that continues, if one does.
        case success(then: String?)
        /// What the operation is for was done before; there is nothing left to do.
        case alreadyVerified
        /// Something else must be done first.
        case nextStep(String)
        case refused
    }

    package let type: Int
    package let meaning: Meaning
    /// A member of `data` that must be present and not false for the meaning to hold; nil for none.
    let evidence: String?

    init(_ type: Int, _ meaning: Meaning, evidence: String? = nil) {
        self.type = type
        self.meaning = meaning
        self.evidence = evidence
    }
}

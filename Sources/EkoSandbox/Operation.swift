// What can be called: one row an operation, with its path, its fields and what it does.
import Secrets

/// The two states of Eko's documentation that clients speak (spec/eko-api.md section 0.2).
package enum APIProfile: String, CaseIterable, Sendable {
    /// The pages of June 2026.
    case reference
    /// What Eko corrected since.
    case current
}

/// One operation of the API.
struct Operation: Sendable {
    let method: String
    /// Below `/ekoapi/v3`; one part may be a value, such as `{customer_id}`, the customer's mobile number.
    let path: String
    let fields: [Field]
    /// What the value in the path must look like.
    let pathFormat: Field.Format
    /// Makes the answer to a call whose fields have their form.
    let perform: @Sendable (Call) -> Answer

    init(
        method: String, path: String, fields: [Field], pathFormat: Field.Format = .mobile,
        perform: @escaping @Sendable (Call) -> Answer
    ) {
        self.method = method
        self.path = path
        self.fields = fields
        self.pathFormat = pathFormat
        self.perform = perform
    }

    /// The value in a path, nil when the path is another; an empty text for a path template without one.
    func customer(inPath other: Substring) -> Substring? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let others = other.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == others.count else { return nil }
        var customer: Substring = ""
        for (part, other) in zip(parts, others) {
            if part.hasPrefix("{") { customer = other } else if part != other { return nil }
        }
        return customer
    }
}

/// One field of a body.
struct Field: Sendable {
    let name: String
    let isRequired: Bool
    let format: Format

    init(_ name: String, _ format: Format, required: Bool = true) {
        self.name = name
        self.format = format
        isRequired = required
    }

    /// The fields of every call (section 2.3).
    static func common(userCodeRequired: Bool) -> [Field] {
        [
            Field("initiator_id", .mobile), Field("user_code", .digits(8...8), required: userCodeRequired),
            Field("client_ref_id", .clientReference, required: false),
        ]
    }

    /// What a text must look like (spec/eko-api.md section 2.4).
    enum Format: Sendable {
        case mobile
        case aadhaar
        /// Base64 of one RSA block of at least 1024 bits.
        case encryptedAadhaar
        case pan
        /// `YYYY-MM-DD`.
        case date
        /// `latitude,longitude`.
        case place
        /// A JSON number.
        case amount
        /// A JSON array of texts.
        case lines
        /// The text of a JSON object with these members.
        case objectText([String])
        /// The text of a JSON array of texts.
        case linesText
        case digits(ClosedRange<Int>)
        case clientReference
        case text(upTo: Int)

        fileprivate var isAmount: Bool { if case .amount = self { true } else { false } }
        fileprivate var isList: Bool { if case .lines = self { true } else { false } }

        /// What is wrong with a value, nil for nothing.
        func fault(in value: SecretBytes) -> String? {
            value.withSpan { bytes in
                func all(_ isAllowed: (UInt8) -> Bool) -> Bool { bytes.indices.allSatisfy { isAllowed(bytes[$0]) } }
                func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
                func matches(_ pattern: some RegexComponent) -> Bool {
                    String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self).wholeMatch(of: pattern) != nil
                }
                switch self {
                case .mobile:
                    let isMobile = bytes.count == 10 && all(isDigit) && bytes[0] >= UInt8(ascii: "6")
                    return isMobile ? nil : "is not a mobile number of 10 digits that begins with 6 to 9"
                case .aadhaar: return bytes.count == 12 && all(isDigit) ? nil : "does not have 12 digits"
                case .encryptedAadhaar:
                    return matches(/[A-Za-z0-9+\/]{171,683}={0,2}/) ? nil : "is not the base64 of an RSA block"
                case .pan:
                    return matches(/[A-Z]{5}[0-9]{4}[A-Z]/) ? nil : "is not 5 letters, 4 digits and a letter"
                case .date: return matches(/[0-9]{4}-[0-9]{2}-[0-9]{2}/) ? nil : "is not YYYY-MM-DD"
                case .place:
                    return matches(/-?[0-9]{1,3}(\.[0-9]+)?,-?[0-9]{1,3}(\.[0-9]+)?/)
                        ? nil : "is not latitude,longitude"
                case .amount: return matches(/[1-9][0-9]{0,8}/) ? nil : "is not a number of rupees"
                case .lines: return bytes.isEmpty ? "has no lines" : nil
                case .objectText, .linesText: return jsonFault(bytes)
                case .digits(let counts):
                    let range =
                        counts.count == 1 ? "\(counts.lowerBound)" : "\(counts.lowerBound) to \(counts.upperBound)"
                    return counts.contains(bytes.count) && all(isDigit) ? nil : "does not have \(range) digits"
                case .clientReference:
                    let isReference =
                        (1...20).contains(bytes.count)
                        && all { isDigit($0) || (0x41...0x5a).contains($0 & 0xdf) || $0 == 0x5f || $0 == 0x2d }
                    return isReference ? nil : "is not 1 to 20 letters, digits, - or _"
                case .text(let limit):
                    return (1...limit).contains(bytes.count) ? nil : "is empty or has more than \(limit) bytes"
                }
            }
        }

        /// What is wrong with a text that must be JSON of a certain shape.
        private func jsonFault(_ bytes: Span<UInt8>) -> String? {
            let value = try? JSONValue(parsing: bytes.indices.map { bytes[$0] })
            switch (self, value) {
            case (.objectText(let names), .object(let members)?):
                let isWhole = names.allSatisfy { if case .string? = members[$0] { true } else { false } }
                return isWhole ? nil : "does not have all of \(names.joined(separator: ", "))"
            case (.objectText, _): return "is not the text of a JSON object"
            case (_, .array(let lines)?):
                let isText = !lines.isEmpty && lines.allSatisfy { if case .string = $0 { true } else { false } }
                return isText ? nil : "is not the text of a JSON array of lines"
            default: return "is not the text of a JSON array"
            }
        }
    }
}

/// One call of an operation, with every field in its form.
struct Call: Sendable {
    /// The customer, or another value, of the path.
    let customer: String
    private let values: [String: SecretBytes]

    /// Checks the members of a body against an operation's fields; unknown members are let pass.
    ///
    /// - Returns: the call, or the fields that are missing or have another form.
    static func checking(
        _ members: [String: JSONValue], _ operation: Operation, customer: String
    ) -> (call: Call?, faults: [(name: String, fault: String)]) {
        var faults: [(name: String, fault: String)] = []
        var values: [String: SecretBytes] = [:]
        for field in operation.fields {
            switch members[field.name] {
            case nil where !field.isRequired, .null? where !field.isRequired: break
            case nil: faults.append((field.name, "is missing"))
            case .string(let value)? where !field.format.isList:
                if let fault = field.format.fault(in: value) { faults.append((field.name, fault)) }
                values[field.name] = value
            case .number(let text)? where field.format.isAmount:
                let value = SecretBytes(copying: text.utf8)
                if let fault = field.format.fault(in: value) { faults.append((field.name, fault)) }
                values[field.name] = value
            case .array(let lines)? where field.format.isList:
                let isText = !lines.isEmpty && lines.allSatisfy { if case .string = $0 { true } else { false } }
                if !isText { faults.append((field.name, "is not a list of texts")) }
            default: faults.append((field.name, "is not a text (write it between quotes)"))
            }
        }
        if let fault = operation.pathFormat.fault(in: SecretBytes(copying: customer.utf8)), !customer.isEmpty {
            faults.append(("customer_id", fault))
        }
        return faults.isEmpty ? (Call(customer: customer, values: values), []) : (nil, faults)
    }

    /// A field's value; empty when it is optional and was not given.
    func secret(_ name: String) -> SecretBytes { values[name] ?? SecretBytes(copying: []) }

    /// A field that is no secret, as text.
    func text(_ name: String) -> String {
        unsafe secret(name).withUnsafeBuffer { unsafe String(decoding: $0, as: UTF8.self) }
    }
}

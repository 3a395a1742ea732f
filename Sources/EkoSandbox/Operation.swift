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
    /// Below `/ekoapi/v3`; `{customer_id}` stands for the sender's mobile number.
    let path: String
    let fields: [Field]
    /// Makes the answer to a call whose fields have their form.
    let perform: @Sendable (Call) -> Answer

    /// The customer in a path, nil when the path is another; an empty text for a path template without a customer.
    func customer(inPath other: Substring) -> Substring? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let others = other.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == others.count else { return nil }
        var customer: Substring = ""
        for (part, other) in zip(parts, others) {
            if part == "{customer_id}" { customer = other } else if part != other { return nil }
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

    /// What a text must look like (spec/eko-api.md section 2.4).
    enum Format: Sendable {
        case mobile
        case aadhaar
        case digits(ClosedRange<Int>)
        case clientReference
        case text(upTo: Int)

        /// What is wrong with a value, nil for nothing.
        func fault(in value: SecretBytes) -> String? {
            value.withSpan { bytes in
                func all(_ isAllowed: (UInt8) -> Bool) -> Bool { bytes.indices.allSatisfy { isAllowed(bytes[$0]) } }
                func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
                switch self {
                case .mobile:
                    let isMobile = bytes.count == 10 && all(isDigit) && bytes[0] >= UInt8(ascii: "6")
                    return isMobile ? nil : "is not a mobile number of 10 digits that begins with 6 to 9"
                case .aadhaar: return bytes.count == 12 && all(isDigit) ? nil : "does not have 12 digits"
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
    }
}

/// One call of an operation, with every field in its form.
struct Call: Sendable {
    /// The customer of the path.
    let customer: String
    private let values: [String: SecretBytes]

    /// Checks the members of a body against an operation's fields; unknown members are let pass.
    ///
    /// - Returns: the call, or the fields that are missing or have another form.
    static func checking(
        _ members: [String: JSONValue], _ fields: [Field], customer: String
    ) -> (call: Call?, faults: [(name: String, fault: String)]) {
        var faults: [(name: String, fault: String)] = []
        var values: [String: SecretBytes] = [:]
        for field in fields {
            switch members[field.name] {
            case nil where !field.isRequired, .null? where !field.isRequired: break
            case nil: faults.append((field.name, "is missing"))
            case .string(let value)?:
                if let fault = field.format.fault(in: value) { faults.append((field.name, fault)) }
                values[field.name] = value
            default: faults.append((field.name, "is not a text (write it between quotes)"))
            }
        }
        if let fault = Field.Format.mobile.fault(in: SecretBytes(copying: customer.utf8)), !customer.isEmpty {
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

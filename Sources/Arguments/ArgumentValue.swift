// What the text of an option can become.

/// A value that an option or operand takes.
package protocol ArgumentValue: Sendable {
    /// What a person may write, such as "a whole number"; it completes "… needs …".
    static var expectation: String { get }

    /// The words it can be; empty when it can be anything.
    static var choices: [String] { get }

    /// The value of a text, nil when the text is none.
    init?(argument: String)
}

extension ArgumentValue {
    package static var choices: [String] { [] }
}

extension String: ArgumentValue {
    package static var expectation: String { "a text" }

    package init?(argument: String) { self = argument }
}

extension Int: ArgumentValue {
    package static var expectation: String { "a whole number" }

    package init?(argument: String) { self.init(argument) }
}

extension Double: ArgumentValue {
    package static var expectation: String { "a number" }

    package init?(argument: String) {
        guard let value = Double(argument), value.isFinite else { return nil }
        self = value
    }
}

extension Duration: ArgumentValue {
    package static var expectation: String { "a duration such as 10s, 500ms or 2m (a bare number counts seconds)" }

    package init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let number = Double(digits), number.isFinite, number < 1e6 else { return nil }
        switch argument.dropFirst(digits.count) {
        case "", "s": self = .seconds(number)
        case "ms": self = .milliseconds(number)
        case "m", "min": self = .seconds(number * 60)
        default: return nil
        }
    }
}

extension Optional: ArgumentValue where Wrapped: ArgumentValue {
    package static var expectation: String { Wrapped.expectation }
    package static var choices: [String] { Wrapped.choices }

    package init?(argument: String) {
        guard let value = Wrapped(argument: argument) else { return nil }
        self = value
    }
}

/// A choice between words: an enumeration of strings needs nothing more than this conformance.
package protocol ArgumentChoice: ArgumentValue, CaseIterable, RawRepresentable<String> {}

extension ArgumentChoice {
    package static var expectation: String {
        "one of " + choices.map { "'\($0)'" }.joined(separator: ", ")
    }

    package static var choices: [String] { allCases.map(\.rawValue) }

    package init?(argument: String) { self.init(rawValue: argument) }
}

// One option, flag or operand of a command, bound to a property.

/// One thing that a command line may say, and the property of `Options` it sets.
package struct Parameter<Options>: Sendable {
    enum Kind: Equatable, Sendable {
        case flag, option
        case operand(required: Bool)
        /// Everything from the first operand on, options of another program included.
        case rest
        /// What whoever says it is told.
        case refused(ArgumentError)
    }

    let long: String
    let short: Character?
    let placeholder: String
    let help: String
    let kind: Kind
    let expectation: String
    let choices: [String]
    let store: @Sendable (inout Options, String) -> Bool

    /// A switch without a value, such as `--json`.
    package static func flag(
        _ long: String, short: Character? = nil, help: String, _ path: any WritableKeyPath<Options, Bool> & Sendable
    ) -> Parameter {
        Parameter(
            long: long, short: short, placeholder: "", help: help, kind: .flag, expectation: "", choices: []
        ) { options, _ in
            options[keyPath: path] = true
            return true
        }
    }

    /// An option with a value, such as `--socket PATH`; the last one given counts.
    package static func option<Value: ArgumentValue>(
        _ long: String, short: Character? = nil, _ placeholder: String, help: String,
        _ path: any WritableKeyPath<Options, Value> & Sendable
    ) -> Parameter {
        Parameter(
            long: long, short: short, placeholder: placeholder, help: help, kind: .option,
            expectation: Value.expectation, choices: Value.choices, store: setter(path))
    }

    /// An option that may be given several times; every value is kept, in order.
    package static func list<Value: ArgumentValue>(
        _ long: String, short: Character? = nil, _ placeholder: String, help: String,
        _ path: any WritableKeyPath<Options, [Value]> & Sendable
    ) -> Parameter {
        Parameter(
            long: long, short: short, placeholder: placeholder, help: help, kind: .option,
            expectation: Value.expectation, choices: Value.choices, store: appender(path))
    }

    /// A word that stands by itself.
    package static func operand<Value: ArgumentValue>(
        _ placeholder: String, required: Bool = true, help: String,
        _ path: any WritableKeyPath<Options, Value> & Sendable
    ) -> Parameter {
        Parameter(
            long: "", short: nil, placeholder: placeholder, help: help, kind: .operand(required: required),
            expectation: Value.expectation, choices: Value.choices, store: setter(path))
    }

    /// All words from the first operand on, as they are: another program and its arguments.
    package static func rest(
        _ placeholder: String, help: String, _ path: any WritableKeyPath<Options, [String]> & Sendable
    ) -> Parameter {
        Parameter(
            long: "", short: nil, placeholder: placeholder, help: help, kind: .rest, expectation: "", choices: [],
            store: appender(path))
    }

    /// An option that is known but never taken, such as one whose value others could read; no help lists it.
    ///
    /// - Parameters:
    ///   - long: its name without hyphens.
    ///   - cause: why it is not taken, to complete "--name …".
    ///   - nextStep: what to say instead.
    /// - Returns: the option.
    package static func refused(_ long: String, cause: String, nextStep: String) -> Parameter {
        let error = ArgumentError.refused("--\(long) \(cause)", nextStep: nextStep)
        return Parameter(
            long: long, short: nil, placeholder: "", help: "", kind: .refused(error), expectation: "", choices: []
        ) { _, _ in false }
    }

    private static func setter<Value: ArgumentValue>(
        _ path: any WritableKeyPath<Options, Value> & Sendable
    ) -> @Sendable (inout Options, String) -> Bool {
        { options, text in
            guard let value = Value(argument: text) else { return false }
            options[keyPath: path] = value
            return true
        }
    }

    private static func appender<Value: ArgumentValue>(
        _ path: any WritableKeyPath<Options, [Value]> & Sendable
    ) -> @Sendable (inout Options, String) -> Bool {
        { options, text in
            guard let value = Value(argument: text) else { return false }
            options[keyPath: path].append(value)
            return true
        }
    }

    /// What a shell or a manual has to know; nil of what is no option to choose.
    var description: OptionDescription? {
        isOption
            ? OptionDescription(long: long, short: short, placeholder: placeholder, help: help, choices: choices) : nil
    }

    var isOperand: Bool {
        switch kind {
        case .operand, .rest: true
        case .flag, .option, .refused: false
        }
    }

    /// Whether it is an option that a person can choose.
    var isOption: Bool { kind == .flag || kind == .option }

    /// How the usage line shows an operand.
    var usage: String {
        switch kind {
        case .operand(required: true): placeholder
        case .rest: "\(placeholder)..."
        default: "[\(placeholder)]"
        }
    }
}

// One command: its options and operands, bound to the properties of a value.

/// One command's parameters; `parse` reads words into a value of `Options`, `help` describes them.
package struct Command<Options>: Sendable {
    /// The words that name the command, such as `ekyc-client fino ekyc`.
    package let name: String
    package let summary: String
    private let makeNotes: @Sendable () -> String
    private let makeParameters: @Sendable () -> [Parameter<Options>]

    /// Describes a command.
    ///
    /// Of the many commands of a program each run needs one: `notes` and `parameters` are made only where they are asked for.
    ///
    /// - Parameters:
    ///   - name: the words that name it, the program's first.
    ///   - summary: one sentence.
    ///   - notes: paragraphs below the options, such as examples.
    ///   - parameters: its options and operands; operands in the order in which they are typed.
    package init(
        _ name: String, summary: String, notes: @autoclosure @escaping @Sendable () -> String = "",
        _ parameters: @autoclosure @escaping @Sendable () -> [Parameter<Options>]
    ) {
        self.name = name
        self.summary = summary
        makeNotes = notes
        makeParameters = parameters
    }

    /// Reads the words after the command's name into `options`, GNU style.
    ///
    /// Options stand anywhere, as `--name=value`, `--name value`, `-n value` or `-nvalue`; `-abc` joins flags; `--` ends them.
    ///
    /// - Throws: `ArgumentError` for the first word that does not fit.
    package func parse(_ arguments: some Sequence<String>, into options: inout Options) throws(ArgumentError) {
        let parameters = makeParameters()
        var words = Array(arguments)[...]
        var operands = parameters.filter(\.isOperand)[...]
        while let word = words.popFirst() {
            if word == "--" {
                while let word = words.popFirst() { try take(word, &operands, &words, &options) }
            } else if word.hasPrefix("--") {
                let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let long = String(parts[0])
                guard let parameter = parameters.first(where: { !$0.isOperand && $0.long == long }) else {
                    throw .unknownOption("--\(long)", known: parameters.filter(\.isOption).map { "--\($0.long)" })
                }
                try apply(parameter, "--\(long)", parts.count == 2 ? String(parts[1]) : nil, &words, &options)
            } else if word.hasPrefix("-"), word != "-" {
                try takeLetters(word, parameters, &words, &options)
            } else {
                try take(word, &operands, &words, &options)
            }
        }
        if let missing = operands.first(where: { $0.kind == .operand(required: true) || $0.kind == .rest }) {
            throw .missingOperand(missing.placeholder)
        }
    }

    /// Flags joined behind one hyphen, the last of which may be an option with its value.
    private func takeLetters(
        _ word: String, _ parameters: [Parameter<Options>], _ words: inout ArraySlice<String>,
        _ options: inout Options
    ) throws(ArgumentError) {
        var letters = word.dropFirst()
        while let letter = letters.popFirst() {
            guard let parameter = parameters.first(where: { $0.short == letter }) else {
                throw .unknownOption("-\(letter)", known: [])
            }
            let attached = parameter.kind == .option && !letters.isEmpty ? String(letters) : nil
            if attached != nil { letters = "" }
            try apply(parameter, "-\(letter)", attached, &words, &options)
        }
    }

    private func apply(
        _ parameter: Parameter<Options>, _ name: String, _ attached: String?, _ words: inout ArraySlice<String>,
        _ options: inout Options
    ) throws(ArgumentError) {
        if case .refused(let error) = parameter.kind { throw error }
        guard parameter.kind == .option else {
            guard attached == nil else { throw .unwantedValue(name) }
            _ = parameter.store(&options, "")
            return
        }
        guard let value = attached ?? words.popFirst() else {
            throw .missingValue(option: name, expectation: parameter.expectation)
        }
        guard parameter.store(&options, value) else {
            throw .invalidValue(option: name, value: value, expectation: parameter.expectation)
        }
    }

    private func take(
        _ word: String, _ operands: inout ArraySlice<Parameter<Options>>, _ words: inout ArraySlice<String>,
        _ options: inout Options
    ) throws(ArgumentError) {
        guard let operand = operands.popFirst() else { throw .extraOperand(word) }
        guard operand.store(&options, word) else {
            throw .invalidValue(option: operand.placeholder, value: word, expectation: operand.expectation)
        }
        if operand.kind == .rest {
            while let next = words.popFirst() { _ = operand.store(&options, next) }
        }
    }

    var options: [OptionDescription] { makeParameters().compactMap(\.description) }

    /// The text of `--help`.
    package var help: String {
        let parameters = makeParameters()
        let notes = makeNotes()
        let operands = parameters.filter(\.isOperand)
        let options = parameters.filter(\.isOption)
        let usage = [name] + (options.isEmpty ? [] : ["[OPTION]..."]) + operands.map(\.usage)
        let rows = (operands + options).map { parameter -> (String, String) in
            guard !parameter.isOperand else { return (parameter.placeholder, parameter.help) }
            let short = parameter.short.map { "-\($0), " } ?? "    "
            let value = parameter.kind == .option ? " \(parameter.placeholder)" : ""
            return ("\(short)--\(parameter.long)\(value)", parameter.help)
        }
        var text = "Usage: \(usage.joined(separator: " "))\n\(summary)\n"
        if !rows.isEmpty { text += "\n\(table(rows))" }
        if !notes.isEmpty { text += "\n\(notes)\n" }
        return text
    }
}

/// Two columns, the second aligned and wrapped at 100 characters.
func table(_ rows: [(String, String)]) -> String {
    let width = min(rows.map(\.0.count).max() ?? 0, 30)
    return rows.map { left, right in
        let indent = String(repeating: " ", count: width + 4)
        var lines: [String] = []
        var line = ""
        for word in right.split(separator: " ") {
            if !line.isEmpty, line.count + word.count + 1 > 100 - width - 4 {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        lines.append(line)
        let gap = left.count <= width ? String(repeating: " ", count: width - left.count + 2) : "\n\(indent)"
        return "  \(left)\(gap)\(lines.joined(separator: "\n\(indent)"))\n"
    }.joined()
}

// What is wrong with a command line, in words for the person who typed it.
import Platform

/// A mistake on a command line; programs end with status 64 (EX_USAGE) and print it.
package enum ArgumentError: ExplainedError, Equatable {
    case unknownCommand(String, known: [String])
    case missingCommand(known: [String])
    case unknownOption(String, known: [String])
    case missingValue(option: String, expectation: String)
    case unwantedValue(String)
    case invalidValue(option: String, value: String, expectation: String)
    case missingOperand(String)
    case extraOperand(String)
    case missingOption(String)
    /// An option that is known but never taken.
    case refused(String, nextStep: String)
    /// Options that each are well formed but do not go together.
    case contradiction(String)

    package var code: String { "usage" }

    package var cause: String {
        switch self {
        case .unknownCommand(let word, _): "there is no command \(quoted(word))"
        case .missingCommand: "a command is missing"
        case .unknownOption(let name, _): "there is no option \(quoted(name))"
        case .missingValue(let option, let expectation): "option '\(option)' needs \(expectation)"
        case .unwantedValue(let name): "option '\(name)' takes no value"
        case .invalidValue(let option, let value, let expectation):
            "'\(option)' needs \(expectation), not \(quoted(value))"
        case .missingOperand(let name): "\(name) is missing"
        case .extraOperand(let value): "unexpected \(quoted(value))"
        case .missingOption(let name): "option '\(name)' is required"
        case .refused(let text, _), .contradiction(let text): text
        }
    }

    package var nextStep: String {
        switch self {
        case .unknownCommand(let word, _) where isBareNumber(word),
            .unknownOption(let word, _) where isBareNumber(word),
            .extraOperand(let word) where isBareNumber(word):
            bareNumberAdvice
        case .unknownCommand(let word, let known), .unknownOption(let word, let known):
            closest(to: word, among: known).map { "did you mean '\($0)'?" } ?? ""
        case .refused(_, let nextStep): nextStep
        case .missingCommand(let known): "say one of: \(known.joined(separator: ", "))"
        default: ""
        }
    }
}

/// What was typed, but for numbers in it that may be a secret.
private func quoted(_ text: String) -> String {
    guard !isBareNumber(text) else { return "a number" }
    let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    return "'\(words.map { isBareNumber($0) ? "(a number)" : $0 }.joined(separator: " "))'"
}

/// The known word with the fewest letters to change, if that is a plausible slip.
private func closest(to word: String, among known: [String]) -> String? {
    let ranked = known.map { (word: $0, distance: distance(Array(word), Array($0))) }
    guard let best = ranked.min(by: { $0.distance < $1.distance }), best.distance <= max(2, word.count / 3) else {
        return nil
    }
    return best.word
}

/// Levenshtein's distance: insertions, deletions and replacements of letters.
private func distance(_ left: [Character], _ right: [Character]) -> Int {
    var row = Array(0...right.count)
    for (i, a) in left.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, b) in right.enumerated() {
            let replaced = diagonal + (a == b ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
        }
    }
    return row[right.count]
}

// Texts of others as they may be shown: short, on one line, and without an Aadhaar number in any of its spellings.

/// A server's text as it may be shown: one line without control characters, of bounded length, Aadhaar numbers masked.
package func shown(_ text: String) -> String {
    // Masked before it is cut: of a number that the cut goes through, the rest would look like none.
    String(maskingAadhaar(onOneLine(text)).prefix(Limits.shownText))
}

/// A text that a person has to read whole: its lines kept, else as `shown`; nil when it is too long for that.
package func shownWhole(_ text: String) -> String? {
    guard text.unicodeScalars.count <= Limits.wholeText else { return nil }
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    return lines.map { String(maskingAadhaar(onOneLine(String($0)))) }.joined(separator: "\n")
}

/// One of Eko's numbers or references as it may be shown: as `shown`, but unmasked, for banks number their transactions with
/// 12 digits too.
package func shownReference(_ text: String) -> String { String(onOneLine(text).prefix(Limits.shownText)) }

extension JSONValue {
    /// The same with Aadhaar numbers masked in all texts but those of members that hold numbers of Eko and the banks.
    package func masked() -> JSONValue {
        switch self {
        case .text(let text): .text(String(maskingAadhaar(Array(text))))
        case .integer(let value) where (200_000_000_000...999_999_999_999).contains(value):
            .text(String(maskingAadhaar(Array(String(value)))))
        case .array(let values): .array(values.map { $0.masked() })
        case .object(let members): .object(Self.masked(members))
        default: self
        }
    }

    /// `masked` for the members of an object.
    package static func masked(_ members: [String: JSONValue]) -> [String: JSONValue] {
        members.reduce(into: [:]) {
            $0[$1.key] = isNumber($1.key) && $1.value.text != nil ? $1.value : $1.value.masked()
        }
    }

    /// Whether a member holds a number or reference of Eko or a bank, which scripts compare and give back.
    package static func isNumber(_ name: String) -> Bool {
        guard !name.lowercased().contains("aadha") else { return false }
        return name.hasSuffix("_id") || name.hasSuffix("tid") || name.hasSuffix("_num") || name == "user_code"
    }
}

private func onOneLine(_ text: String) -> [Character] {
    text.unicodeScalars.map { scalar in
        let isControl = scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
        return isControl ? " " : Character(scalar)
    }
}

/// Replaces the first eight digits of each Aadhaar number.
///
/// A number is 12 digits of any script in one piece, or three pieces of four with up to three blanks, hyphens, dots and the
/// like between them, as cards and people write it.
private func maskingAadhaar(_ text: [Character]) -> [Character] {
    var text = text
    let runs = text.indices.split { text[$0].wholeNumberValue == nil }
    for (place, run) in runs.enumerated() {
        if run.count == 12 { mask(Array(run)) }
        guard place + 2 < runs.count else { continue }
        let group = runs[place...(place + 2)]
        let gaps = zip(group, group.dropFirst()).map { $0.endIndex..<$1.startIndex }
        let isGrouped =
            group.allSatisfy { $0.count == 4 }
            && gaps.allSatisfy { gap in gap.count <= 3 && gap.allSatisfy { isSeparator(text[$0]) } }
        if isGrouped { mask(group.flatMap(\.self)) }
    }
    func mask(_ digits: [Int]) {
        for index in digits.prefix(8) { text[index] = "X" }
    }
    return text
}

private func isSeparator(_ character: Character) -> Bool {
    character.isWhitespace || "-._/:,\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{00b7}\u{2212}".contains(character)
}

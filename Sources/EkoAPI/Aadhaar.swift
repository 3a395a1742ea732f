// The Aadhaar number: read from where no one else reads it, shown masked, sent once.
package import Secrets

/// A 12-digit Aadhaar number whose first digit is 2 to 9.
package struct Aadhaar: Sendable, CustomStringConvertible {
    /// The 12 ASCII digits.
    package let digits: SecretBytes

    /// Reads a number, with or without the blanks after each four digits that the card prints.
    ///
    /// - Throws: `InvalidInput` that says how many digits there were, never which.
    package init(parsing text: SecretBytes) throws(InvalidInput) {
        let trimmed = text.trimmingWhitespace()
        let grouped = trimmed.count == 14 && trimmed[4] == UInt8(ascii: " ") && trimmed[9] == UInt8(ascii: " ")
        let digits = unsafe SecretBytes(capacity: trimmed.count) { room in
            var count = 0
            for index in 0..<trimmed.count where !(grouped && (index == 4 || index == 9)) {
                unsafe room[count] = trimmed[index]
                count += 1
            }
            return count
        }
        guard digits.isDecimal else {
            throw InvalidInput(
                "aadhaar-not-digits", "the Aadhaar number has characters other than digits",
                nextStep: "give 12 digits, nothing else")
        }
        guard digits.count == 12 else {
            throw InvalidInput(
                "aadhaar-length", "the Aadhaar number has \(digits.count) digits instead of 12",
                nextStep: "read it again from the card")
        }
        guard digits[0] >= UInt8(ascii: "2") else {
            throw InvalidInput(
                "aadhaar-first-digit", "an Aadhaar number does not begin with 0 or 1",
                nextStep: "read it again from the card")
        }
        self.digits = digits
    }

    /// Whether the last digit is the Verhoeff check digit of the others.
    ///
    /// Real numbers all pass; Eko's published examples do not, so this is for a warning.
    package var hasValidCheckDigit: Bool { digits.withSpan(passesVerhoeff) }

    /// The first eight digits masked, as UIDAI asks: `XXXXXXXX1234`.
    package var description: String {
        "XXXXXXXX" + String(decoding: (8..<12).map { digits[$0] }, as: UTF8.self)
    }
}

extension SecretBuffer where Element == UInt8 {
    /// Whether all bytes are ASCII digits.
    var isDecimal: Bool {
        withSpan { bytes in bytes.indices.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[$0]) } }
    }
}

/// Verhoeff's check: the digits, each permuted by its place, multiply to the identity of the dihedral group of order 10.
private func passesVerhoeff(_ digits: Span<UInt8>) -> Bool {
    let permutation = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]
    var product = 0
    for (place, index) in digits.indices.reversed().enumerated() {
        var digit = Int(digits[index]) - 48
        for _ in 0..<(place % 8) { digit = permutation[digit] }
        product = dihedralProduct(product, digit)
    }
    return product == 0
}

/// 0 to 4 are the rotations of a pentagon, 5 to 9 its reflections.
private func dihedralProduct(_ left: Int, _ right: Int) -> Int {
    switch (left < 5, right < 5) {
    case (true, true): (left + right) % 5
    case (true, false): (left + right - 5) % 5 + 5
    case (false, true): (left - 5 - right + 5) % 5 + 5
    case (false, false): (left - right + 5) % 5
    }
}

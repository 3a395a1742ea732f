// The permanent account number of a tax payer: read from a private file, shown masked.
package import Secrets

/// A PAN: 5 capital letters, 4 digits, a capital letter.
package struct PAN: Sendable, CustomStringConvertible {
    let text: SecretBytes

    /// Reads a PAN; white space at its ends does not count.
    ///
    /// - Throws: `InvalidInput` when it has another form; the text is not repeated.
    package init(parsing given: SecretBytes) throws(InvalidInput) {
        text = given.trimmingWhitespace()
        let isPAN = text.withSpan { bytes in
            bytes.count == 10
                && bytes.indices.allSatisfy { index in
                    (5..<9).contains(index)
                        ? (0x30...0x39).contains(bytes[index]) : (0x41...0x5a).contains(bytes[index])
                }
        }
        guard isPAN else {
            throw InvalidInput(
                "pan-invalid", "the PAN is not 5 capital letters, 4 digits and a capital letter",
                nextStep: "copy it again from the card")
        }
    }

    /// Shows the last letter alone.
    package var description: String { "XXXXXXXXX" + String(decoding: [text[9]], as: UTF8.self) }
}

// The code from a text message that confirms a step.
package import Secrets

/// A one-time password of 4 to 10 digits, leading zeros included.
package struct OneTimePassword: Sendable, CustomStringConvertible {
    /// The ASCII digits.
    package let digits: SecretBytes

    /// Reads a password; white space at its ends does not count.
    ///
    /// - Throws: `InvalidInput` when it is not 4 to 10 digits.
    package init(parsing text: SecretBytes) throws(InvalidInput) {
        digits = text.trimmingWhitespace()
        guard digits.isDecimal, (4...10).contains(digits.count) else {
            throw InvalidInput(
                "otp-invalid", "the OTP is not a number of 4 to 10 digits", nextStep: "copy it again from the message")
        }
    }

    /// Shows nothing, not even the length.
    package var description: String { "******" }
}

// The code from a text message that confirms a step.
package import Secrets

/// A one-time password, leading zeros included.
package struct OneTimePassword: Sendable, CustomStringConvertible {
    /// The ASCII digits.
    package let digits: SecretBytes

    /// Reads a password; white space at its ends does not count.
    ///
    /// - Parameters:
    ///   - text: as it was read.
    ///   - isForCapture: whether it goes into a capture, where it has exactly 6 digits (PidOptions).
    /// - Throws: `InvalidInput` when it is not 4 to 10 digits, or not the 6 of a capture.
    package init(parsing text: SecretBytes, isForCapture: Bool = false) throws(InvalidInput) {
        digits = text.trimmingWhitespace()
        guard digits.isDecimal, (isForCapture ? 6...6 : 4...10).contains(digits.count) else {
            throw InvalidInput(
                "otp-invalid", "the OTP is not a number of \(isForCapture ? "6" : "4 to 10") digits",
                nextStep: "copy it again from the message")
        }
    }

    /// Shows nothing, not even the length.
    package var description: String { "******" }
}

// A number where the name of a file or a command belongs: most likely a secret at the wrong place.

/// Whether a text is nothing but a number of four digits or more, such as an Aadhaar number or an OTP.
///
/// Error texts do not repeat one: whoever writes `--aadhaar-file 999941057058` has typed the secret itself.
package func isBareNumber(_ text: String) -> Bool {
    text.allSatisfy { $0.isWholeNumber || $0 == " " || $0 == "-" } && text.count(where: \.isWholeNumber) >= 4
}

/// What to do about a bare number.
package let bareNumberAdvice = "give the name of a file, not the number itself"

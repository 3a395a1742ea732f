// What can be wrong with a picture or a record, without a word of what is in it.
import Platform

/// A picture that cannot be used, or a record that does not parse.
package struct BiometricError: ExplainedError, Equatable {
    package let code: String
    package let cause: String
    package let nextStep: String

    package init(_ code: String, _ cause: String, nextStep: String = "") {
        self.code = code
        self.cause = cause
        self.nextStep = nextStep
    }

    static func record(_ cause: String) -> Self { Self("record-invalid", "the record is invalid: \(cause)") }
}

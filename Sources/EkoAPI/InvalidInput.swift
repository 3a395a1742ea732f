// What is found wrong before anything is sent.
import Platform

/// A value that must not be sent as it is; nothing was signed or sent.
package struct InvalidInput: ExplainedError, Equatable {
    package let code: String
    package let cause: String
    package let nextStep: String

    package init(_ code: String, _ cause: String, nextStep: String) {
        self.code = code
        self.cause = cause
        self.nextStep = nextStep
    }
}

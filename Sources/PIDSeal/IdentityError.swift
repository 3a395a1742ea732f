// Why a device has no valid identity or keys; RD clients see all of these as 740.
import Platform
package import RDProtocol

/// An identity that is missing, damaged, expired or must not be replaced.
package struct IdentityError: ExplainedError, Equatable {
    package let code: String
    package let cause: String
    package let nextStep: String

    package init(_ code: String, _ cause: String, nextStep: String) {
        self.code = code
        self.cause = cause
        self.nextStep = nextStep
    }

    /// The same error of another room.
    init(_ error: some ExplainedError) {
        self.init(error.code, error.cause, nextStep: error.nextStep)
    }

    /// What an RD client gets: 740.
    package var rdError: RDError { RDError(.notRegistered, because: self) }
}

// What libcrypto refused to do, without a word of what it was given.
import CCrypto
import Platform

/// A cryptographic operation failed: a bad key, a certificate that does not parse, a tag that does not match.
package struct CryptoError: ExplainedError, Equatable {
    package let code: String
    package let cause: String
    package let nextStep: String

    /// A failure that this module found itself.
    package init(_ code: String, _ cause: String, nextStep: String = "") {
        self.code = code
        self.cause = cause
        self.nextStep = nextStep
    }

    /// The failure of a libcrypto call: its reason is taken from the error queue, which is emptied.
    init(failed operation: String) {
        let number = ERR_get_error()
        ERR_clear_error()
        let reason = unsafe ERR_reason_error_string(number).map { unsafe String(cString: $0) }
        self.init("crypto-failed", reason.map { "\(operation) failed: \($0)" } ?? "\(operation) failed")
    }
}

/// Turns libcrypto's "1 is success" into an error.
func check(_ result: Int32, _ operation: String) throws(CryptoError) {
    guard result == 1 else { throw CryptoError(failed: operation) }
}

/// Turns libcrypto's "NULL is failure" into an error.
func made(_ pointer: OpaquePointer?, _ operation: String) throws(CryptoError) -> OpaquePointer {
    guard let pointer = unsafe pointer else { throw CryptoError(failed: operation) }
    return unsafe pointer
}

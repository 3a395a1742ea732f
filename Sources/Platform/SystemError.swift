// A system call that failed: which one, on what, and errno.
import Glibc

/// A system call that failed, with its errno and what it was about.
package struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
    package let call: String
    package let code: Int32
    /// The path or address the call was about; empty when there is none.
    package let subject: String

    /// Takes errno when no code is given, so it must be made before any other call.
    package init(_ call: String, on subject: String = "", code: Int32? = nil) {
        self.code = code ?? errno
        self.call = call
        self.subject = subject
    }

    package var description: String {
        let reason = unsafe String(cString: strerror(code))
        return subject.isEmpty ? "\(call): \(reason)" : "\(subject): \(reason) (\(call))"
    }
}

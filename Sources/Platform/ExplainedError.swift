// What every error that a person can see must say.

/// An error that a person sees: a stable code, the cause, and what to do next.
///
/// The texts never hold a secret or anything taken from a finger: they go to terminals, journals and clients.
package protocol ExplainedError: Error, CustomStringConvertible {
    /// A stable short name for scripts, lower case with hyphens, such as `key-file-too-open`.
    var code: String { get }
    /// What is wrong, in one sentence without a full stop at its end.
    var cause: String { get }
    /// What the reader can do about it, in one sentence; empty when nothing can be done.
    var nextStep: String { get }
}

extension ExplainedError {
    package var description: String { nextStep.isEmpty ? cause : "\(cause); \(nextStep)" }
}

// All scanners that are attached, each with what it is doing.

/// What one attached scanner is doing.
package enum ScannerCondition: Equatable, Sendable {
    /// It works as far as is known, but another one is used; it is opened when a capture asks for it.
    case unused
    /// It is being opened for up to 30 s: which attempt, from 1, and why the last one failed.
    case starting(attempt: Int, lastFailure: String?)
    case ready
    /// A picture is being taken, or the finger has not been lifted yet.
    case capturing
    /// It is too hot to capture.
    case cooling
    /// It did not answer any more and is being brought back.
    case recovering
    /// It cannot be used until it is plugged in again; the reason is a sentence without a full stop.
    case failed(reason: String)
    /// It is known, but nothing here can drive it; the text says which it is and what can be done.
    case unsupported(reason: String)

    /// A word for machines.
    package var word: String {
        switch self {
        case .unused: "unused"
        case .starting: "starting"
        case .ready: "ready"
        case .capturing: "capturing"
        case .cooling: "cooling"
        case .recovering: "recovering"
        case .failed: "failed"
        case .unsupported: "unsupported"
        }
    }

    /// Why it cannot be used, or why it could not be opened so far.
    package var reason: String? {
        switch self {
        case .failed(let reason), .unsupported(let reason), .starting(_, let reason?): reason
        case .unused, .starting, .ready, .capturing, .cooling, .recovering: nil
        }
    }
}

/// An attached scanner.
package struct AttachedScanner: Equatable, Sendable {
    package let info: ScannerInfo
    package let condition: ScannerCondition
    /// Captures that name no scanner go to this one.
    package let isDefault: Bool
}

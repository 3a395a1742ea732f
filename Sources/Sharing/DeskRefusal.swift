// Why a request ended without a capture of its own making, in words for people and names for scripts.

/// Tells a client why it did not get the scanner, or why it lost it.
///
/// It has the members of `ExplainedError` (target Platform), so `extension DeskRefusal: ExplainedError {}` makes it
/// one.
package struct DeskRefusal: Error, Sendable, Equatable {
    /// The reasons; the raw value is the stable name for scripts.
    package enum Reason: String, CaseIterable, Sendable {
        /// Another request had the scanner for as long as this one was ready to wait (RD 710).
        case busy
        /// The scanner was not ready for as long as the request was ready to wait (RD 720).
        case deviceStarting = "device-starting"
        /// There was no scanner when the request came (RD 720).
        case deviceAbsent = "device-absent"
        /// The scanner went away while the request waited or captured (RD 720).
        case deviceLost = "device-lost"
        /// The scanner became another generation during the capture: plugged in anew, or back from a sleep (RD 720).
        case deviceReplaced = "device-replaced"
        /// The capture took longer than its limit and the grace together.
        case leaseExpired = "lease-expired"
        /// No finger came while another user waited (RD 700).
        case leaseContested = "lease-contested"
        /// The client left or asked for the end.
        case cancelled
        /// The user already has as many requests in line as one may have (HTTP 429).
        case tooManyForUser = "too-many-for-user"
        /// The user has kept the sensor on without a finger for as long as one may (HTTP 429).
        case tooLongWithoutFinger = "too-long-without-finger"
        /// The line is full (HTTP 503).
        case tooManyInAll = "too-many-in-all"
        /// The daemon is about to end (HTTP 503).
        case shuttingDown = "shutting-down"
    }

    package let reason: Reason
    /// How long the client should wait before it asks again; nil where asking again is no cure.
    package let retryAfter: Duration?
    /// Who has the scanner, where that is why the request was refused.
    package let holder: Party?

    package init(_ reason: Reason, retryAfter: Duration? = nil, holder: Party? = nil) {
        self.reason = reason
        self.retryAfter = retryAfter
        self.holder = holder
    }

    package var code: String { reason.rawValue }

    package var cause: String {
        switch reason {
        case .busy: "the scanner is in use by another program"
        case .deviceStarting: "the scanner is still starting"
        case .deviceAbsent: "no scanner is attached"
        case .deviceLost: "the scanner was removed"
        case .deviceReplaced: "the scanner was plugged in anew or put to sleep during the capture"
        case .leaseExpired: "the capture did not end in its time and was stopped"
        case .leaseContested: "no finger came for a while, and another user waits for the scanner"
        case .cancelled: "the request was cancelled"
        case .tooManyForUser: "this user has too many requests waiting for the scanner"
        case .tooLongWithoutFinger: "this user had the scanner wait for a finger for too long, and none came"
        case .tooManyInAll: "too many requests are waiting for the scanner"
        case .shuttingDown: "the service is stopping"
        }
    }

    package var nextStep: String {
        switch reason {
        case .busy: "wait for the other capture to end, or ask again with a longer wait"
        case .deviceStarting: "ask again in a moment, or with a longer wait"
        case .deviceAbsent: "plug the scanner in and ask again"
        case .deviceLost: "check the cable, plug the scanner in again and repeat the capture"
        case .deviceReplaced: "repeat the capture"
        case .leaseExpired: "repeat the capture; if it happens again, unplug the scanner and plug it in again"
        case .leaseContested: "have the finger ready and repeat the capture, which then waits for its turn"
        case .cancelled: ""
        case .tooManyForUser: "let the waiting requests end before asking again"
        case .tooLongWithoutFinger: "let the scanner rest for that time, then have the finger ready"
        case .tooManyInAll, .shuttingDown: "ask again later"
        }
    }
}

/// How a request ended; each request has exactly one.
package enum Outcome: Hashable, Sendable {
    /// The capture ran to its end and succeeded.
    case succeeded
    /// The capture ran to its end and failed by itself: no finger in time, a bad picture, a scanner error.
    case failed
    /// The desk refused the request or took the scanner from it.
    case refused(DeskRefusal.Reason)
}

// The exit status of every way in which ekyc-client can end; the help text shows this table.
import EkoAPI
import HTTPClient
import PiddClient

/// How ekyc-client ends.
package enum ExitCode: Int32, CaseIterable, Sendable {
    case done = 0
    case failed = 1
    case nextStep = 3
    case refused = 4
    case unknownOutcome = 5
    case authentication = 6
    case route = 7
    case usage = 64
    case badInput = 65
    case unavailable = 69
    case internalError = 70
    case cannotWrite = 73
    case tryAgain = 75
    case otherVersion = 76
    case forbidden = 77
    case configuration = 78
    case noFinger = 124
    case interrupted = 130
    case readerGone = 141
    case terminated = 143

    /// What it means, for the help text.
    var meaning: String {
        switch self {
        case .done: "done, the result is on standard output; nothing has to follow"
        case .failed: "failed for a reason without a status of its own"
        case .nextStep:
            "another step has to follow: the result on standard output names it as 'next'; a flow needs an OTP or a consent"
        case .refused: "Eko refused (wrong OTP, no match, limit, ...)"
        case .unknownOutcome:
            "outcome unknown, also after a signal: the request was sent, Eko may have acted; nothing is sent twice"
        case .authentication: "Eko does not accept the keys or the clock"
        case .route: "Eko has no such operation at the base URL"
        case .usage: "wrong command line, or consent not confirmed"
        case .badInput: "a value is invalid; Eko acted on nothing"
        case .unavailable: "pidd, its scanner or Eko cannot be reached, or pidd is stopping; nothing was sent"
        case .internalError: "a mistake in this program"
        case .cannotWrite: "the output cannot be written"
        case .tryAgain: "the scanner is busy, pidd was restarted or the flow runs already, try again"
        case .otherVersion: "pidd speaks other versions of its protocol; update the older of the two"
        case .forbidden: "this user may not"
        case .configuration: "settings, key files or certificates are wrong"
        case .noFinger: "nobody put a finger on the scanner in time"
        case .interrupted: "interrupted (SIGINT) while no answer of Eko was awaited; a running capture was cancelled"
        case .readerGone: "the reader of standard output went away"
        case .terminated: "terminated (SIGTERM), likewise"
        }
    }

    /// The table as it stands in the help text.
    static var table: String {
        "Exit status:\n"
            + allCases.map { code in
                let number = String(code.rawValue)
                return "  \(String(repeating: " ", count: 3 - number.count))\(number)  \(code.meaning)"
            }.joined(separator: "\n")
    }

    init(_ kind: PiddError.Kind) {
        self =
            switch kind {
            case .unreachable, .noScanner: .unavailable
            case .forbidden: .forbidden
            case .busy, .lost: .tryAgain
            case .noFinger: .noFinger
            case .notRegistered: .configuration
            case .badRequest: .badInput
            case .captureFailed, .badAnswer, .unknownRequest: .failed
            case .otherVersion: .otherVersion
            case .cancelled: .interrupted
            }
    }

    init(_ outcome: Outcome) {
        self =
            switch outcome.kind {
            case .success, .alreadyVerified: .done
            case .nextStep: .nextStep
            case .refused: .refused
            case .invalidInput: .badInput
            case .authentication: .authentication
            case .route: .route
            case .unknown: .unknownOutcome
            case .notSent:
                switch outcome.failure?.kind {
                case .tlsRefused, .configuration: .configuration
                default: .unavailable
                }
            }
    }
}

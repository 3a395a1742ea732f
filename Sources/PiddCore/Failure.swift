// The one table of what can go wrong with a request: its code, HTTP status and RD error code (docs/protocol.md, "Problems").
import Biometrics
import Crypto
import HTTPWire
import PIDSeal
import Platform
import RDProtocol
import Scanner
import Sharing

extension DeskRefusal: ExplainedError {}
extension AccessRefusal: ExplainedError {}
extension AccessRuleError: ExplainedError {}

/// Why a request was not done, in the terms of both dialects, the events and the journal.
package struct Failure: Error, ExplainedError {
    package let code: String
    package let cause: String
    package let nextStep: String
    /// Of HTTP, in the strict dialect.
    package let status: Int
    /// What CAPTURE answers; nil for requests that have nothing to do with a capture.
    var rdCode: RDErrorCode?
    /// The member of a JSON request that is wrong.
    var field: String?
    var retryAfter: Duration?
    /// Who has the scanner, where that is the reason.
    var holder: Party?
    /// Headers that the status asks for.
    var headers: HTTPHeaders = [:]

    init(_ code: String, status: Int, _ cause: String, nextStep: String) {
        self.code = code
        self.status = status
        self.cause = cause
        self.nextStep = nextStep
    }

    private init(_ error: some ExplainedError, status: Int, _ rdCode: RDErrorCode) {
        self.init(error.code, status: status, error.cause, nextStep: error.nextStep)
        self.rdCode = rdCode
    }

    /// Finds the row for whatever ended a request.
    init(_ error: any Error) {
        switch error {
        case let error as Failure: self = error
        case let error as DeskRefusal: self.init(refusal: error)
        case is CancellationError: self.init(refusal: DeskRefusal(.cancelled))
        case let error as ScannerError: self.init(scanner: error)
        case let error as AccessRefusal: self.init(error.code, status: 403, error.cause, nextStep: error.nextStep)
        case let error as RDError: self.init(options: error)
        case let error as IdentityError: self.init(error, status: 503, .notRegistered)
        case let error as BiometricError: self.init(error, status: 502, .captureFailed)
        case let error as CryptoError: self.init(error, status: 500, .internalError)
        default:
            self.init("internal", status: 500, "an unexpected failure", nextStep: "look into the journal of pidd")
            rdCode = .internalError
        }
    }

    private init(refusal: DeskRefusal) {
        let (status, rdCode): (Int, RDErrorCode) =
            switch refusal.reason {
            case .busy: (409, .deviceInUse)
            case .tooManyForUser, .tooLongWithoutFinger: (429, .deviceInUse)
            case .tooManyInAll: (503, .deviceInUse)
            case .deviceStarting, .deviceAbsent, .deviceLost, .deviceReplaced, .shuttingDown: (503, .deviceNotReady)
            case .leaseExpired, .leaseContested: (504, .timedOut)
            case .cancelled: (409, .captureFailed)
            }
        self.init(refusal, status: status, rdCode)
        retryAfter = refusal.retryAfter
        holder = refusal.holder
    }

    /// The scanner and the desk see some things at the same time; whoever speaks first, the name is one.
    private init(scanner error: ScannerError) {
        switch error {
        case .absent: self.init(refusal: DeskRefusal(.deviceAbsent))
        case .notAttached:
            self.init(
                DeskRefusal.Reason.deviceAbsent.rawValue, status: 503, error.cause, nextStep: error.nextStep)
            rdCode = .deviceNotReady
        case .starting: self.init(refusal: DeskRefusal(.deviceStarting))
        case .removed: self.init(refusal: DeskRefusal(.deviceLost))
        case .replaced: self.init(refusal: DeskRefusal(.deviceReplaced))
        case .stopped: self.init(refusal: DeskRefusal(.shuttingDown))
        case .busy: self.init(refusal: DeskRefusal(.busy))
        case .cancelled: self.init(refusal: DeskRefusal(.cancelled))
        case .timedOut: self.init(error, status: 504, .timedOut)
        case .unusable, .tooHot: self.init(error, status: 503, .deviceNotReady)
        case .device, .detection: self.init(error, status: 502, .captureFailed)
        }
    }

    private init(options error: RDError) {
        switch error.errCode {
        case .internalError: self.init(error, status: 500, error.errCode)
        case .notRegistered: self.init(error, status: 503, error.errCode)
        default:
            self.init("invalid-option", status: 400, error.cause, nextStep: error.nextStep)
            rdCode = error.errCode
            field = CaptureOptions.member(of: error.errCode)
        }
    }

    /// The RD form.
    var rdError: RDError {
        guard let rdCode else { return RDError(.internalError, cause, nextStep: nextStep) }
        // The wording that belongs to the code is put before the cause; a cause of RDProtocol has it already.
        let wording = "\(rdCode.wording): "
        return RDError(
            rdCode,
            cause == rdCode.wording ? "" : cause.hasPrefix(wording) ? String(cause.dropFirst(wording.count)) : cause,
            nextStep: nextStep)
    }
}

extension Failure {
    static func noSuchPath() -> Failure {
        var failure = Failure(
            "no-such-path", status: 404, "there is no such path", nextStep: "GET /v1/schema lists the paths")
        failure.rdCode = .invalidURL
        return failure
    }

    static func wrongMethod(allow: String) -> Failure {
        var failure = Failure(
            "method-not-allowed", status: 405, "there is no such method on this path",
            nextStep: "this path takes: \(allow)")
        failure.headers.add("Allow", allow)
        return failure
    }

    static func noSuchCapture() -> Failure {
        Failure(
            "no-such-capture", status: 404, "no request of this user with that id waits or captures",
            nextStep: "GET /v1/status shows those that do")
    }

    /// The best picture of a finger is not good enough.
    static func lowQuality(_ quality: Int, below minimum: Int) -> Failure {
        var failure = Failure(
            "quality-too-low", status: 502, "the quality of the finger is \(quality), at least \(minimum) is needed",
            nextStep: "clean finger and sensor, and press the finger flat")
        failure.rdCode = .captureFailed
        return failure
    }

    /// A finger came twice in one capture, and no other in its place.
    static func sameFinger() -> Failure {
        var failure = Failure(
            "same-finger", status: 502, "the same finger was put on the scanner twice",
            nextStep: "put on a different finger each time")
        failure.rdCode = .captureFailed
        return failure
    }

    static func badRequestID() -> Failure {
        Failure(
            "invalid-request-id", status: 400, "a request id is 1 to 64 of the characters A-Z a-z 0-9 . _ -",
            nextStep: "choose another id, or leave it to the daemon")
    }
}

// Which RD error code each failure of a room becomes (spec/rd-service.md section 4).
import Biometrics
import Crypto
import PIDSeal
import Platform
import RDProtocol
import Scanner
import Sharing

extension DeskRefusal: ExplainedError {}

extension RDError {
    /// The RD form of whatever ended a capture.
    init(ending error: any Error) {
        switch error {
        case let error as RDError: self = error
        case let error as ScannerError: self.init(Self.code(of: error), because: error)
        case let error as DeskRefusal: self.init(Self.code(of: error.reason), because: error)
        case let error as IdentityError: self.init(.notRegistered, because: error)
        case let error as BiometricError: self.init(.captureFailed, because: error)
        case let error as CryptoError: self.init(.internalError, because: error)
        default: self.init(.internalError, "an unexpected failure", nextStep: "look into the journal of pidd")
        }
    }

    private static func code(of error: ScannerError) -> RDErrorCode {
        switch error {
        case .absent, .starting, .unusable, .removed, .tooHot, .stopped: .deviceNotReady
        case .busy: .deviceInUse
        case .timedOut: .timedOut
        case .cancelled, .device, .detection: .captureFailed
        }
    }

    private static func code(of reason: DeskRefusal.Reason) -> RDErrorCode {
        switch reason {
        case .busy, .tooManyForUser, .tooManyInAll: .deviceInUse
        case .deviceStarting, .deviceAbsent, .deviceLost, .deviceReplaced, .shuttingDown: .deviceNotReady
        case .leaseExpired: .timedOut
        case .cancelled: .captureFailed
        }
    }
}

// The error codes of a fingerprint RD service and their wording (spec/rd-service.md section 4).

/// What Resp/@errCode says.
package enum RDErrorCode: Int, CaseIterable, Sendable {
    case success = 0
    case invalidPidOptions = 100
    case invalidFType = 110
    case invalidFCount = 120
    case invalidIType = 130
    case invalidICount = 140
    case invalidPidVer = 150
    case invalidTimeout = 160
    case invalidPosh = 170
    case faceUnsupported = 180
    case invalidFormat = 190
    case invalidDemo = 200
    case protobufUnsupported = 210
    case timedOut = 700
    case deviceInUse = 710
    case deviceNotReady = 720
    case captureFailed = 730
    case notRegistered = 740
    case fingerprintUnsupported = 750
    case irisUnsupported = 760
    case invalidURL = 770
    case internalError = 999

    /// The words that users of RD services know; clients show them and some look for single words in them.
    package var wording: String {
        switch self {
        case .success: "Success"
        case .invalidPidOptions: "Invalid PidOptions input. XML should strictly adhere to spec"
        case .invalidFType: "Invalid value for fType"
        case .invalidFCount: "Invalid value for fCount"
        case .invalidIType: "Invalid value for iType"
        case .invalidICount: "Invalid value for iCount"
        case .invalidPidVer: "Invalid value for pidVer"
        case .invalidTimeout: "Invalid value for timeout"
        case .invalidPosh: "Invalid value for posh"
        case .faceUnsupported: "Face matching is not supported"
        case .invalidFormat: "Invalid value for format"
        case .invalidDemo: "Invalid Demo structure"
        case .protobufUnsupported: "Protobuf format not supported"
        case .timedOut: "Capture timed out"
        case .deviceInUse: "Being used by another application"
        case .deviceNotReady: "Device not ready"
        case .captureFailed: "Capture failed"
        case .notRegistered: "Device needs to be re-initialized"
        case .fingerprintUnsupported: "RD Service does not support fingerprints"
        case .irisUnsupported: "RD Service does not support Iris"
        case .invalidURL: "Invalid URL"
        case .internalError: "Internal error"
        }
    }
}

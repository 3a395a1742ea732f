// What the command lines of all commands can say.
import Arguments
import RDProtocol

/// What a command line says; every command uses some of it.
struct Options: Sendable {
    // All commands.
    var json = false
    var quiet = false
    var verbose = false
    var progress = false
    var config: String?

    // pidd and the capture.
    var socket: String?
    var device: String?
    var timeout: Duration?
    var wait: Duration?
    var noWait = false
    var requestID: String?
    var type: CaptureType?
    var environment: CaptureEnvironment?
    var fingers: Int?
    var posh: FingerList?
    var minimumQuality: Int?
    var wadh: String?
    var output: String?

    // The doctor.
    var offline = false

    // Eko.
    var baseURL: String?
    var caFile: String?
    var developerKey: String?
    var accessKeyFile: String?
    var initiatorID: String?
    var userCode: String?
    var clientReference: String?
    var callTimeout: Duration?

    // One operation.
    var customer: String?
    var aadhaarFile: String?
    var consent = false
    var otpFile: String?
    var otpReference: String?
    var kycRequest: String?
    var value = ""
}

/// The records that a capture holds.
enum CaptureType: String, ArgumentChoice {
    case fmr, fir, both

    var recordType: FingerRecordType {
        switch self {
        case .fmr: .minutiae
        case .fir: .image
        case .both: .both
        }
    }
}

/// The system of UIDAI that a capture is for, as `env` of PidOptions names it.
enum CaptureEnvironment: String, ArgumentChoice {
    case production = "P"
    case preProduction = "PP"
    case staging = "S"

    var environment: Environment {
        switch self {
        case .production: .production
        case .preProduction: .preProduction
        case .staging: .staging
        }
    }
}

/// Fingers by their names in PidOptions, with commas between them, in any case.
struct FingerList: ArgumentValue {
    static let expectation = "fingers such as LEFT_INDEX,RIGHT_THUMB"

    let positions: [Posh]

    init?(argument: String) {
        let words = argument.split(separator: ",", omittingEmptySubsequences: false)
        positions = words.compactMap { Posh(rawValue: $0.uppercased().replacing("-", with: "_")) }
        guard positions.count == words.count, positions.allSatisfy(\.isFinger) else { return nil }
    }
}

/// The parameters that commands share.
enum Shared {
    static let general: [Parameter<Options>] = [
        .flag("json", help: "one JSON object as result, and one for an error", \.json),
        .flag("quiet", short: "q", help: "no progress and no warnings", \.quiet),
        .flag("verbose", short: "v", help: "more progress on standard error; never a secret", \.verbose),
        .option("config", "FILE", help: "read this settings file instead of the usual two [EKYC_CONFIG]", \.config),
    ]

    static let pidd: [Parameter<Options>] = [
        .option("socket", "PATH", help: "pidd's socket [PIDD_SOCKET]; default /run/pidd/pidd.sock", \.socket),
        .option(
            "device", "ID", help: "the scanner to use, as status lists it [PIDD_DEVICE]; default: as pidd is set",
            \.device),
        .option("timeout", "TIME", help: "how long to wait for the finger; default 30s", \.timeout),
        .option("wait", "TIME", help: "how long to wait in line for the scanner; default: as pidd is set", \.wait),
        .flag("no-wait", help: "fail at once when the scanner is in use", \.noWait),
        .option(
            "type", "TYPE", help: "fmr (minutiae), fir (picture) or both; default fmr, for Eko both", \.type),
        .option("env", "ENV", help: "UIDAI's system that can open the capture: P, PP or S; default P", \.environment),
        .option(
            "min-quality", "N", help: "take no finger of less, 0 to 100; default: as pidd is set", \.minimumQuality),
        .option("request-id", "ID", help: "name the capture, for events and cancel; default: a new name", \.requestID),
        .flag("progress", help: "tell what to do also when standard error is no terminal", \.progress),
    ]

    static let eko: [Parameter<Options>] = [
        .option("base-url", "URL", help: "uat, production or an https address [EKO_BASE_URL]", \.baseURL),
        .option("ca-file", "FILE", help: "PEM file of the only authority to trust [EKO_CA_FILE]", \.caFile),
        .option("developer-key", "KEY", help: "Eko's developer key [EKO_DEVELOPER_KEY]", \.developerKey),
        .option(
            "access-key-file", "FILE", help: "file, mode 0600, with Eko's access key [EKO_ACCESS_KEY_FILE]",
            \.accessKeyFile),
        .option("initiator-id", "MOBILE", help: "the API user's mobile number [EKO_INITIATOR_ID]", \.initiatorID),
        .option("user-code", "CODE", help: "the agent's code [EKO_USER_CODE]", \.userCode),
        .option(
            "client-ref-id", "REF", help: "your own reference for this call, at most 20 characters", \.clientReference),
        .option("call-timeout", "TIME", help: "how long Eko may take to answer; default 30s", \.callTimeout),
    ]

    static let customer = Parameter<Options>.option(
        "customer", "MOBILE", help: "the sender's mobile number of 10 digits (required)", \.customer)
}

// What the command lines of all commands can say.
import Arguments
import EkoAPI
import RDProtocol

/// What a command line says; every command uses some of it.
struct Options: Sendable {
    // All commands.
    var json = false
    var quiet = false
    var verbose = false
    var progress = false
    var color: ColorUse?
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
    var xml = false
    var base64 = false

    // The doctor.
    var offline = false

    // Eko.
    var baseURL: String?
    var caFile: String?
    var developerKeyFile: String?
    var accessKeyFile: String?
    var initiatorID: String?
    var userCode: String?
    var clientReference: String?
    var callTimeout: Duration?
    var api: APIProfile?
    var clientCertificate: String?
    var clientKey: String?
    var pins: [String] = []
    var proxy: String?
    var testHTTP = false
    var fingpayKeyFile: String?
    var auditFile: String?
    var checkDigit: CheckDigit?

    // One operation.
    /// By the name of the field.
    var fields: [String: String] = [:]
    var consent = false
    var consentTextAgreed = false
    var purpose: String?
    var dryRun = false
    var resolve = false
    var state: String?
    var afterUnknown: AfterUnknown?
    var shell: Shell?
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

extension APIProfile: ArgumentChoice {}

/// When prompts have colors.
enum ColorUse: String, ArgumentChoice {
    case auto, always, never
}

/// What a wrong check digit of an Aadhaar number leads to.
enum CheckDigit: String, ArgumentChoice {
    case warn, refuse, ignore
}

/// What a person found out about a step of a flow whose answer did not come.
enum AfterUnknown: String, ArgumentChoice {
    /// Eko took it.
    case done
    /// Eko did not: it is to be sent again.
    case repeated = "repeat"
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
        .option(
            "color", "WHEN", help: "color the prompts: auto (at a terminal, without NO_COLOR), always or never", \.color
        ),
        .option("config", "FILE", help: "read this settings file instead of the usual two [EKYC_CONFIG]", \.config),
    ]

    static let socket = Parameter<Options>.option(
        "socket", "PATH", help: "pidd's socket [PIDD_SOCKET]; default /run/pidd/pidd.sock", \.socket)

    static let device = Parameter<Options>.option(
        "device", "ID", help: "the scanner to use, as status lists it [PIDD_DEVICE]; default: as pidd is set", \.device)

    static let pidd: [Parameter<Options>] = [
        socket, device,
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

    /// Where Eko is, with which keys, and whom to trust on the way.
    static let service: [Parameter<Options>] = [
        .option("base-url", "URL", help: "uat, production or an https address [EKO_BASE_URL]", \.baseURL),
        .option("ca-file", "FILE", help: "PEM file of the only authority to trust [EKO_CA_FILE]", \.caFile),
        .refused(
            "developer-key", cause: "would show the key to everybody on this machine",
            nextStep: "give it as EKO_DEVELOPER_KEY, in a settings file or in a file named by --developer-key-file"),
        .option(
            "developer-key-file", "FILE",
            help: "file, mode 0600, with Eko's developer key [EKO_DEVELOPER_KEY_FILE, or the key: EKO_DEVELOPER_KEY]",
            \.developerKeyFile),
        .option(
            "access-key-file", "FILE", help: "file, mode 0600, with Eko's access key [EKO_ACCESS_KEY_FILE]",
            \.accessKeyFile),
        .option(
            "client-cert", "FILE",
            help: "PEM file of a TLS client certificate, mode 0600 when the key stands in it too [EKO_CLIENT_CERT]",
            \.clientCertificate),
        .option(
            "client-key", "FILE", help: "PEM file, mode 0600, of its key, without passphrase [EKO_CLIENT_KEY]",
            \.clientKey),
        .list("pin", "SHA256", help: "base64 SHA-256 of an acceptable server key; may be repeated", \.pins),
        .option(
            "proxy", "URL",
            help: "HTTP proxy, without user and password; 'none' for none at all [EKO_PROXY, else https_proxy]", \.proxy
        ),
        .flag(
            "test-http", help: "allow an http base URL on this machine, for tests; no proxy is used for it", \.testHTTP),
    ]

    /// All that a call needs, but no reference of one's own, which cannot name the many calls of a flow.
    static let connection =
        service + [
            .option("initiator-id", "MOBILE", help: "the API user's mobile number [EKO_INITIATOR_ID]", \.initiatorID),
            .option("user-code", "CODE", help: "the agent's code [EKO_USER_CODE]", \.userCode),
            .option("call-timeout", "TIME", help: "how long Eko may take to answer; default 30s", \.callTimeout),
            .option(
                "api", "PROFILE",
                help: "speak as Eko's pages of June 2026 (reference, the default) or current [EKO_API]", \.api),
        ]

    static let clientReference = Parameter<Options>.option(
        "client-ref-id", "REF", help: "your own reference for this call, at most 20 characters", \.clientReference)

    static let eko = connection + [clientReference]

    static let consent: [Parameter<Options>] = [
        .flag("consent", help: "the person was told the purpose and agreed (required)", \.consent),
        .option("purpose", "TEXT", help: "what the person was told, for the record; default: the operation", \.purpose),
        .option("audit-file", "FILE", help: "where consents are recorded [EKO_AUDIT_FILE]", \.auditFile),
        .option(
            "check-digit", "RULE",
            help: "on a wrong check digit of the Aadhaar number: warn, refuse or ignore; default warn",
            \.checkDigit),
    ]

    static let fingpayKey = Parameter<Options>.option(
        "fingpay-key-file", "FILE", help: "Fingpay's public key, PEM or base64 [EKO_FINGPAY_KEY_FILE]", \.fingpayKeyFile
    )

    static let resolve = Parameter<Options>.flag(
        "resolve", help: "when it is unknown whether Eko acted, ask for the transaction by its client_ref_id", \.resolve
    )

    static let call: [Parameter<Options>] = [
        .flag("dry-run", help: "check everything and print the request, secrets masked; nothing is sent", \.dryRun)
    ]
}

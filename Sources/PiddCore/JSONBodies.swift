// The bodies of the strict dialect as values; docs/openapi.json describes them.
import FoundationEssentials
import HTTPWire
import LocalServer
import PIDSeal
import Platform
import RDProtocol
import Scanner
import Sharing

/// Writes a body in one line with a line end; members in alphabetical order, names in snake case.
func json(_ body: some Encodable) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    // Integers, strings, arrays and objects of them can always be encoded.
    return Array((try? encoder.encode(body)) ?? Data("{}".utf8)) + Array("\n".utf8)
}

func milliseconds(_ duration: Duration) -> Int { Int(duration / .milliseconds(1)) }

/// `GET /v1`.
struct AboutBody: Encodable {
    struct Versions: Encodable {
        let min = 1
        let max = 1
    }

    let service = "pidd"
    let version = piddVersion
    let api = Versions()
    let features = [
        "cancel", "device", "events", "fingers", "fir", "fmr", "metrics", "min-quality", "protobuf", "wait",
    ]
    let limits: [String: Int]
}

/// Whose a request is.
struct PartyBody: Encodable {
    let uid: UInt32
    let program: String
    let requestId: String?

    init(_ party: Party) {
        uid = party.user
        program = party.program
        requestId = party.requestID
    }
}

/// Why a request was not done (RFC 9457).
struct ProblemBody: Encodable {
    let type: String
    let title: String
    let status: Int
    let code: String
    let cause: String
    let nextStep: String
    let requestId: String
    let rdCode: Int?
    let field: String?
    let retryAfterMs: Int?
    let holder: PartyBody?

    init(_ failure: Failure, for caller: Caller) {
        type = "urn:pidd:problem:\(failure.code)"
        title = HTTPResponse.reason(failure.status).description
        status = failure.status
        code = failure.code
        cause = failure.cause
        nextStep = failure.nextStep
        requestId = caller.id
        rdCode = failure.rdCode?.rawValue
        field = failure.field
        retryAfterMs = failure.retryAfter.map(milliseconds)
        holder = failure.holder.map { PartyBody($0.shown(to: caller.peer.uid, admin: caller.isAdmin)) }
    }
}

/// A capture that went well.
struct CaptureBody: Encodable {
    let id: String
    let pidData: String
    let nmPoints: [Int]
    let qScore: [Int]
    let durationMs: Int

    init(_ end: CaptureEnd, id: String) {
        self.id = id
        pidData = String(decoding: end.document.xml(), as: UTF8.self)
        nmPoints = end.nmPoints
        qScore = end.qScore
        durationMs = milliseconds(end.duration)
    }
}

/// An attached scanner.
struct ScannerBody: Encodable {
    let id: String
    let driver: String
    let maker: String
    let model: String
    let state: String
    let `default`: Bool
    let generation: Int
    let attempt: Int?
    let reason: String?

    init(_ scanner: AttachedScanner) {
        let info = scanner.info
        (id, driver, maker, model, generation) = (info.id, info.driver, info.maker, info.model, info.generation)
        state = scanner.condition.word
        self.default = scanner.isDefault
        attempt = if case .starting(let attempt, _) = scanner.condition { attempt } else { nil }
        reason = scanner.condition.reason
    }
}

extension ScannerState {
    /// Its name in JSON, metrics and the journal.
    var word: String {
        switch self {
        case .absent: "absent"
        case .starting: "starting"
        case .ready: "ready"
        case .capturing: "capturing"
        case .cooling: "cooling"
        case .failed: "failed"
        }
    }

    static let words = ["absent", "starting", "ready", "capturing", "cooling", "failed"]
}

/// `GET /v1/status`.
struct StatusBody: Encodable {
    let version = piddVersion
    let uptimeMs: Int
    let scanners: [ScannerBody]
    let certificates: [CertificatesBody]
    let desk: DeskBody
}

/// When the certificates of the scanner end for one of UIDAI's environments, in seconds since the Unix epoch.
struct CertificatesBody: Encodable {
    let environment: String
    let mcNotAfter: Int64?
    let uidaiNotAfter: Int64?
    /// 14, 7 or 1 when that many days are left, 0 when captures are refused.
    let warningDays: Int?

    init(_ ends: CertificateEnds, at time: Int64) {
        environment = ends.environment.rawValue
        mcNotAfter = ends.device
        uidaiNotAfter = ends.uidai
        warningDays = ends.first.map { ExpiryWarning.days(until: $0, at: time) } ?? 0
    }
}

/// The desk as one reader may see it.
struct DeskBody: Encodable {
    struct Holder: Encodable {
        let uid: UInt32
        let program: String
        let requestId: String?
        let heldMs: Int
        let remainingMs: Int
    }

    struct Waiting: Encodable {
        let position: Int
        let uid: UInt32
        let program: String
        let requestId: String?
        let waitedMs: Int
        let remainingMs: Int
    }

    struct Counters: Encodable {
        let asked: UInt64
        let granted: UInt64
        let ended: [String: UInt64]
        let liftsMissed: UInt64
        let stuck: UInt64
    }

    /// What happens in front of one scanner.
    struct Lane: Encodable {
        /// Nil where it stands beside the lanes, for the scanner that captures go to when they name none.
        let device: String?
        let state: String
        let holder: Holder?
        let waiting: [Waiting]

        init(_ desk: DeskSnapshot?, of device: String?, for caller: Caller) {
            let desk = desk?.shown(to: caller.peer.uid, admin: caller.isAdmin)
            self.device = device
            state = (desk?.state ?? .free).rawValue
            holder = desk?.holder.map {
                Holder(
                    uid: $0.party.user, program: $0.party.program, requestId: $0.party.requestID,
                    heldMs: milliseconds($0.held), remainingMs: milliseconds($0.remaining))
            }
            waiting = (desk?.waiting ?? []).map {
                Waiting(
                    position: $0.position, uid: $0.party.user, program: $0.party.program,
                    requestId: $0.party.requestID, waitedMs: milliseconds($0.waited),
                    remainingMs: milliseconds($0.remaining))
            }
        }

        private enum CodingKeys: CodingKey { case device, state, holder, waiting }

        /// By hand, because nobody holding the scanner is told as null.
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encodeIfPresent(device, forKey: .device)
            try container.encode(state, forKey: .state)
            try container.encode(holder, forKey: .holder)
            try container.encode(waiting, forKey: .waiting)
        }
    }

    let closing: Bool
    let counters: Counters
    let lanes: [Lane]
    /// Of the default scanner; its members stand among those of the desk.
    private let standard: Lane

    /// `device` is the scanner that captures go to when they name none.
    init(_ desk: DeskOverview, of device: String?, for caller: Caller) {
        closing = desk.closing
        lanes = desk.lanes.map { Lane($0.desk, of: $0.scanner, for: caller) }
        standard = Lane(desk.lane(device), of: nil, for: caller)
        counters = Counters(
            asked: desk.counters.asked, granted: desk.counters.granted, ended: desk.counters.endedByName,
            liftsMissed: desk.counters.liftsMissed, stuck: desk.counters.stuck)
    }

    private enum CodingKeys: CodingKey { case closing, counters, lanes }

    func encode(to encoder: any Encoder) throws {
        try standard.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(closing, forKey: .closing)
        try container.encode(counters, forKey: .counters)
        try container.encode(lanes, forKey: .lanes)
    }
}

extension DeskCounters {
    /// The ends by the names that scripts see.
    var endedByName: [String: UInt64] {
        Dictionary(
            ended.map { ($0.name, $1) }, uniquingKeysWith: +)
    }
}

extension Outcome {
    /// As scripts see it.
    var name: String {
        switch self {
        case .succeeded: "succeeded"
        case .failed: "failed"
        case .refused(let reason): reason.rawValue
        }
    }
}

// What happens at the desk, as lines of JSON for one reader (docs/openapi.json, Event).
import LocalServer
import Sharing

/// One line; which members it has depends on the event.
struct EventLine: Encodable {
    var seq: UInt64
    var event: String
    var device: String?
    var uid: UInt32?
    var program: String?
    var requestId: String?
    var version: String?
    var scanners: [ScannerBody]?
    var desk: DeskBody?
    var state: String?
    var generation: UInt64?
    var reason: String?
    var waiting: [PartyBody]?
    var position: Int?
    var index: Int?
    var of: Int?
    var finger: String?
    var timeoutMs: Int?
    var hint: String?
    var nmPoints: [Int]?
    var qScore: [Int]?
    var outcome: String?
    var durationMs: Int?

    init(_ seq: UInt64, _ event: String, of party: Party? = nil) {
        self.seq = seq
        self.event = event
        uid = party?.user
        program = party?.program
        requestId = party?.requestID
    }
}

/// Turns the desk's events into what one reader sees of them.
struct EventLines {
    let caller: Caller
    /// The id of the only requests that are wanted; nil for all.
    let request: String?
    /// The place in front of each scanner that was told last, so that only changes are told.
    private var places: [String: Int] = [:]
    /// Whether the requests that were wanted have ended.
    private(set) var isOver = false

    init(for caller: Caller, request: String?) {
        self.caller = caller
        self.request = request
    }

    /// The line for an event; nil when the reader does not see it.
    mutating func line(_ numbered: Broadcast<DeskNews>.Numbered) -> EventLine? {
        let news = numbered.element
        var line = line(numbered.number, news)
        line?.device = news.scanner
        return line
    }

    private mutating func line(_ seq: UInt64, _ news: DeskNews) -> EventLine? {
        switch news.event.shown(to: caller.peer.uid, admin: caller.isAdmin) {
        case .device(let device):
            var line = EventLine(seq, "device")
            line.state = device.state.rawValue
            line.generation = device.generation
            return line
        case .closing: return EventLine(seq, "closing")
        case .fingerGone: return request == nil ? EventLine(seq, "finger-gone") : nil
        case .line(let parties): return queue(seq, parties, news.scanner ?? "")
        case .granted(let party): return lease(seq, party, "granted")
        case .stopping(let party, let reason): return lease(seq, party, "stopping", reason.rawValue)
        case .removeFinger(let party): return wants(party) ? EventLine(seq, "remove-finger", of: party) : nil
        case .stuck(let party): return wants(party) ? EventLine(seq, "stuck", of: party) : nil
        case .capture(let party, let step): return wants(party) ? self.step(seq, party, step) : nil
        case .ended(let party, let outcome):
            var line = lease(seq, party, "ended")
            line?.outcome = outcome.name
            return line
        }
    }

    private func wants(_ party: Party) -> Bool { request == nil || party.requestID == request }

    private mutating func queue(_ seq: UInt64, _ parties: [Party], _ scanner: String) -> EventLine? {
        guard let request else {
            var line = EventLine(seq, "queue")
            line.waiting = parties.map { PartyBody($0) }
            return line
        }
        let index = parties.firstIndex { $0.requestID == request }
        let place = index.map { $0 + 1 }
        defer { places[scanner] = place }
        guard let index, place != places[scanner] else { return nil }
        var line = EventLine(seq, "queue", of: parties[index])
        line.position = place
        return line
    }

    private func lease(_ seq: UInt64, _ party: Party, _ state: String, _ reason: String? = nil) -> EventLine? {
        guard wants(party) else { return nil }
        var line = EventLine(seq, "lease", of: party)
        line.state = state
        line.reason = reason
        return line
    }

    private mutating func step(_ seq: UInt64, _ party: Party, _ step: CaptureStep) -> EventLine {
        switch step {
        case .liftFinger(let turn):
            var line = EventLine(seq, "lift-finger", of: party)
            (line.index, line.of, line.finger) = (turn.index, turn.of, turn.finger)
            return line
        case .putFinger(let turn, let remaining):
            var line = EventLine(seq, "put-finger", of: party)
            (line.index, line.of, line.finger) = (turn.index, turn.of, turn.finger)
            line.timeoutMs = milliseconds(remaining)
            return line
        case .fingerPresent: return EventLine(seq, "finger-present", of: party)
        case .captured: return EventLine(seq, "captured", of: party)
        case .lifted: return EventLine(seq, "finger-lifted", of: party)
        case .retry(let hint):
            var line = EventLine(seq, "retry", of: party)
            line.hint = hint
            return line
        case .quality(let nmPoints, let qScore):
            var line = EventLine(seq, "quality", of: party)
            (line.nmPoints, line.qScore) = (nmPoints, qScore)
            return line
        case .done(let outcome, let duration):
            isOver = request != nil
            var line = EventLine(seq, "done", of: party)
            line.outcome = outcome
            line.durationMs = milliseconds(duration)
            return line
        }
    }
}

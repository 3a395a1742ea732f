// What a person at the scanner should do now, worked out from what pidd tells.
import PiddClient
import RDProtocol

/// What a person at the scanner should know or do.
enum Prompt: Equatable, Sendable {
    /// Nothing is known of the request yet.
    case waiting
    case scannerStarting
    case noScanner
    /// A place in line, 1 for the next, and the program that has the scanner.
    case inLine(Int, holder: String?)
    /// The finger of the capture before must leave the scanner.
    case clearScanner
    case getReady
    /// Which finger; nil for any one.
    case placeFinger(Finger?)
    case holdStill
    case retry(Hint)
    /// The picture is taken; `last` when no other finger is to come.
    case liftFinger(last: Bool)
    case stopping

    /// One finger of a capture.
    struct Finger: Equatable, Sendable {
        /// 1 for the first.
        let index: Int
        let of: Int
        /// In words, such as `left index`; nil when the choice is the person's.
        let name: String?
    }

    /// Why a finger was not read.
    enum Hint: String, Sendable {
        case tryAgain = "try-again"
        case pressLonger = "press-longer"
        case centerFinger = "center-finger"
        case removeFinger = "remove-finger"
        case lowQuality = "low-quality"
        case anotherFinger = "another-finger"
    }
}

/// Follows one request through what pidd tells of everybody's.
///
/// It reads the events of all requests, not only its own: whose finger is still on the scanner, and who has it, is told of others.
struct PromptState: Sendable {
    /// What to show; nil when the request has ended.
    private(set) var prompt: Prompt? = .waiting
    /// When the finger must be there, or the patience in line ends; nil when that is not known.
    private(set) var deadline: SuspendingClock.Instant?
    /// Whether a finger was taken: from then on a request must not be repeated.
    private(set) var hasCaptured = false

    private let id: String
    private let timeout: Duration
    /// Who has the scanner, if it is somebody else.
    private var holder: Holder?
    private var place: Int?
    private var hasLease = false
    /// The finger that was asked for last.
    private var finger: Prompt.Finger?

    /// What tells the program that has the scanner from others; names of requests are not told to other users.
    private struct Holder: Equatable {
        let uid: Int?
        let program: String?
        let requestID: String?
    }

    /// - Parameters:
    ///   - id: the name of the request.
    ///   - timeout: how long it waits for the finger.
    init(id: RequestID, timeout: Duration) {
        self.id = id.text
        self.timeout = timeout
    }

    /// Takes the next event.
    mutating func take(_ event: PiddEvent, at now: SuspendingClock.Instant) {
        guard prompt != nil else { return }
        let isMine = event.requestID == id
        switch (event.event, event.state) {
        case ("hello", _): start(event, at: now)
        case ("device", let state?): device(state)
        case ("queue", _):
            let index = event.waiting?.firstIndex { $0.requestID == id }.map { $0 + 1 }
            guard let place = index ?? (isMine ? event.position : nil) else { return }
            self.place = place
            if !hasLease, prompt != .clearScanner { prompt = .inLine(place, holder: holder?.program) }
        case ("lease", "granted"):
            guard isMine else { return take(holder: Self.holder(event)) }
            hasLease = true
            show(.getReady)
        case ("lease", "stopping") where isMine: show(.stopping)
        case ("remove-finger", _) where !hasLease: prompt = .clearScanner
        case ("finger-gone", _) where prompt == .clearScanner:
            holder = nil
            prompt = place.map { .inLine($0, holder: nil) } ?? .waiting
        case ("closing", _): show(.stopping)
        case (let name, _) where isMine: step(name, event, at: now)
        // It may also be one that gave up waiting.
        case ("done", _) where holder == Self.holder(event): take(holder: nil)
        default: break
        }
    }

    /// Pidd tells no events to this user, or knows none: all that can be said is what any capture needs.
    mutating func knowNothing() {
        if prompt == .waiting { prompt = .placeFinger(nil) }
    }

    private mutating func show(_ prompt: Prompt, until deadline: SuspendingClock.Instant? = nil) {
        self.prompt = prompt
        self.deadline = deadline
    }

    private static func holder(_ event: PiddEvent) -> Holder {
        Holder(uid: event.uid, program: event.program, requestID: event.requestID)
    }

    private mutating func take(holder: Holder?) {
        self.holder = holder
        if case .inLine(let place, _) = prompt { prompt = .inLine(place, holder: holder?.program) }
    }

    /// Where things stand when the stream begins; the request may be there already, or not yet.
    private mutating func start(_ event: PiddEvent, at now: SuspendingClock.Instant) {
        guard let desk = event.desk else { return }
        if let party = desk.holder, party.requestID == id {
            hasLease = true
            // Whether the scanner already waits for the finger is not said; a person who places it early loses nothing.
            show(.placeFinger(nil), until: now + timeout - .milliseconds(party.heldMilliseconds ?? 0))
        } else {
            holder = desk.holder.map { Holder(uid: $0.uid, program: $0.program, requestID: $0.requestID) }
            let index = desk.waiting.firstIndex { $0.requestID == id }
            if let index {
                place = index + 1
                let patience = desk.waiting[index].remainingMilliseconds
                show(.inLine(index + 1, holder: holder?.program), until: patience.map { now + .milliseconds($0) })
            }
            if desk.state == "lifting" { prompt = .clearScanner }
        }
    }

    private mutating func device(_ state: String) {
        guard !hasLease else { return }
        switch state {
        case "starting": prompt = .scannerStarting
        case "absent": prompt = .noScanner
        default:
            if prompt == .scannerStarting || prompt == .noScanner {
                prompt = place.map { .inLine($0, holder: holder?.program) } ?? .waiting
            }
        }
    }

    /// What happens to the request's own finger.
    private mutating func step(_ name: String, _ event: PiddEvent, at now: SuspendingClock.Instant) {
        switch name {
        case "put-finger":
            finger = Prompt.Finger(event)
            show(.placeFinger(finger), until: event.timeoutMilliseconds.map { now + .milliseconds($0) })
        case "finger-present": prompt = .holdStill
        case "retry": prompt = .retry(event.hint.flatMap(Prompt.Hint.init) ?? .tryAgain)
        case "captured":
            hasCaptured = true
            show(.liftFinger(last: finger.map { $0.index == $0.of } ?? true))
        case "finger-lifted":
            // Lifted before it was read: it has to come again.
            if prompt == .holdStill { prompt = .placeFinger(finger) }
        case "lift-finger":
            // Why the same finger is wanted again says more.
            if prompt != .retry(.lowQuality), prompt != .retry(.anotherFinger) { show(.liftFinger(last: false)) }
        case "remove-finger": show(.liftFinger(last: true))
        case "done":
            show(.stopping)
            prompt = nil
        default: break
        }
    }
}

extension Prompt.Finger {
    /// The finger that an event asks for; nil where there is only one and it may be any.
    init?(_ event: PiddEvent) {
        guard let index = event.index, let of = event.of else { return nil }
        let name = event.finger.flatMap { Posh(rawValue: $0) }?.words
        guard of > 1 || name != nil else { return nil }
        self.init(index: index, of: of, name: name)
    }
}

extension Posh {
    /// `left index` for `LEFT_INDEX`.
    fileprivate var words: String { rawValue.lowercased().replacing("_", with: " ") }
}

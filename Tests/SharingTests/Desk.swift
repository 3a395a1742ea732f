// A desk that tests drive by hand, and short ways to ask what it did.
import Sharing
import Testing

/// A desk with a clock that each call may move on.
struct Desk {
    var queue = DeskQueue(device: .ready)
    var now = SuspendingClock().now

    init(device: DeviceStatus = .ready, limits: DeskLimits = DeskLimits()) {
        queue = DeskQueue(limits: limits, device: device)
    }

    mutating func ask(_ request: LeaseRequest) -> (ticket: Ticket, actions: [DeskAction]) {
        queue.ask(request, now: now)
    }

    /// Asks and expects that the scanner is free.
    mutating func hold(_ user: UInt32) throws -> Ticket {
        let (ticket, actions) = ask(.of(user))
        try #require(actions.granted == [ticket])
        return ticket
    }

    mutating func wait(after duration: Duration) -> [DeskAction] {
        now = now.advanced(by: duration)
        return queue.wake(now: now)
    }

    mutating func release(_ ticket: Ticket, success: Bool = false) -> [DeskAction] {
        queue.release(ticket, success: success, now: now).actions
    }

    var snapshot: DeskSnapshot { queue.snapshot(now: now) }
    var sleep: Duration? { queue.nextDeadline.map { now.duration(to: $0) } }
}

extension LeaseRequest {
    /// A request of a user, patient for 5 s and capturing for 10 s unless said otherwise.
    static func of(
        _ user: UInt32, id: String = "r", wait: Duration = .seconds(5), capture: Duration = .seconds(10)
    ) -> LeaseRequest {
        LeaseRequest(id: id, user: user, program: "app", wait: wait, capture: capture)
    }
}

extension [DeskAction] {
    /// The tickets that were granted.
    var granted: [Ticket] { compactMap { if case .grant(let lease) = $0 { lease.ticket } else { nil } } }

    /// The requests that were refused and why.
    var refused: [Ticket: DeskRefusal.Reason] {
        reduce(into: [:]) { if case .refuse(let ticket, let refusal) = $1 { $0[ticket] = refusal.reason } }
    }

    /// The holders that were told to stop and why.
    var stopped: [Ticket: DeskRefusal.Reason] {
        reduce(into: [:]) { if case .cancelHolder(let ticket, let reason) = $1 { $0[ticket] = reason } }
    }

    /// The places that were told.
    var places: [Ticket: Int] {
        reduce(into: [:]) { if case .position(let ticket, let place) = $1 { $0[ticket] = place } }
    }

    var events: [DeskEvent] { compactMap { if case .report(let event) = $0 { event } else { nil } } }
}

extension DeviceStatus {
    static let ready = DeviceStatus(.ready, generation: 1)
    static let absent = DeviceStatus(.absent, generation: 1)
    static let starting = DeviceStatus(.starting, generation: 1)
}

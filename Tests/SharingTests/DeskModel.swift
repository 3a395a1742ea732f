// A second, simpler account of what the desk must do, to which each of its steps is held.
import Sharing
import Testing

/// What went wrong, with what is needed to see it again.
struct Violation: Error, CustomStringConvertible {
    let promise: String
    let seed: UInt64
    let step: Int
    var description: String { "seed \(seed), step \(step): \(promise)" }
}

/// Follows a desk by its actions alone and knows from the requests and reports what they may be.
struct DeskModel {
    typealias Instant = SuspendingClock.Instant

    struct Waiting {
        let ticket: Ticket
        let user: UInt32
        let until: Instant
        /// The most grants that may be counted before it is served.
        let bound: Int
        var grants = 0
        var place: Int?
    }

    struct Holder {
        let ticket: Ticket
        let generation: UInt64
        let user: UInt32
        let granted: Instant
        let capture: Duration
        let expires: Instant
        var stopped: DeskRefusal.Reason?
        var stuckAt: Instant?
        var finger: Bool?
        var touched = false
    }

    let users: Int
    let seed: UInt64
    var step = 0
    var queue: DeskQueue
    var now = SuspendingClock().now
    var device: DeviceStatus
    var closed = false
    var waiting: [Waiting] = []
    var holder: Holder?
    var liftUntil: Instant?
    var asked: UInt64 = 0
    var granted: UInt64 = 0
    var ended: [Outcome: UInt64] = [:]
    var finished: Set<Ticket> = []
    /// For each user who was turned away, those who have had the scanner since, or had it then.
    var passedBy: [UInt32: Set<UInt32>] = [:]
    var lastUser: UInt32?
    /// Since when nobody has the scanner and no finger is on it.
    var freeSince: Instant?
    /// How long each user has kept the sensor on without a finger, and when that was known.
    var idle: [UInt32: (time: Duration, asOf: Instant)] = [:]
    /// The request that is being asked for at this moment.
    private var asking: (request: LeaseRequest, waitingBefore: [Waiting])?

    init(users: Int, seed: UInt64, device: DeviceStatus) {
        self.users = users
        self.seed = seed
        self.device = device
        var limits = DeskLimits()
        // Half of the lives reach the bound often; in the others, which do not, the line fills.
        limits.idleSensor = .seconds(seed.isMultiple(of: 2) ? 12 : 1000)
        queue = DeskQueue(limits: limits, device: device)
    }

    private func demand(_ condition: Bool, _ promise: @autoclosure () -> String) throws {
        if !condition { throw Violation(promise: promise(), seed: seed, step: step) }
    }
}

// MARK: - Steps

extension DeskModel {
    mutating func ask(_ request: LeaseRequest) throws {
        asked += 1
        asking = (request, waiting.filter { $0.until > now })
        let (ticket, actions) = queue.ask(request, now: now)
        if !actions.granted.contains(ticket) && actions.refused[ticket] == nil {
            let ahead = waiting.count { $0.user == request.user && $0.until > now }
            waiting.append(
                Waiting(
                    ticket: ticket, user: request.user, until: now.advanced(by: request.wait),
                    bound: (ahead + 1) * users))
        }
        try follow(actions, newcomer: ticket)
        asking = nil
    }

    mutating func leave(_ ticket: Ticket) throws { try follow(queue.leave(ticket, now: now)) }

    mutating func release(_ ticket: Ticket, success: Bool) throws {
        let wasExpired = holder.map { end(of: $0) <= now && $0.stopped == nil } ?? false
        let wasContested = holder.map { $0.expires > end(of: $0) } ?? false
        let (outcome, actions) = queue.release(ticket, success: success, now: now)
        if let held = holder, held.ticket == ticket {
            let expected: Outcome =
                if let reason = held.stopped { .refused(reason) } else if wasExpired {
                    .refused(wasContested ? .leaseContested : .leaseExpired)
                } else {
                    success ? .succeeded : .failed
                }
            try demand(outcome == expected, "the outcome is \(expected), not \(String(describing: outcome))")
            holder = nil
            account(for: held, hadFinger: held.touched || expected == .succeeded)
            finished.insert(ticket)
            ended[expected, default: 0] += 1
            let finger = held.finger ?? (expected == .succeeded)
            if finger && device == DeviceStatus(.ready, generation: held.generation) {
                liftUntil = now.advanced(by: queue.limits.liftWait)
            } else {
                freeSince = now
            }
            // What was told to the holder before it released is told to nobody.
            try follow(
                actions.filter {
                    switch $0 {
                    case .cancelHolder(ticket, _): false
                    case .report(.stuck(let party)): party.ticket != ticket
                    default: true
                    }
                })
        } else {
            try demand(outcome == nil, "nobody but the holder releases")
            try follow(actions)
        }
    }

    mutating func deviceChanged(_ status: DeviceStatus) throws {
        settleLift()
        let actions = queue.deviceChanged(status, now: now)
        if status != device, liftUntil != nil { (liftUntil, freeSince) = (nil, now) }
        let isOver = holder.map { status.state == .absent || status.generation != $0.generation } ?? false
        device = status
        try follow(actions)
        try demand(!isOver || holder?.stopped != nil, "a lease ends with its generation")
    }

    mutating func fingerPlaced() throws {
        // A late desk first serves the next, whose finger it then is.
        try follow(queue.fingerPlaced(now: now), touches: true)
        holder?.finger = true
    }

    mutating func fingerLifted() throws {
        settleLift()
        let awaited = liftUntil != nil
        if awaited { (liftUntil, freeSince) = (nil, now) }
        try follow(queue.fingerLifted(now: now), touches: !awaited)
        if !awaited { holder?.finger = false }
    }

    mutating func pass(_ duration: Duration) { now = now.advanced(by: duration) }

    mutating func wake() throws { try follow(queue.wake(now: now)) }

    mutating func shutDown() throws {
        closed = true
        try follow(queue.shutDown(now: now))
    }
}

// MARK: - Promises

extension DeskModel {
    private mutating func settleLift() {
        if let until = liftUntil, until <= now { (liftUntil, freeSince) = (nil, now) }
    }

    /// Whoever was turned away and has left a free scanner alone for four seconds is forgotten.
    private mutating func settleTurns() {
        if let freeSince, freeSince.duration(to: now) >= .seconds(4) { passedBy = [:] }
    }

    private func mustYield(_ user: UInt32) -> Bool {
        passedBy.contains { $0.key != user && $0.value.contains(user) }
    }

    private mutating func account(for held: Holder, hadFinger: Bool) {
        let time = owed(held.user) + held.granted.duration(to: now)
        idle[held.user] = hadFinger ? nil : (time, now)
    }

    private func owed(_ user: UInt32) -> Duration {
        idle[user].map { max(.zero, $0.time - $0.asOf.duration(to: now) / 5) } ?? .zero
    }

    /// Follows the actions one by one, then looks at the desk as a whole.
    private mutating func follow(_ actions: [DeskAction], newcomer: Ticket? = nil, touches: Bool = false) throws {
        step += 1
        settleLift()
        for action in actions {
            switch action {
            case .grant(let lease): try follow(lease, newcomer)
            case .refuse(let ticket, let refusal): try follow(ticket, refusal.reason, newcomer)
            case .cancelHolder(let ticket, let reason):
                try demand(holder?.ticket == ticket && holder?.stopped == nil, "only the holder is stopped, and once")
                if reason == .leaseContested {
                    try demand(holder.map { end(of: $0) < $0.expires } ?? false, "only others contest a lease")
                }
                holder?.stopped = reason
                holder?.stuckAt = now.advanced(by: queue.limits.stopWait)
            case .position(let ticket, let place):
                let index = waiting.firstIndex { $0.ticket == ticket }
                try demand(index != nil, "a place is told to those in line only")
                if let index { waiting[index].place = place }
            case .report(.stuck(let party)):
                try demand(holder?.ticket == party.ticket && holder?.stuckAt != nil, "stuck is reported once")
                holder?.stuckAt = nil
            case .report: break
            }
        }
        settleTurns()
        if touches { holder?.touched = true }
        try checkWhole()
    }

    /// A lease that has seen no finger ends after 10 s when somebody of another user waits, or was turned away.
    private func end(of holder: Holder) -> Instant {
        let isContested =
            !holder.touched && holder.capture > .seconds(10)
            && (waiting.contains { $0.user != holder.user && ($0.until > now || device.state == .ready) }
                || passedBy.keys.contains { $0 != holder.user })
        return isContested ? holder.granted.advanced(by: .seconds(10)) : holder.expires
    }

    private mutating func follow(_ lease: Lease, _ newcomer: Ticket?) throws {
        try demand(holder == nil, "there is one lease at a time")
        try demand(device.state == .ready, "nothing is granted without a scanner")
        try demand(lease.generation == device.generation, "the lease is for the scanner that is there")
        try demand(liftUntil == nil, "nothing is granted while a finger must lift")
        try demand(!closed, "nothing is granted after closing")
        settleTurns()
        let user = lease.request.user
        try demand(!mustYield(user), "nobody has a second turn before who was turned away has one")
        try demand(owed(user) <= queue.limits.idleSensor, "nothing is granted to who kept the sensor on for too long")
        if let index = waiting.firstIndex(where: { $0.ticket == lease.ticket }) {
            let entry = waiting.remove(at: index)
            try demand(entry.until > now, "nothing is granted to a request whose wait is over")
            try demand(
                !waiting.contains { $0.user == entry.user && $0.ticket < entry.ticket }, "a user's requests keep order")
            try demand(entry.grants < entry.bound, "nobody starves: \(entry.grants) grants, bound \(entry.bound)")
            for other in waiting.indices { waiting[other].grants += 1 }
        } else {
            let canWait = waiting.allSatisfy { $0.until <= now || mustYield($0.user) }
            try demand(lease.ticket == newcomer && canWait, "a newcomer passes nobody who could be served")
        }
        granted += 1
        passedBy[user] = nil
        for other in passedBy.keys { passedBy[other]?.insert(user) }
        (lastUser, freeSince) = (user, nil)
        holder = Holder(
            ticket: lease.ticket, generation: lease.generation, user: lease.request.user, granted: now,
            capture: lease.request.capture, expires: lease.expires)
        try demand(
            lease.expires == now.advanced(by: lease.request.capture + .seconds(5)), "a lease is the capture and 5 s")
    }

    private mutating func follow(_ ticket: Ticket, _ reason: DeskRefusal.Reason, _ newcomer: Ticket?) throws {
        try demand(finished.insert(ticket).inserted, "a request ends once")
        try demand(holder?.ticket != ticket, "a holder is stopped, not refused")
        ended[.refused(reason), default: 0] += 1
        let index = waiting.firstIndex { $0.ticket == ticket }
        try demand(index != nil || ticket == newcomer, "only those in line and newcomers are refused")
        let entry = index.map { waiting.remove(at: $0) }
        switch reason {
        case .busy, .deviceStarting:
            try demand((entry?.until ?? now) <= now, "nobody is refused before the end of its wait")
            if entry == nil { try demand(asking?.request.wait == .zero, "who wants to wait may wait") }
            if reason == .busy, let user = entry?.user ?? asking?.request.user { turnAway(user) }
        case .deviceAbsent: try demand(entry == nil && device.state == .absent, "absent is for newcomers")
        case .deviceLost: try demand(entry != nil && device.state == .absent, "lost is for those in line")
        case .cancelled: try demand(entry != nil, "newcomers do not cancel")
        case .shuttingDown: try demand(closed, "shutting down is the end")
        case .tooManyForUser:
            let own = asking?.waitingBefore.count { $0.user == asking?.request.user }
            try demand(own == 4, "a user may have 4 in line, had \(String(describing: own))")
        case .tooManyInAll:
            let all = asking?.waitingBefore.count
            try demand(all == 32, "32 may be in line, there were \(String(describing: all))")
            if let user = asking?.request.user { turnAway(user) }
        case .tooLongWithoutFinger:
            let user = entry?.user ?? asking?.request.user
            let isTooLong = user.map { owed($0) > queue.limits.idleSensor } ?? false
            try demand(isTooLong, "who has kept the sensor on for less is served")
        case .deviceReplaced, .leaseExpired, .leaseContested: try demand(false, "\(reason) is for holders")
        }
    }

    private mutating func turnAway(_ user: UInt32) {
        if passedBy[user] == nil { passedBy[user] = Set([lastUser].compactMap(\.self)) }
    }

    private func checkWhole() throws {
        let snapshot = queue.snapshot(now: now)
        try demand(snapshot.holder?.party.ticket == holder?.ticket, "the snapshot shows the holder")
        try demand(
            Set(snapshot.waiting.compactMap(\.party.ticket)) == Set(waiting.map(\.ticket)),
            "the snapshot shows the line")
        let told = Dictionary(uniqueKeysWithValues: waiting.map { ($0.ticket, $0.place) })
        for (index, shown) in snapshot.waiting.enumerated() {
            try demand(shown.position == index + 1, "positions are 1, 2, 3")
            try demand(shown.party.ticket.flatMap { told[$0] } == shown.position, "each in line was told its place")
        }
        try demand(waiting.count <= 32, "the line is bounded")
        for (user, own) in Dictionary(grouping: waiting, by: \.user) {
            try demand(own.count <= 4, "the line of user \(user) is bounded")
        }
        try demand(waiting.allSatisfy { $0.until > now }, "nobody waits longer than it wants")
        let isFree = holder == nil && liftUntil == nil
        let isKept = waiting.allSatisfy { mustYield($0.user) }
        try demand(!isFree || device.state != .ready || isKept, "a free scanner leaves nobody waiting who may have it")
        try demand((snapshot.state == .lifting) == (liftUntil != nil), "lifting is what the reports say")
        if let holder { try demand(end(of: holder) > now || holder.stopped != nil, "no lease is longer than it is") }

        let counters = snapshot.counters
        try demand(counters.asked == asked && counters.granted == granted, "requests and leases are counted")
        try demand(counters.ended == ended, "ends are counted: \(counters.ended) is not \(ended)")
        let open = UInt64(waiting.count + (holder == nil ? 0 : 1))
        try demand(ended.values.reduce(0, +) + open == asked, "each request has ended once or is still there")

        let kept = passedBy.isEmpty || waiting.isEmpty ? nil : freeSince?.advanced(by: .seconds(4))
        let ofPhase = holder.map { $0.stopped == nil ? end(of: $0) : $0.stuckAt } ?? liftUntil ?? kept
        let expected = (waiting.map(\.until) + [ofPhase].compactMap(\.self)).min()
        try demand(queue.nextDeadline == expected, "the next deadline is the first of those there are")
        try demand(expected.map { $0 > now } ?? true, "no deadline is in the past")
        if isFree && waiting.isEmpty { try demand(queue.nextDeadline == nil, "an idle desk has no deadline") }
    }
}

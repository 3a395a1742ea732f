// The rules of the desk as a state machine: one lease at a time, a fair and bounded line, one end for each request.

/// Who may use one scanner and when.
///
/// A value without clock, threads or I/O. Each step takes the time and gives what must be done in consequence; whoever
/// drives it also calls `wake` at `nextDeadline`. Being called late changes nothing but the delay: each step first
/// settles what is due. Time must not run backwards; it is the clock that stands still while the machine is suspended,
/// so that a suspend uses up nobody's waiting time.
package struct DeskQueue: Sendable {
    package typealias Instant = SuspendingClock.Instant

    /// What happens in front of the scanner.
    enum Phase: Equatable, Sendable {
        case free
        case leased(Lease)
        /// The holder was told to stop and why; `stuck` is when to report that it has not, nil once that is done.
        case stopping(Lease, DeskRefusal.Reason, stuck: Instant?)
        /// The finger of this ticket's capture is still on the glass.
        case lifting(of: Ticket, until: Instant)
    }

    /// What is known of the finger of the present lease.
    private enum Finger { case notSeen, present, lifted }

    package let limits: DeskLimits
    package private(set) var device: DeviceStatus
    package private(set) var counters = DeskCounters()
    private(set) var phase = Phase.free
    private(set) var line = FairLine()
    private(set) var closing = false
    private var finger = Finger.notSeen
    /// Whether the present holder has shown a finger at all.
    private var isTouched = false
    private var turnedAway: TurnedAway
    /// Until when a free scanner is left to those who were turned away; nil when there are none.
    private var keptUntil: Instant?
    private(set) var idleSensor: IdleSensor
    private(set) var lastTicket: UInt64
    /// The line as last told, to tell only what has changed.
    private var told: [Ticket] = []
    private var actions: [DeskAction] = []

    /// `lastTicket` is the number of a ticket below which no new one is.
    package init(limits: DeskLimits = DeskLimits(), device: DeviceStatus, lastTicket: UInt64 = 0) {
        self.limits = limits
        self.device = device
        self.lastTicket = lastTicket
        turnedAway = TurnedAway(bound: limits.waitingInAll)
        idleSensor = IdleSensor(limits: limits)
    }

    /// When `wake` must be called next; nil when nothing is going on, which is what makes an idle desk sleep.
    package var nextDeadline: Instant? {
        let ofPhase: Instant? =
            switch phase {
            case .free: line.count == 0 ? nil : keptUntil
            case .leased(let lease): end(of: lease).time
            case .stopping(_, _, let stuck): stuck
            case .lifting(_, let until): until
            }
        return [ofPhase, line.earliestEnd].compactMap(\.self).min()
    }

    /// Whether the desk has closed and its last holder has left.
    package var isClosed: Bool { closing && holder == nil }

    /// The lease that is in use, even if its holder was told to stop.
    package var holder: Lease? {
        switch phase {
        case .leased(let lease), .stopping(let lease, _, _): lease
        case .free, .lifting: nil
        }
    }
}

// MARK: - Steps

extension DeskQueue {
    /// Takes a request: it is granted, refused or put in line.
    package mutating func ask(_ request: LeaseRequest, now: Instant) -> (ticket: Ticket, actions: [DeskAction]) {
        settle(now)
        lastTicket += 1
        let ticket = Ticket(number: lastTicket)
        counters.asked += 1
        let wait = min(max(request.wait, .zero), limits.longestWait)
        let entry = FairLine.Entry(
            ticket: ticket, request: request, arrived: now, waitUntil: now.advanced(by: wait))
        // After settling, a free and ready scanner means that only those are in line who must leave it to others.
        let atOnce = phase == .free && device.state == .ready && !turnedAway.mustYield(request.user)

        if closing {
            refuse(entry, .shuttingDown, now)
        } else if device.state == .absent {
            refuse(entry, .deviceAbsent, now)
        } else if idleSensor.rest(of: request.user, now) != nil {
            refuse(entry, .tooLongWithoutFinger, now)
        } else if atOnce {
            grant(entry, now)
        } else if wait == .zero {
            refuse(entry, impatience, now)
        } else if line.count(of: request.user) >= limits.waitingPerUser {
            refuse(entry, .tooManyForUser, now)
        } else if line.count >= limits.waitingInAll {
            refuse(entry, .tooManyInAll, now)
        } else {
            line.append(entry)
        }
        return (ticket, finish(now))
    }

    /// Ends a request because its client has left or wants it to end; nothing happens if it has ended already.
    package mutating func leave(_ ticket: Ticket, now: Instant) -> [DeskAction] {
        settle(now)
        removeFromLine(.cancelled, now) { $0.ticket == ticket }
        if case .leased(let lease) = phase, lease.ticket == ticket { stop(lease, .cancelled, now) }
        return finish(now)
    }

    /// Takes the scanner back from its holder, whose capture has ended by itself or because it was told to.
    ///
    /// - Returns: the outcome, which is the reason of the stop if there was one; nil if the ticket does not hold the
    ///   scanner.
    package mutating func release(
        _ ticket: Ticket, success: Bool, now: Instant
    ) -> (outcome: Outcome?, actions: [DeskAction]) {
        settle(now)
        let outcome: Outcome
        switch phase {
        case .leased(let lease) where lease.ticket == ticket: outcome = success ? .succeeded : .failed
        case .stopping(let lease, let reason, _) where lease.ticket == ticket: outcome = .refused(reason)
        default: return (nil, finish(now))
        }
        if let lease = holder {
            becomeFree(now)
            let party = Party(ticket, lease.request)
            end(party, outcome)
            settleIdleSensor(of: lease, hadFinger: isTouched || outcome == .succeeded, now)
            // A capture that succeeded had a finger, even if no report of it has come.
            let onGlass = finger == .present || (finger == .notSeen && outcome == .succeeded)
            if onGlass && device == DeviceStatus(.ready, generation: lease.generation) {
                phase = .lifting(of: ticket, until: now.advanced(by: limits.liftWait))
                report(.removeFinger(party))
            }
        }
        return (outcome, finish(now))
    }

    /// Hears of the scanner.
    ///
    /// A lease ends with its generation. A scanner that is lost takes all requests with it; one that is another generation
    /// only takes the holder's, the others wait. One that is opened or reset in the same generation leaves the holder to
    /// itself: the capture knows best what that means for it.
    package mutating func deviceChanged(_ status: DeviceStatus, now: Instant) -> [DeskAction] {
        settle(now)
        guard status != device else { return finish(now) }
        device = status
        report(.device(status))
        switch phase {
        case .leased(let lease) where status.state == .absent: stop(lease, .deviceLost, now)
        case .leased(let lease) where status.generation != lease.generation: stop(lease, .deviceReplaced, now)
        case .lifting:
            // The finger belonged to what the scanner was.
            becomeFree(now)
            report(.fingerGone)
        case .free, .leased, .stopping: break
        }
        if status.state == .absent { removeFromLine(.deviceLost, now) { _ in true } }
        return finish(now)
    }

    /// Hears that a finger is on the glass.
    package mutating func fingerPlaced(now: Instant) -> [DeskAction] {
        settle(now)
        if holder != nil { (finger, isTouched) = (.present, true) }
        return finish(now)
    }

    /// Hears that the holder of this ticket has shown a finger, good or not; its lease is then contested no more.
    package mutating func fingerSeen(of ticket: Ticket, now: Instant) -> [DeskAction] {
        settle(now)
        if holder?.ticket == ticket { isTouched = true }
        return finish(now)
    }

    /// Hears that no finger is on the glass any more.
    ///
    /// News of a finger that no longer matters, because its time to lift has passed and another holder's finger may be
    /// there now, is ignored; a ticket of nil stands for whatever finger was there.
    package mutating func fingerLifted(of ticket: Ticket? = nil, now: Instant) -> [DeskAction] {
        settle(now)
        if case .lifting(let owner, _) = phase, ticket ?? owner == owner {
            becomeFree(now)
            report(.fingerGone)
        } else if let holder, ticket ?? holder.ticket == holder.ticket {
            (finger, isTouched) = (.lifted, true)
        }
        return finish(now)
    }

    /// Ends all requests and takes no more.
    package mutating func shutDown(now: Instant) -> [DeskAction] {
        settle(now)
        guard !closing else { return finish(now) }
        closing = true
        report(.closing)
        removeFromLine(.shuttingDown, now) { _ in true }
        if case .leased(let lease) = phase { stop(lease, .shuttingDown, now) }
        return finish(now)
    }

    /// Settles what is due; to be called at `nextDeadline`.
    package mutating func wake(now: Instant) -> [DeskAction] {
        settle(now)
        return finish(now)
    }
}

// MARK: - What the steps are made of

extension DeskQueue {
    /// Why a request is refused that cannot, or can no longer, wait.
    private var impatience: DeskRefusal.Reason { device.state == .starting ? .deviceStarting : .busy }

    private mutating func report(_ event: DeskEvent) { actions.append(.report(event)) }

    /// Ends what has run out of time.
    ///
    /// Patience comes first: a request whose wait is over is never granted.
    private mutating func settle(_ now: Instant) {
        removeFromLine(impatience, now) { $0.waitUntil <= now }
        switch phase {
        case .leased(let lease) where end(of: lease).time <= now:
            stop(lease, end(of: lease).reason, now)
        case .stopping(let lease, let reason, let stuck?) where stuck <= now:
            phase = .stopping(lease, reason, stuck: nil)
            counters.stuck += 1
            report(.stuck(Party(lease.ticket, lease.request)))
        case .free where keptUntil.map { $0 <= now } ?? false:
            turnedAway.forget()
            keptUntil = nil
        case .lifting(_, let until) where until <= now:
            becomeFree(now)
            counters.liftsMissed += 1
            report(.fingerGone)
        default: break
        }
        serveNext(now)
    }

    /// Serves the next in line if it can be served, tells everybody the new places, and hands over what is to be done.
    private mutating func finish(_ now: Instant) -> [DeskAction] {
        serveNext(now)
        // Somebody who came just now may contest a lease that has lasted long enough.
        if case .leased(let lease) = phase, end(of: lease).time <= now { stop(lease, end(of: lease).reason, now) }
        let order = line.inOrder
        let tickets = order.map(\.ticket)
        if tickets != told {
            for (index, ticket) in tickets.enumerated() where index >= told.count || told[index] != ticket {
                actions.append(.position(ticket, index + 1))
            }
            told = tickets
            report(.line(order.map { Party($0.ticket, $0.request) }))
        }
        defer { actions = [] }
        return actions
    }

    /// When and why the desk ends a lease, as things are now.
    func end(of lease: Lease) -> (time: Instant, reason: DeskRefusal.Reason) {
        let contested = lease.granted.advanced(by: limits.contestedLease)
        let user = lease.request.user
        guard !isTouched, lease.request.capture > limits.contestedLease,
            line.hasOthers(than: user) || turnedAway.hasOthers(than: user)
        else {
            return (lease.expires, .leaseExpired)
        }
        return (contested, .leaseContested)
    }

    private mutating func serveNext(_ now: Instant) {
        guard phase == .free, device.state == .ready,
            let next = line.removeFirst(where: { !turnedAway.mustYield($0) })
        else { return }
        grant(next, now)
    }

    /// Lets the scanner be had again, first by those who were turned away.
    private mutating func becomeFree(_ now: Instant) {
        phase = .free
        keptUntil = turnedAway.isEmpty ? nil : now.advanced(by: limits.turnKept)
    }

    /// Charges the user of a lease that saw no finger, and refuses that user's other requests once it is too much.
    private mutating func settleIdleSensor(of lease: Lease, hadFinger: Bool, _ now: Instant) {
        let user = lease.request.user
        guard !hadFinger else { return idleSensor.clear(user) }
        idleSensor.charge(user, lease.granted.duration(to: now), now)
        guard idleSensor.rest(of: user, now) != nil else { return }
        removeFromLine(.tooLongWithoutFinger, now) { $0.request.user == user }
    }

    private mutating func grant(_ entry: FairLine.Entry, _ now: Instant) {
        let capture = min(max(entry.request.capture, .zero), limits.longestCapture)
        let lease = Lease(
            ticket: entry.ticket, request: entry.request, generation: device.generation, granted: now,
            expires: now.advanced(by: capture + limits.leaseGrace))
        phase = .leased(lease)
        (finger, isTouched) = (.notSeen, false)
        turnedAway.granted(entry.request.user)
        counters.granted += 1
        actions.append(.grant(lease))
        report(.granted(Party(entry.ticket, entry.request)))
    }

    /// Tells the holder to stop; the first reason is the one that counts.
    private mutating func stop(_ lease: Lease, _ reason: DeskRefusal.Reason, _ now: Instant) {
        phase = .stopping(lease, reason, stuck: now.advanced(by: limits.stopWait))
        actions.append(.cancelHolder(lease.ticket, reason))
        report(.stopping(Party(lease.ticket, lease.request), reason))
    }

    private mutating func removeFromLine(
        _ reason: DeskRefusal.Reason, _ now: Instant, where leaves: (FairLine.Entry) -> Bool
    ) {
        for entry in line.remove(where: leaves) {
            turnAway(entry, reason, now)
            end(Party(entry.ticket, entry.request), .refused(reason))
        }
    }

    /// Refuses a request that never stood in line.
    private mutating func refuse(_ entry: FairLine.Entry, _ reason: DeskRefusal.Reason, _ now: Instant) {
        turnAway(entry, reason, now)
        counters.ended[.refused(reason), default: 0] += 1
    }

    /// Tells a request that it is refused, and remembers its user where that was for want of a turn.
    private mutating func turnAway(_ entry: FairLine.Entry, _ reason: DeskRefusal.Reason, _ now: Instant) {
        actions.append(.refuse(entry.ticket, refusal(reason, of: entry.request.user, now)))
        if [.busy, .tooManyInAll].contains(reason) { turnedAway.add(entry.request.user) }
    }

    private mutating func end(_ party: Party, _ outcome: Outcome) {
        counters.ended[outcome, default: 0] += 1
        report(.ended(party, outcome))
    }
}

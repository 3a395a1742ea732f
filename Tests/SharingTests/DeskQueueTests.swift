// The promises of the desk, one example each.
import Sharing
import Testing

/// A desk with a clock that each call may move on.
private struct Desk {
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

@Suite struct `Serving` {
    @Test func `a free scanner is granted at once, even to a client that does not wait`() {
        var desk = Desk()
        let (ticket, actions) = desk.ask(.of(1, wait: .zero))
        #expect(actions.granted == [ticket])
        #expect(desk.snapshot.holder?.party.ticket == ticket)
        #expect(desk.snapshot.state == .leased)
    }

    @Test func `a client that does not wait is told at once that the scanner is busy, by whom, and when to come again`()
        throws
    {
        var desk = Desk()
        let holder = try desk.hold(1)
        let (ticket, actions) = desk.ask(.of(2, wait: .zero))
        guard case .refuse(ticket, let refusal)? = actions.first else {
            Issue.record("not refused: \(actions)")
            return
        }
        #expect(refusal.reason == .busy)
        #expect(refusal.holder?.ticket == holder)
        #expect(refusal.holder?.user == 1)
        #expect(refusal.retryAfter == .seconds(5))
    }

    @Test func `requests of one user are served in the order they came`() throws {
        var desk = Desk()
        var holder = try desk.hold(1)
        let waiting = (0..<4).map { _ in desk.ask(.of(1)).ticket }
        for ticket in waiting {
            #expect(desk.release(holder).granted == [ticket])
            holder = ticket
        }
    }

    @Test func `users take turns however many requests one of them has`() throws {
        var desk = Desk()
        let holder = try desk.hold(9)
        let greedy = (0..<4).map { _ in desk.ask(.of(1)).ticket }
        let modest = desk.ask(.of(2)).ticket
        let other = (0..<2).map { _ in desk.ask(.of(3)).ticket }
        let order = [greedy[0], modest, other[0], greedy[1], other[1], greedy[2], greedy[3]]
        #expect(desk.snapshot.waiting.map(\.party.ticket) == order)
        var served: [Ticket] = []
        var last = holder
        for _ in order {
            let next = try #require(desk.release(last).granted.first)
            served.append(next)
            last = next
        }
        #expect(served == order)
    }

    @Test func `two programs that ask again as soon as they are done are served in turn`() throws {
        // spec/peers.md F05
        var desk = Desk()
        var holder = try desk.hold(1)
        var next = desk.ask(.of(2)).ticket
        for _ in 0..<100 {
            let user: UInt32 = desk.snapshot.holder?.party.user == 1 ? 1 : 2
            #expect(desk.release(holder).granted == [next])
            holder = next
            let again = desk.ask(.of(user))
            #expect(again.actions.refused.isEmpty)
            next = again.ticket
        }
    }

    @Test func `a fifth waiting request of a user is refused at once and other users are not`() throws {
        var desk = Desk()
        _ = try desk.hold(1)
        for _ in 0..<4 { #expect(desk.ask(.of(1)).actions.refused.isEmpty) }
        let fifth = desk.ask(.of(1))
        #expect(fifth.actions.refused == [fifth.ticket: .tooManyForUser])
        let other = desk.ask(.of(2))
        #expect(other.actions.places[other.ticket] == 2)
    }

    @Test func `a thirty-third waiting request is refused at once`() throws {
        var desk = Desk()
        _ = try desk.hold(1)
        for user in 1...8 as ClosedRange<UInt32> {
            for _ in 0..<4 { #expect(desk.ask(.of(user)).actions.refused.isEmpty) }
        }
        let last = desk.ask(.of(9))
        #expect(last.actions.refused == [last.ticket: .tooManyInAll])
    }

    @Test func `those in line learn their place whenever it changes`() throws {
        var desk = Desk()
        let holder = try desk.hold(1)
        let (first, toldFirst) = desk.ask(.of(1))
        let (second, toldSecond) = desk.ask(.of(1))
        #expect(toldFirst.places == [first: 1])
        #expect(toldSecond.places == [second: 2])
        // Another user's turn comes before the second request of this one.
        let (other, toldOther) = desk.ask(.of(2))
        #expect(toldOther.places == [other: 2, second: 3])
        #expect(desk.release(holder).places == [other: 1, second: 2])
    }
}

@Suite struct `Ending` {
    @Test func `a client whose wait is over is told that the scanner is busy`() throws {
        var desk = Desk()
        _ = try desk.hold(1)
        let (ticket, _) = desk.ask(.of(2, wait: .seconds(5)))
        #expect(desk.sleep == .seconds(5))
        #expect(desk.wait(after: .milliseconds(4999)).refused.isEmpty)
        #expect(desk.wait(after: .milliseconds(1)).refused == [ticket: .busy])
    }

    @Test func `a client whose wait is over is not served even if the scanner is freed before anybody noticed`() throws
    {
        var desk = Desk()
        let holder = try desk.hold(1)
        let (late, _) = desk.ask(.of(2, wait: .seconds(5)))
        desk.now = desk.now.advanced(by: .seconds(6))
        let actions = desk.release(holder)
        #expect(actions.refused == [late: .busy])
        #expect(actions.granted == [])
    }

    @Test func `a client that leaves the line is out of it and the others move up`() throws {
        var desk = Desk()
        _ = try desk.hold(1)
        let gone = desk.ask(.of(2)).ticket
        let next = desk.ask(.of(3)).ticket
        let actions = desk.queue.leave(gone, now: desk.now)
        #expect(actions.refused == [gone: .cancelled])
        #expect(actions.places == [next: 1])
        #expect(desk.snapshot.waiting.map(\.party.ticket) == [next])
    }

    @Test func `a client that leaves while capturing is stopped, and the next is served once it has stopped`() throws {
        // spec/peers.md F01
        var desk = Desk()
        let holder = try desk.hold(1)
        let next = desk.ask(.of(2)).ticket
        let actions = desk.queue.leave(holder, now: desk.now)
        #expect(actions.stopped == [holder: .cancelled])
        #expect(actions.granted == [])
        let (outcome, released) = desk.queue.release(holder, success: true, now: desk.now)
        #expect(outcome == .refused(.cancelled))
        #expect(released.granted == [next])
    }

    @Test func `a lease ends five seconds after the capture should have`() throws {
        // spec/peers.md F06
        var desk = Desk()
        let (holder, _) = desk.ask(.of(1, capture: .seconds(10)))
        let next = desk.ask(.of(2, wait: .seconds(60))).ticket
        #expect(desk.sleep == .seconds(15))
        let actions = desk.wait(after: .seconds(15))
        #expect(actions.stopped == [holder: .leaseExpired])
        let party = try #require(desk.snapshot.holder?.party)
        #expect(actions.events == [.stopping(party, .leaseExpired)])
        #expect(desk.release(holder).granted == [next])
        #expect(desk.snapshot.counters.ended == [.refused(.leaseExpired): 1])
    }

    @Test func `a holder that does not stop is reported once and nobody else gets the scanner`() throws {
        var desk = Desk()
        let (holder, _) = desk.ask(.of(1, capture: .seconds(10)))
        let next = desk.ask(.of(2, wait: .seconds(100))).ticket
        _ = desk.wait(after: .seconds(15))
        let party = try #require(desk.snapshot.holder?.party)
        #expect(desk.wait(after: .seconds(5)) == [.report(.stuck(party))])
        #expect(desk.wait(after: .seconds(50)) == [])
        #expect(desk.snapshot.counters.stuck == 1)
        #expect(desk.sleep == .seconds(30))
        #expect(desk.wait(after: .seconds(30)).refused == [next: .busy])
        #expect(desk.sleep == nil)
        #expect(desk.snapshot.holder?.party.ticket == holder)
    }

    @Test func `no wish for an endless capture or wait is granted`() {
        var desk = Desk()
        _ = desk.ask(.of(1, capture: .seconds(1_000_000_000_000)))
        #expect(desk.sleep == .seconds(125))
        _ = desk.ask(.of(2, wait: .seconds(1_000_000_000_000)))
        #expect(desk.sleep == .seconds(120))
        let (negative, actions) = desk.ask(.of(3, wait: .seconds(-1)))
        #expect(actions.refused == [negative: .busy])
    }

    @Test func `the end of a request that has ended changes nothing`() throws {
        var desk = Desk()
        let holder = try desk.hold(1)
        _ = desk.release(holder)
        let before = desk.snapshot
        #expect(desk.queue.leave(holder, now: desk.now) == [])
        #expect(desk.queue.release(holder, success: true, now: desk.now).outcome == nil)
        #expect(desk.queue.release(Ticket(number: 99), success: true, now: desk.now).outcome == nil)
        #expect(desk.snapshot == before)
    }

    @Test func `shutting down ends all who wait, stops the holder and refuses newcomers`() throws {
        // spec/peers.md F45
        var desk = Desk()
        let holder = try desk.hold(1)
        let waiting = [desk.ask(.of(1)).ticket, desk.ask(.of(2)).ticket]
        let actions = desk.queue.shutDown(now: desk.now)
        #expect(actions.refused == [waiting[0]: .shuttingDown, waiting[1]: .shuttingDown])
        #expect(actions.stopped == [holder: .shuttingDown])
        let late = desk.ask(.of(3))
        #expect(late.actions.refused == [late.ticket: .shuttingDown])
        #expect(!desk.queue.isClosed)
        _ = desk.release(holder)
        #expect(desk.queue.isClosed)
        #expect(desk.sleep == nil)
    }

    @Test func `an idle desk has nothing to wake up for`() throws {
        var desk = Desk()
        #expect(desk.sleep == nil)
        let holder = try desk.hold(1)
        #expect(desk.sleep == .seconds(15))
        _ = desk.release(holder)
        #expect(desk.sleep == nil)
    }
}

@Suite struct `Finger between captures` {
    @Test func `the next in line is served only when the finger has left the glass`() throws {
        // spec/peers.md F25
        var desk = Desk()
        let holder = try desk.hold(1)
        let next = desk.ask(.of(2)).ticket
        _ = desk.queue.fingerPlaced(now: desk.now)
        let party = try #require(desk.snapshot.holder?.party)
        let actions = desk.release(holder, success: true)
        #expect(actions.granted == [])
        #expect(actions.events.contains(.removeFinger(party)))
        #expect(desk.snapshot.state == .lifting)
        #expect(desk.queue.fingerLifted(now: desk.now).granted == [next])
    }

    @Test func `a finger that failed must leave as well`() throws {
        var desk = Desk()
        let holder = try desk.hold(1)
        _ = desk.queue.fingerPlaced(now: desk.now)
        _ = desk.release(holder, success: false)
        let (ticket, actions) = desk.ask(.of(2, wait: .zero))
        #expect(actions.refused == [ticket: .busy])
    }

    @Test func `a capture that succeeded had a finger even if the scanner did not say so`() throws {
        var desk = Desk()
        let holder = try desk.hold(1)
        _ = desk.release(holder, success: true)
        #expect(desk.snapshot.state == .lifting)
    }

    @Test func `a finger that left before the capture ended keeps nobody waiting`() throws {
        var desk = Desk()
        let holder = try desk.hold(1)
        let next = desk.ask(.of(2)).ticket
        _ = desk.queue.fingerPlaced(now: desk.now)
        _ = desk.queue.fingerLifted(now: desk.now)
        #expect(desk.release(holder, success: true).granted == [next])
    }

    @Test func `a capture that saw no finger keeps nobody waiting`() throws {
        var desk = Desk()
        let holder = try desk.hold(1)
        let next = desk.ask(.of(2)).ticket
        #expect(desk.release(holder, success: false).granted == [next])
    }

    @Test func `a finger that leaves late is not taken for that of the next holder`() throws {
        var desk = Desk()
        let first = try desk.hold(1)
        _ = desk.release(first, success: true)
        _ = desk.wait(after: .seconds(4))
        let second = try desk.hold(2)
        _ = desk.queue.fingerPlaced(now: desk.now)
        _ = desk.queue.fingerLifted(of: first, now: desk.now)
        _ = desk.release(second, success: true)
        #expect(desk.snapshot.state == .lifting)
        _ = desk.queue.fingerLifted(of: first, now: desk.now)
        #expect(desk.snapshot.state == .lifting)
        _ = desk.queue.fingerLifted(of: second, now: desk.now)
        #expect(desk.snapshot.state == .free)
    }

    @Test func `a finger that never leaves holds up the next for four seconds, less than the default wait`() throws {
        var desk = Desk()
        let holder = try desk.hold(1)
        let next = desk.ask(.of(2, wait: .seconds(5))).ticket
        _ = desk.queue.fingerPlaced(now: desk.now)
        _ = desk.release(holder, success: true)
        #expect(desk.sleep == .seconds(4))
        let actions = desk.wait(after: .seconds(4))
        #expect(actions.granted == [next])
        #expect(actions.events.contains(.fingerGone))
        #expect(desk.snapshot.counters.liftsMissed == 1)
    }
}

@Suite struct `Scanner that comes and goes` {
    @Test func `without a scanner requests are refused at once`() {
        var desk = Desk(device: .absent)
        let (ticket, actions) = desk.ask(.of(1, wait: .seconds(60)))
        #expect(actions.refused == [ticket: .deviceAbsent])
    }

    @Test func `while the scanner starts clients wait and are served when it is ready`() {
        var desk = Desk(device: .starting)
        let (ticket, actions) = desk.ask(.of(1))
        #expect(actions.granted == [])
        #expect(actions.places == [ticket: 1])
        #expect(desk.queue.deviceChanged(.ready, now: desk.now).granted == [ticket])
    }

    @Test func `a scanner that starts too slowly is named as the reason`() {
        var desk = Desk(device: .starting)
        let hasty = desk.ask(.of(1, wait: .zero))
        #expect(hasty.actions.refused == [hasty.ticket: .deviceStarting])
        let patient = desk.ask(.of(1, wait: .seconds(5)))
        #expect(desk.wait(after: .seconds(5)).refused == [patient.ticket: .deviceStarting])
    }

    @Test func `a scanner that is lost ends its holder and all who wait`() throws {
        var desk = Desk()
        let holder = try desk.hold(1)
        let next = desk.ask(.of(2)).ticket
        let actions = desk.queue.deviceChanged(.absent, now: desk.now)
        #expect(actions.stopped == [holder: .deviceLost])
        #expect(actions.refused == [next: .deviceLost])
        _ = desk.release(holder, success: true)
        #expect(
            desk.snapshot.counters.ended == [.refused(.deviceLost): 2])
    }

    @Test func `a new generation ends the holder and serves those who wait`() throws {
        var desk = Desk()
        let holder = try desk.hold(1)
        let next = desk.ask(.of(2)).ticket
        let actions = desk.queue.deviceChanged(DeviceStatus(.ready, generation: 2), now: desk.now)
        #expect(actions.stopped == [holder: .deviceReplaced])
        #expect(actions.refused.isEmpty)
        // The finger was on a scanner that is no more, so nobody waits for it to leave.
        let released = desk.release(holder, success: true)
        guard case .grant(let lease)? = released.first(where: { if case .grant = $0 { true } else { false } }) else {
            Issue.record("not granted: \(released)")
            return
        }
        #expect(lease.ticket == next)
        #expect(lease.generation == 2)
    }

    @Test func `no waiting for a finger outlives the scanner it was on`() throws {
        var desk = Desk()
        let holder = try desk.hold(1)
        _ = desk.queue.fingerPlaced(now: desk.now)
        _ = desk.release(holder)
        #expect(desk.snapshot.state == .lifting)
        let actions = desk.queue.deviceChanged(.absent, now: desk.now)
        #expect(actions.events == [.device(.absent), .fingerGone])
        #expect(desk.snapshot.state == .free)
        #expect(desk.sleep == nil)
    }

    @Test func `hearing the same of the scanner again changes nothing`() throws {
        var desk = Desk()
        _ = try desk.hold(1)
        #expect(desk.queue.deviceChanged(.ready, now: desk.now) == [])
        #expect(desk.snapshot.state == .leased)
    }
}

@Suite struct `Showing` {
    @Test func `the snapshot says who holds the scanner, who waits, where and how long`() throws {
        var desk = Desk()
        _ = desk.ask(LeaseRequest(id: "a", user: 1, program: "till", wait: .zero, capture: .seconds(10)))
        desk.now = desk.now.advanced(by: .seconds(2))
        _ = desk.ask(LeaseRequest(id: "b", user: 2, program: "kiosk", wait: .seconds(5), capture: .seconds(10)))
        desk.now = desk.now.advanced(by: .seconds(1))
        let snapshot = desk.snapshot
        let holder = try #require(snapshot.holder)
        #expect(holder.party.program == "till")
        #expect(holder.held == .seconds(3))
        #expect(holder.remaining == .seconds(12))
        let waiting = try #require(snapshot.waiting.first)
        #expect(waiting.party.requestID == "b")
        #expect(waiting.position == 1)
        #expect(waiting.waited == .seconds(1))
        #expect(waiting.remaining == .seconds(4))
    }

    @Test func `request ids are shown to their own user and to admins only`() throws {
        var desk = Desk()
        _ = desk.ask(.of(1, id: "a"))
        _ = desk.ask(.of(2, id: "b"))
        let toOwner = desk.snapshot.shown(to: 1, admin: false)
        #expect(toOwner.holder?.party.requestID == "a")
        #expect(toOwner.waiting.map(\.party.requestID) == [nil])
        #expect(toOwner.waiting.map(\.party.user) == [2])
        let toAdmin = desk.snapshot.shown(to: 0, admin: true)
        #expect(toAdmin == desk.snapshot)
        let party = try #require(desk.snapshot.holder?.party)
        #expect(DeskEvent.granted(party).shown(to: 2, admin: false) != .granted(party))
        #expect(DeskEvent.granted(party).shown(to: 1, admin: false) == .granted(party))
    }

    @Test func `requests are found by their id for their own user and for admins`() throws {
        var desk = Desk()
        let holder = try desk.hold(1)
        let waiting = desk.ask(.of(2, id: "r")).ticket
        #expect(desk.queue.tickets(withID: "r", of: 1) == [holder])
        #expect(desk.queue.tickets(withID: "r", of: 2) == [waiting])
        #expect(desk.queue.tickets(withID: "r", of: nil) == [holder, waiting])
        #expect(desk.queue.tickets(withID: "x", of: nil) == [])
    }

    @Test func `every reason has a code and a cause of its own, and a next step unless the client itself has left`() {
        let refusals = DeskRefusal.Reason.allCases.map { DeskRefusal($0) }
        #expect(Set(refusals.map(\.code)).count == refusals.count)
        #expect(Set(refusals.map(\.cause)).count == refusals.count)
        for refusal in refusals { #expect(refusal.nextStep.isEmpty == (refusal.reason == .cancelled)) }
    }
}

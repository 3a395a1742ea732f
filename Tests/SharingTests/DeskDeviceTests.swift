// The promises of the desk about fingers, scanners and what it shows, one example each.
import Sharing
import Testing

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

    @Test func `a scanner that is opened or reset in the same generation leaves the holder to its own capture`() throws
    {
        var desk = Desk()
        let holder = try desk.hold(1)
        let next = desk.ask(.of(2)).ticket
        #expect(desk.queue.deviceChanged(.starting, now: desk.now).stopped == [:])
        #expect(desk.release(holder).granted == [])
        #expect(desk.queue.deviceChanged(.ready, now: desk.now).granted == [next])
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

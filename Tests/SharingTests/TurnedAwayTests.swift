// Users who ask again instead of waiting in line have their turns too.
import Sharing
import Testing

@Suite struct `A user who was turned away` {
    /// Lets the holder go on for a while, without a finger, and end.
    private func end(_ holder: Ticket, after time: Duration = .seconds(1), in desk: inout Desk) -> [DeskAction] {
        desk.now = desk.now.advanced(by: time)
        return desk.release(holder)
    }

    @Test func `has the scanner before those who wait for another turn`() throws {
        var desk = Desk()
        let holder = try desk.hold(1)
        let second = desk.ask(.of(1, wait: .seconds(60))).ticket
        let refused = desk.ask(.of(2, wait: .zero))
        #expect(refused.actions.refused == [refused.ticket: .busy])
        #expect(end(holder, in: &desk).granted == [])
        let again = desk.ask(.of(2, wait: .zero))
        #expect(again.actions.granted == [again.ticket])
        #expect(end(again.ticket, in: &desk).granted == [second])
    }

    @Test func `who asks twice a second is served, whatever three patient requests of another user ask for`() throws {
        // The first ask for all the time there is, the others for what no contest cuts short.
        for capture in [Duration.seconds(99), .seconds(9)] {
            // Here it is about turns, not about heat.
            var limits = DeskLimits()
            limits.idleSensor = .seconds(1000)
            var desk = Desk(limits: limits)
            var holder: Ticket? = desk.ask(.of(1, wait: .seconds(120), capture: capture)).ticket
            for _ in 0..<2 { _ = desk.ask(.of(1, wait: .seconds(120), capture: capture)) }
            var served = 0
            for _ in 0..<240 {
                var actions = desk.wait(after: .milliseconds(500))
                // Who is told to stop does, and asks again at once; so does who has waited for a finger for long enough.
                let held = desk.snapshot.holder
                if let holder, !actions.stopped.isEmpty || held?.held ?? .zero >= capture {
                    actions += desk.release(holder)
                    actions += desk.ask(.of(1, wait: .seconds(120), capture: capture)).actions
                }
                let (ticket, impatient) = desk.ask(.of(2, wait: .zero))
                if impatient.granted == [ticket] {
                    served += 1
                    desk.now = desk.now.advanced(by: .seconds(3))
                    _ = desk.queue.fingerSeen(of: ticket, now: desk.now)
                    actions += desk.release(ticket, success: false)
                }
                holder = desk.snapshot.holder?.party.ticket
            }
            #expect(served >= 5, "with captures of \(capture)")
        }
    }

    @Test func `who comes back when the desk says so is next, however short the captures of those in line`() throws {
        // A client that came back later than that could miss every turn, when captures and its tries keep the same time.
        for capture in stride(from: 200, through: 6_000, by: 200) {
            var desk = Desk()
            let holder = try desk.hold(1)
            _ = desk.ask(.of(1, wait: .seconds(60)))
            let freeAgain = desk.now.advanced(by: .milliseconds(capture))
            var isServed = false
            for _ in 0..<10 where !isServed {
                let (ticket, actions) = desk.ask(.of(2, wait: .zero))
                isServed = actions.granted == [ticket]
                for case .refuse(_, let refusal) in actions {
                    let next = desk.now.advanced(by: try #require(refusal.retryAfter) + .milliseconds(900))
                    if desk.now <= freeAgain, freeAgain < next {
                        desk.now = freeAgain
                        #expect(desk.release(holder).granted == [])
                    }
                    desk.now = next
                    #expect(desk.wait(after: .zero).granted == [])
                }
            }
            #expect(isServed, "captures of \(capture) ms")
        }
    }

    @Test func `is waited for four seconds, and no longer`() throws {
        var desk = Desk()
        let holder = try desk.hold(1)
        let second = desk.ask(.of(1, wait: .seconds(60))).ticket
        _ = desk.ask(.of(2, wait: .zero))
        #expect(end(holder, in: &desk).granted == [])
        #expect(desk.sleep == .seconds(4))
        #expect(desk.wait(after: .milliseconds(3_999)) == [])
        #expect(desk.wait(after: .milliseconds(1)).granted == [second])
        // What is forgotten contests nothing.
        #expect(desk.sleep == .seconds(15))
    }

    @Test func `does not keep the scanner from anybody who has not had it since`() throws {
        var desk = Desk()
        let holder = try desk.hold(1)
        _ = desk.ask(.of(2, wait: .zero))
        let third = desk.ask(.of(3, wait: .seconds(60))).ticket
        #expect(end(holder, in: &desk).granted == [third])
        // Now both have had it.
        let again = [desk.ask(.of(1, wait: .seconds(60))).ticket, desk.ask(.of(3, wait: .seconds(60))).ticket]
        #expect(end(third, in: &desk).granted == [])
        let own = desk.ask(.of(2, wait: .zero))
        #expect(own.actions.granted == [own.ticket])
        #expect(end(own.ticket, in: &desk).granted == [again[0]])
    }

    @Test func `does not wait for itself`() throws {
        var desk = Desk()
        let holder = try desk.hold(1)
        _ = desk.ask(.of(1, wait: .zero))
        _ = end(holder, in: &desk)
        let again = desk.ask(.of(1, wait: .zero))
        #expect(again.actions.granted == [again.ticket])
        #expect(desk.sleep == .seconds(15))
    }

    @Test func `wakes nobody up when nobody waits`() throws {
        var desk = Desk()
        let holder = try desk.hold(1)
        _ = desk.ask(.of(2, wait: .zero))
        _ = end(holder, in: &desk)
        #expect(desk.sleep == nil)
        // The other one's turn, for a moment.
        let early = desk.ask(.of(1, wait: .zero))
        #expect(early.actions.refused == [early.ticket: .busy])
        desk.now = desk.now.advanced(by: .seconds(4))
        let late = desk.ask(.of(1, wait: .zero))
        #expect(late.actions.granted == [late.ticket])
    }

    @Test func `is one whose patience ended, or who found the line full, too`() throws {
        var desk = Desk()
        var holder = try desk.hold(1)
        _ = desk.ask(.of(2, wait: .seconds(1)))
        #expect(desk.wait(after: .seconds(1)).refused.values.map(\.self) == [.busy])
        let own = desk.ask(.of(1, wait: .seconds(60))).ticket
        #expect(end(holder, in: &desk).granted == [])
        holder = try desk.hold(2)
        #expect(end(holder, in: &desk).granted == [own])

        for user in 11...41 as ClosedRange<UInt32> { _ = desk.ask(.of(user, wait: .seconds(120))) }
        _ = desk.ask(.of(1, wait: .seconds(120)))
        let full = desk.ask(.of(5, wait: .seconds(60)))
        #expect(full.actions.refused == [full.ticket: .tooManyInAll])
        // As if it stood in line: everybody has one turn before it, and nobody two.
        var last = own
        for _ in 11...41 { last = try #require(end(last, in: &desk).granted.first) }
        #expect(end(last, in: &desk).granted == [])
        #expect(try desk.hold(5) != last)
    }
}

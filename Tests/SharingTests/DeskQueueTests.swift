// The promises of the desk, one example each.
import Sharing
import Testing

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
        #expect(refusal.retryAfter == .seconds(3))
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
        _ = desk.ask(.of(1, wait: .seconds(1_000_000_000_000)))
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

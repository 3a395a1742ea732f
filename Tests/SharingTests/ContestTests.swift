// A holder that shows no finger cannot keep other users waiting for all of its time.
import Sharing
import Testing

@Suite struct `A lease without a finger` {
    @Test func `ends ten seconds after it began when somebody of another user waits`() {
        var desk = Desk()
        let (holder, _) = desk.ask(.of(1, capture: .seconds(90)))
        let (next, _) = desk.ask(.of(2, wait: .seconds(60)))
        #expect(desk.sleep == .seconds(10))
        #expect(desk.snapshot.holder?.remaining == .seconds(10))
        #expect(desk.wait(after: .milliseconds(9_999)) == [])
        #expect(desk.wait(after: .milliseconds(1)).stopped == [holder: .leaseContested])
        #expect(desk.release(holder).granted == [next])
        #expect(desk.snapshot.counters.ended == [.refused(.leaseContested): 1])
    }

    @Test func `ends at once when that somebody comes after ten seconds, which is within the default wait`() {
        var desk = Desk()
        let (holder, _) = desk.ask(.of(1, capture: .seconds(90)))
        #expect(desk.wait(after: .seconds(30)) == [])
        let (next, actions) = desk.ask(.of(2, wait: .seconds(5)))
        #expect(actions.stopped == [holder: .leaseContested])
        #expect(desk.release(holder).granted == [next])
    }

    @Test func `ends also for somebody who does not wait in line but asks again, as browsers do`() {
        var desk = Desk()
        let (holder, _) = desk.ask(.of(1, capture: .seconds(90)))
        desk.now = desk.now.advanced(by: .seconds(2))
        let (ticket, actions) = desk.ask(.of(2, wait: .zero))
        #expect(actions.refused == [ticket: .busy])
        #expect(desk.sleep == .seconds(8))
        #expect(desk.wait(after: .seconds(8)).stopped == [holder: .leaseContested])
    }

    @Test func `is left alone by requests of its own user, whether they wait or not`() {
        var desk = Desk()
        _ = desk.ask(.of(1, capture: .seconds(90)))
        _ = desk.ask(.of(1, wait: .seconds(60)))
        _ = desk.ask(.of(1, wait: .zero))
        #expect(desk.wait(after: .seconds(30)).stopped == [:])
        #expect(desk.snapshot.state == .leased)
    }

    @Test func `is left alone when the other has left again`() {
        var desk = Desk()
        _ = desk.ask(.of(1, capture: .seconds(90)))
        let (other, _) = desk.ask(.of(2, wait: .seconds(60)))
        _ = desk.queue.leave(other, now: desk.now)
        #expect(desk.wait(after: .seconds(30)) == [])
    }

    @Test func `keeps its whole time once a finger was seen, good or not`() throws {
        var desk = Desk()
        let (holder, _) = desk.ask(.of(1, capture: .seconds(90)))
        _ = desk.ask(.of(2, wait: .seconds(120)))
        desk.now = desk.now.advanced(by: .seconds(9))
        _ = desk.queue.fingerSeen(of: holder, now: desk.now)
        #expect(desk.wait(after: .seconds(80)) == [])
        #expect(desk.wait(after: .seconds(6)).stopped == [holder: .leaseExpired])
    }

    @Test func `is not saved by the finger of a holder before it`() throws {
        var desk = Desk()
        let first = try desk.hold(1)
        _ = desk.release(first)
        let (second, _) = desk.ask(.of(1, capture: .seconds(90)))
        _ = desk.queue.fingerSeen(of: first, now: desk.now)
        _ = desk.ask(.of(2, wait: .seconds(60)))
        #expect(desk.wait(after: .seconds(10)).stopped == [second: .leaseContested])
    }

    @Test func `of no more than ten seconds is never cut short`() throws {
        // 10 s are UIDAI's default: who asks for no more has all of it.
        var desk = Desk()
        let (holder, _) = desk.ask(.of(1, capture: .seconds(10)))
        _ = desk.ask(.of(2, wait: .seconds(60)))
        #expect(desk.wait(after: .seconds(14)) == [])
        #expect(desk.wait(after: .seconds(1)).stopped == [holder: .leaseExpired])
    }
}

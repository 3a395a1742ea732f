// The journal stays quiet under a retrying client, and a daemon that nobody needs leaves without losing one.
import Sharing
import Testing

@Suite struct `Repeated messages` {
    // spec/peers.md F34

    @Test func `the same message of a user is written once in ten seconds, with the number left out`() {
        var throttle = MessageThrottle()
        var now = SuspendingClock().now
        #expect(throttle.admit("busy", user: 1, now: now) == 0)
        for _ in 0..<99 {
            now = now.advanced(by: .milliseconds(100))
            #expect(throttle.admit("busy", user: 1, now: now) == nil)
        }
        now = now.advanced(by: .milliseconds(100))
        #expect(throttle.admit("busy", user: 1, now: now) == 99)
        #expect(throttle.admit("busy", user: 1, now: now) == nil)
    }

    @Test func `other messages and other users are not held back`() {
        var throttle = MessageThrottle()
        let now = SuspendingClock().now
        #expect(throttle.admit("busy", user: 1, now: now) == 0)
        #expect(throttle.admit("busy", user: 2, now: now) == 0)
        #expect(throttle.admit("refused", user: 1, now: now) == 0)
    }

    @Test func `what is remembered is bounded and the oldest goes first`() {
        var throttle = MessageThrottle()
        var now = SuspendingClock().now
        for user in 0..<1000 as Range<UInt32> {
            now = now.advanced(by: .milliseconds(1))
            #expect(throttle.admit("busy", user: user, now: now) == 0)
        }
        #expect(throttle.count == 256)
        #expect(throttle.admit("busy", user: 999, now: now) == nil)
        #expect(throttle.admit("busy", user: 744, now: now) == nil)
        #expect(throttle.admit("busy", user: 743, now: now) == 0)
    }
}

@Suite struct `Leaving when not needed` {
    // spec/peers.md F17

    private let start = SuspendingClock().now

    private func after(_ seconds: Int) -> SuspendingClock.Instant { start.advanced(by: .seconds(seconds)) }

    @Test func `after sixty quiet seconds it stops accepting, looks once more and leaves`() {
        var idle = IdleExit(started: start)
        #expect(idle.nextDeadline == after(60))
        #expect(idle.wake(now: after(59)) == nil)
        #expect(idle.wake(now: after(60)) == .stopAcceptingAndCheckBacklog)
        #expect(idle.nextDeadline == nil)
        #expect(idle.backlogChecked(isEmpty: true, now: after(60)) == .exit)
        #expect(idle.wake(now: after(61)) == nil)
        #expect(idle.changed(needed: true, now: after(61)) == nil)
    }

    @Test func `a client who came at that moment is accepted and the quiet time starts anew`() {
        var idle = IdleExit(started: start)
        #expect(idle.wake(now: after(60)) == .stopAcceptingAndCheckBacklog)
        #expect(idle.backlogChecked(isEmpty: false, now: after(60)) == .acceptAgain)
        #expect(idle.nextDeadline == after(120))
        #expect(idle.changed(needed: true, now: after(60)) == nil)
        #expect(idle.nextDeadline == nil)
    }

    @Test func `a scanner that comes during the last look keeps the daemon`() {
        var idle = IdleExit(started: start)
        _ = idle.wake(now: after(60))
        #expect(idle.changed(needed: true, now: after(60)) == .acceptAgain)
        #expect(idle.backlogChecked(isEmpty: true, now: after(60)) == nil)
        #expect(idle.nextDeadline == nil)
    }

    @Test func `while somebody is there it does not wake up, and the quiet time starts when the last has left`() {
        var idle = IdleExit(started: start)
        #expect(idle.changed(needed: true, now: after(10)) == nil)
        #expect(idle.nextDeadline == nil)
        #expect(idle.wake(now: after(500)) == nil)
        #expect(idle.changed(needed: false, now: after(500)) == nil)
        #expect(idle.changed(needed: false, now: after(510)) == nil)
        #expect(idle.nextDeadline == after(560))
    }

    @Test func `however short the quiet time, it lives two seconds`() {
        var limits = IdleLimits()
        limits.quiet = .zero
        let idle = IdleExit(limits: limits, started: start)
        #expect(idle.nextDeadline == after(2))
    }
}

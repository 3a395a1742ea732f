// One user cannot heat the scanner for everybody by captures without a finger.
import Sharing
import Testing

@Suite struct `Sensor time without a finger` {
    /// A capture that ends after some time; its outcome if it was refused.
    private func capture(
        _ user: UInt32, _ time: Duration, finger: Bool = false, in desk: inout Desk
    ) -> DeskRefusal? {
        let (ticket, actions) = desk.ask(.of(user, wait: .zero, capture: time))
        for case .refuse(_, let refusal) in actions { return refusal }
        desk.now = desk.now.advanced(by: time)
        if finger { _ = desk.queue.fingerSeen(of: ticket, now: desk.now) }
        _ = desk.release(ticket)
        return nil
    }

    @Test func `is bounded for each user, and others are served`() {
        var desk = Desk()
        #expect(capture(1, .seconds(99), in: &desk) == nil)
        let refusal = capture(1, .seconds(10), in: &desk)
        #expect(refusal?.reason == .tooLongWithoutFinger)
        // A fifth of the time is forgiven as it passes.
        #expect(refusal?.retryAfter == .seconds((99 - 60) * 5))
        #expect(capture(2, .seconds(10), in: &desk) == nil)
        desk.now = desk.now.advanced(by: .seconds((99 - 60) * 5 - 11))
        #expect(capture(1, .seconds(10), in: &desk)?.reason == .tooLongWithoutFinger)
        desk.now = desk.now.advanced(by: .seconds(1))
        #expect(capture(1, .seconds(10), in: &desk) == nil)
    }

    @Test func `is not used up by a customer who needs four tries of 20 s, or eight of 10 s`() {
        for (tries, time) in [(4, Duration.seconds(20)), (8, .seconds(10))] {
            var desk = Desk()
            for number in 1...tries { #expect(capture(1, time, in: &desk) == nil, "try \(number) of \(time)") }
        }
        // A person needs a moment between two tries, and a good one settles all.
        var desk = Desk()
        for _ in 1...50 {
            for _ in 1...5 {
                #expect(capture(1, .seconds(15), in: &desk) == nil)
                desk.now = desk.now.advanced(by: .seconds(20))
            }
            #expect(capture(1, .seconds(5), finger: true, in: &desk) == nil)
        }
    }

    @Test func `is not what a finger takes, good or not`() {
        var desk = Desk()
        for _ in 1...20 { #expect(capture(1, .seconds(90), finger: true, in: &desk) == nil) }
    }

    @Test func `ends the waiting of the same user's other requests`() throws {
        var desk = Desk()
        let (holder, _) = desk.ask(.of(1, capture: .seconds(90)))
        let waiting = desk.ask(.of(1, wait: .seconds(120))).ticket
        desk.now = desk.now.advanced(by: .seconds(90))
        let actions = desk.release(holder)
        #expect(actions.refused == [waiting: .tooLongWithoutFinger])
        #expect(actions.granted == [])
        #expect(desk.sleep == nil)
    }

    /// What libfprint reckons: 180 s is the time constant of a scanner that is on, 540 s that of one that rests.
    @Test func `of one user never makes the scanner too hot, whatever that user asks for`() {
        let tooHot = 1 - 1 / (2.718281828 + 1)
        for time in stride(from: 5.0, through: 100, by: 5) {
            var desk = Desk()
            let start = desk.now
            var (heat, hottest) = (0.0, 0.0)
            while start.duration(to: desk.now) < .seconds(7200) {
                if capture(1, .seconds(time), in: &desk) == nil {
                    heat = 1 - (1 - heat) * exponential(-time / 180)
                    hottest = max(hottest, heat)
                } else {
                    desk.now = desk.now.advanced(by: .seconds(1))
                    heat *= exponential(-1.0 / 540)
                }
            }
            #expect(hottest < tooHot - 0.05, "captures of \(time) s")
        }
    }

    /// The exponential function, by its series.
    private func exponential(_ x: Double) -> Double {
        var (sum, term) = (1.0, 1.0)
        for n in 1...30 {
            term *= x / Double(n)
            sum += term
        }
        return sum
    }
}

// How long each user has kept the sensor on without a finger, which heats it for everybody.

/// An account of sensor time without a finger for each user; it is paid off as time passes.
struct IdleSensor: Sendable {
    typealias Instant = SuspendingClock.Instant

    private struct Account {
        var debt: Duration
        var asOf: Instant
    }

    private let limits: DeskLimits
    /// Of those who owe something: no more than a handful, since leases come one after the other.
    private var accounts: [UInt32: Account] = [:]

    init(limits: DeskLimits) { self.limits = limits }

    /// What a user owes.
    private func debt(of user: UInt32, _ now: Instant) -> Duration {
        accounts[user].map { max(.zero, $0.debt - $0.asOf.duration(to: now) / limits.idleSensorRest) } ?? .zero
    }

    /// Charges a lease that has ended without a finger.
    mutating func charge(_ user: UInt32, _ time: Duration, _ now: Instant) {
        accounts = accounts.filter { debt(of: $0.key, now) > .zero }
        accounts[user] = Account(debt: debt(of: user, now) + time, asOf: now)
    }

    /// Hears that somebody is there and puts fingers on.
    mutating func clear(_ user: UInt32) { accounts[user] = nil }

    /// How long a user has to let the sensor rest before the next lease; nil when not at all.
    func rest(of user: UInt32, _ now: Instant) -> Duration? {
        let excess = debt(of: user, now) - limits.idleSensor
        return excess > .zero ? excess * limits.idleSensorRest : nil
    }
}

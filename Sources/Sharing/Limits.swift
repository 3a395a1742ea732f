// The bounds and waiting times of the desk, the access rules and the logs, each with its reason.

/// How many may wait at the desk and for how long; the numbers are those of spec/peers.md 6.2 where it gives one.
package struct DeskLimits: Sendable, Equatable {
    /// Requests of one user in line, the holder not counted: enough for a few programs of one person, too few to fill
    /// the line.
    package var waitingPerUser = 4
    /// Requests in line in all: at 5 s a capture the last one already waits for minutes.
    package var waitingInAll = 32
    /// The longest that a client may ask to wait in line; clients themselves give up after 120 s.
    package var longestWait: Duration = .seconds(120)
    /// The longest capture that a client may ask for; PidOptions allows 99.999 s, clients give up after 120 s.
    package var longestCapture: Duration = .seconds(120)
    /// What a lease lasts longer than its capture: opening the scanner before it and stopping it after it.
    package var leaseGrace: Duration = .seconds(5)
    /// How long a lease lasts that has seen no finger, while another user waits.
    ///
    /// It is UIDAI's default timeout of a capture (spec/rd-service.md 3.5): who asks for no more than that never loses
    /// anything, and who asks for up to 100 s cannot keep others waiting for all of it (docs/protocol.md, "Waiting").
    package var contestedLease: Duration = .seconds(10)
    /// How long a free scanner is left to users who were turned away, before those who have had it since get it again.
    ///
    /// Whoever comes back as `retryAfter` says does so within it. It is shorter than the default wait of 5 s, so that those who
    /// have to wait for it in line still get their turn.
    package var turnKept: Duration = .seconds(4)
    /// How long one user may keep the sensor on without a finger before the next lease is refused.
    ///
    /// libfprint calls a scanner too hot after 180 s of activity, more if it rested before. One user who asks for all that this
    /// and a last lease of 100 s allow, again and again, takes it to nine tenths of that.
    package var idleSensor: Duration = .seconds(60)
    /// How many times as long as the sensor was on without a finger it takes until that is forgotten.
    ///
    /// Four timeouts of 20 s, one right after the other, are within it, and with a customer who takes a few seconds between them
    /// some more; one finger on the glass settles all.
    package var idleSensorRest = 5
    /// How long a finger may stay on the glass before the next in line is served all the same.
    ///
    /// A person lifts within two seconds, so what is still seen after four is dirt or a deaf sensor. It is shorter than
    /// the default wait of 5 s, so that even then the next in line gets its turn.
    package var liftWait: Duration = .seconds(4)
    /// How long a holder that was told to stop may take before it is reported as stuck; a cancel needs 0.2 s at most.
    package var stopWait: Duration = .seconds(5)
    /// The least and the most that a refused client is told to wait before it asks again.
    ///
    /// One second keeps a retrying client from spinning; three, with a second for the way, are within `turnKept`.
    package var retryAfter: ClosedRange<Duration> = .seconds(1) ... .seconds(3)

    package init() {}
}

/// How many events a subscriber may lag behind; older ones are dropped, which the numbers of the events show.
///
/// A finger makes about six events, so this is a few captures of ten fingers: a reader that is further behind is not reading.
let keptEvents = 256

/// The most names in one access rule: a person wrote the list, and longer ones are what groups are for.
let mostNamesInAccessRule = 64

/// The bounds of repeated journal lines (spec/peers.md F34).
package struct MessageLimits: Sendable, Equatable {
    /// The same message of the same user is written at most once in this time.
    package var interval: Duration = .seconds(10)
    /// Different messages remembered: 64 connections with a few kinds of message each.
    package var remembered = 256

    package init() {}
}

/// When a daemon that nobody needs leaves (spec/peers.md F17).
package struct IdleLimits: Sendable, Equatable {
    /// How long there must have been neither a client nor a scanner.
    package var quiet: Duration = .seconds(60)
    /// The least time from start to exit, so that systemd's start limit is never reached by leaving and being called
    /// again.
    package var leastUptime: Duration = .seconds(2)

    package init() {}
}

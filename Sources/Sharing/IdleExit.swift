// When a daemon that nobody needs leaves, without losing the client who comes at that very moment.

/// Decides when to exit (spec/peers.md F17).
///
/// After a quiet time without client and scanner the daemon stops accepting, looks whether somebody has come meanwhile,
/// and only then exits. The listening socket stays with systemd, so whoever comes after that look starts the daemon
/// anew. A value without clock: `nextDeadline` says when to call `wake`.
package struct IdleExit: Sendable {
    package typealias Instant = SuspendingClock.Instant

    /// What to do after a step.
    package enum Action: Sendable, Equatable {
        /// Accept no more, look at the listening sockets and call `backlogChecked`.
        case stopAcceptingAndCheckBacklog
        /// Accept again: somebody came.
        case acceptAgain
        /// Exit with status 0.
        case exit
    }

    private enum Phase: Sendable, Equatable {
        case needed
        case quiet(until: Instant)
        case checking
        case leaving
    }

    private let limits: IdleLimits
    private let started: Instant
    private var phase: Phase

    /// Starts to count at `started`, with nobody there.
    package init(limits: IdleLimits = IdleLimits(), started: Instant) {
        self.limits = limits
        self.started = started
        phase = .quiet(until: Self.end(of: limits, started: started, now: started))
    }

    /// When `wake` must be called next; nil while the daemon is needed.
    package var nextDeadline: Instant? {
        if case .quiet(let until) = phase { until } else { nil }
    }

    /// Hears whether there is a client or a scanner.
    package mutating func changed(needed: Bool, now: Instant) -> Action? {
        switch (phase, needed) {
        case (.needed, false):
            phase = .quiet(until: Self.end(of: limits, started: started, now: now))
            return nil
        case (.quiet, true):
            phase = .needed
            return nil
        case (.checking, true):
            phase = .needed
            return .acceptAgain
        case (.leaving, _), (.needed, true), (.quiet, false), (.checking, false):
            return nil
        }
    }

    /// Leaves when it is time; to be called at `nextDeadline`.
    package mutating func wake(now: Instant) -> Action? {
        guard case .quiet(let until) = phase, until <= now else { return nil }
        phase = .checking
        return .stopAcceptingAndCheckBacklog
    }

    /// Hears whether a client waits at a listening socket that is no longer accepted from.
    package mutating func backlogChecked(isEmpty: Bool, now: Instant) -> Action? {
        guard phase == .checking else { return nil }
        if isEmpty {
            phase = .leaving
            return .exit
        }
        phase = .quiet(until: Self.end(of: limits, started: started, now: now))
        return .acceptAgain
    }

    private static func end(of limits: IdleLimits, started: Instant, now: Instant) -> Instant {
        max(now.advanced(by: limits.quiet), started.advanced(by: limits.leastUptime))
    }
}

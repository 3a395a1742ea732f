// What the desk shows of itself: to status pages, metrics and event streams.

/// Everything that has happened at a desk since it was set up; the numbers only rise.
package struct DeskCounters: Sendable, Equatable {
    /// Requests that came.
    package internal(set) var asked: UInt64 = 0
    /// Leases granted.
    package internal(set) var granted: UInt64 = 0
    /// Requests that ended, by outcome; with those in line and the holder they add up to `asked`.
    package internal(set) var ended: [Outcome: UInt64] = [:]
    /// Fingers that were not seen to lift within `DeskLimits.liftWait`.
    package internal(set) var liftsMissed: UInt64 = 0
    /// Holders that did not stop within `DeskLimits.stopWait`.
    package internal(set) var stuck: UInt64 = 0

    mutating func add(_ other: DeskCounters) {
        asked += other.asked
        granted += other.granted
        ended.merge(other.ended, uniquingKeysWith: +)
        liftsMissed += other.liftsMissed
        stuck += other.stuck
    }
}

/// What happens in front of the scanner.
package enum DeskState: String, Sendable {
    /// Nobody has the scanner.
    case free
    /// Somebody captures.
    case leased
    /// Somebody was told to stop and has not finished yet.
    case stopping
    /// The finger of the last capture is still on the glass.
    case lifting
}

/// The desk in front of all scanners at one moment.
package struct DeskOverview: Sendable, Equatable {
    /// What happens in front of one scanner.
    package struct Lane: Sendable, Equatable {
        /// The id of the scanner.
        package let scanner: String
        package let desk: DeskSnapshot
    }

    /// Whether the desk takes no more requests.
    package let closing: Bool
    /// Of all scanners, also of those that have gone.
    package let counters: DeskCounters
    /// In the order of ids.
    package let lanes: [Lane]

    /// What happens in front of a scanner; nil where there is none.
    package func lane(_ scanner: String?) -> DeskSnapshot? { lanes.first { $0.scanner == scanner }?.desk }
}

/// What happens in front of one scanner at one moment; durations count from or to that moment.
package struct DeskSnapshot: Sendable, Equatable {
    /// Who has the scanner.
    package struct Holder: Sendable, Equatable {
        package var party: Party
        /// Since when.
        package let held: Duration
        /// Until the lease expires; zero when it has.
        package let remaining: Duration
    }

    /// Who waits for it.
    package struct Waiting: Sendable, Equatable {
        package var party: Party
        /// The place in line, 1 for the next to be served.
        ///
        /// It may rise: when another user comes, that user's turn comes in between.
        package let position: Int
        package let waited: Duration
        /// Until the request is refused as busy.
        package let remaining: Duration
    }

    package let device: DeviceStatus
    package let state: DeskState
    /// Whether the desk takes no more requests.
    package let closing: Bool
    package private(set) var holder: Holder?
    /// In the order of service.
    package private(set) var waiting: [Waiting]
    package let counters: DeskCounters

    init(
        device: DeviceStatus, state: DeskState, closing: Bool, holder: Holder?, waiting: [Waiting],
        counters: DeskCounters
    ) {
        self.device = device
        self.state = state
        self.closing = closing
        self.holder = holder
        self.waiting = waiting
        self.counters = counters
    }

    /// What `reader` may see of it: request ids only of its own requests, unless it is an admin.
    package func shown(to reader: UInt32, admin: Bool) -> DeskSnapshot {
        var copy = self
        if let holder { copy.holder?.party = holder.party.shown(to: reader, admin: admin) }
        for index in copy.waiting.indices {
            copy.waiting[index].party = copy.waiting[index].party.shown(to: reader, admin: admin)
        }
        return copy
    }
}

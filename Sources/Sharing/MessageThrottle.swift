// Keeps a client that retries in a loop from flooding the journal.

/// Decides which repeated messages are written (spec/peers.md F34).
///
/// The same message of the same user is written at most once per interval; the next one that is written says how many
/// were not. A value without clock: the time comes with each question.
package struct MessageThrottle: Sendable {
    /// What counts as the same message.
    private struct Key: Hashable, Sendable {
        let user: UInt32
        let message: String
    }

    private struct Record: Sendable {
        var written: SuspendingClock.Instant
        var suppressed: UInt64 = 0
    }

    private let limits: MessageLimits
    private var records: [Key: Record] = [:]

    package init(limits: MessageLimits = MessageLimits()) { self.limits = limits }

    /// How many messages are remembered.
    package var count: Int { records.count }

    /// Whether to write a message now.
    ///
    /// - Parameters:
    ///   - message: a name of the kind of message without what differs each time, such as a request id.
    ///   - user: whose doing it is.
    ///   - now: the time on the clock that does not run during a suspend.
    /// - Returns: how many of these were left out since the last one was written; nil to leave out this one too.
    package mutating func admit(_ message: String, user: UInt32, now: SuspendingClock.Instant) -> UInt64? {
        let key = Key(user: user, message: message)
        if var record = records[key] {
            guard record.written.duration(to: now) >= limits.interval else {
                record.suppressed += 1
                records[key] = record
                return nil
            }
            records[key] = Record(written: now)
            return record.suppressed
        }
        if records.count >= limits.remembered { forgetOldest() }
        records[key] = Record(written: now)
        return 0
    }

    /// Makes room; a message that is forgotten too early is only written once more than it had to be.
    private mutating func forgetOldest() {
        guard let oldest = records.min(by: { $0.value.written < $1.value.written }) else { return }
        records[oldest.key] = nil
    }
}

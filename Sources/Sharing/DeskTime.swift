// The clock of the desk, given from outside so that tests can turn its hands.

/// Tells the time and sleeps.
package struct DeskTime: Sendable {
    /// The time now.
    package let now: @Sendable () -> SuspendingClock.Instant
    /// Sleeps until a moment; throws when the task is cancelled.
    package let sleep: @Sendable (_ until: SuspendingClock.Instant) async throws -> Void

    package init(
        now: @escaping @Sendable () -> SuspendingClock.Instant,
        sleep: @escaping @Sendable (_ until: SuspendingClock.Instant) async throws -> Void
    ) {
        self.now = now
        self.sleep = sleep
    }

    /// The monotonic clock, which stands still while the machine is suspended and knows nothing of the time of day.
    package static let system = DeskTime(
        now: { SuspendingClock().now },
        sleep: { try await Task.sleep(until: $0, clock: SuspendingClock()) })
}

// Notices that nobody needs the daemon any more.
import LocalServer
import Sharing

/// Waits for the time to leave, for a daemon whose sockets the service manager keeps open.
///
/// Whoever rings tells only that something has changed; what is there is looked up at that moment, so that news that
/// overtake each other do no harm. While there is a scanner or a client, nothing here wakes the processor up.
struct IdleWatch: Sendable {
    let limits: IdleLimits
    private let rings: AsyncStream<Void>
    private let bell: AsyncStream<Void>.Continuation

    init(limits: IdleLimits) {
        self.limits = limits
        (rings, bell) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Says that a scanner or a client may have come or gone; returns at once.
    func ring() { bell.yield() }

    /// Returns when nobody has needed the daemon for the quiet time and nobody waits to be accepted; to be called once.
    ///
    /// - Parameters:
    ///   - server: accepts nobody any more afterwards.
    ///   - isScannerThere: whether a scanner is plugged in.
    func waitUntilIdle(_ server: LocalServer, isScannerThere: @Sendable () -> Bool) async {
        let clock = SuspendingClock()
        var idle = IdleExit(limits: limits, started: clock.now)
        var alarm: Task<Void, Never>?
        defer { alarm?.cancel() }
        ring()
        for await _ in rings {
            let isNeeded = server.hasClients || isScannerThere()
            var action = idle.changed(needed: isNeeded, now: clock.now) ?? idle.wake(now: clock.now)
            if action == .stopAcceptingAndCheckBacklog {
                let isEmpty = await server.pauseAccepting() && !isScannerThere()
                action = idle.backlogChecked(isEmpty: isEmpty, now: clock.now)
            }
            if action == .exit { return }
            if action == .acceptAgain { server.acceptAgain() }
            alarm?.cancel()
            alarm = idle.nextDeadline.map { deadline in
                Task {
                    try? await clock.sleep(until: deadline, tolerance: .zero)
                    if !Task.isCancelled { ring() }
                }
            }
        }
    }
}

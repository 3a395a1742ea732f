// The server: a thread of its own for all connections.
package import Platform
import Synchronization

/// An HTTP server on Unix sockets and on the loopback interface.
///
/// One thread, `net`, does all reading and writing and calls `handler` for each request. The handler must return at
/// once; it answers there and then or later, from any thread, through the exchange. However many clients wait for
/// answers, and however badly some of them behave, others are served.
package final class LocalServer: Sendable {
    private let listeners: [any Listener]
    private let limits: ServerLimits
    private let handler: @Sendable (Exchange) -> Void
    private let mailbox: Mailbox
    private let occupancy: Occupancy
    private let poller: Poller
    private let hasStarted = Atomic(false)
    private let end = Gate()

    /// Prepares a server; nobody is answered before `start`.
    ///
    /// - Parameters:
    ///   - listeners: the sockets that clients connect to.
    ///   - limits: the bounds of each client.
    ///   - onOccupancyChange: called by the net thread when the first client comes and when the last one has gone; must
    ///     return at once.
    ///   - handler: answers requests.
    /// - Throws: `SystemError` when the process is out of descriptors.
    package init(
        listeners: [any Listener], limits: ServerLimits = ServerLimits(),
        onOccupancyChange: @escaping @Sendable () -> Void = {}, handler: @escaping @Sendable (Exchange) -> Void
    ) throws(SystemError) {
        self.listeners = listeners
        self.limits = limits
        self.handler = handler
        occupancy = Occupancy(onChange: onOccupancyChange)
        mailbox = try Mailbox()
        poller = try Poller()
    }

    /// Starts the net thread; a second call does nothing.
    ///
    /// - Throws: `SystemError` when the kernel does not watch one of the sockets.
    package func start() throws(SystemError) {
        guard !hasStarted.exchange(true, ordering: .relaxed) else { return }
        try EventLoop.watch(listeners, mailbox, with: poller)
        let (listeners, limits, handler) = (listeners, limits, handler)
        let (mailbox, poller, end, occupancy) = (mailbox, poller, end, occupancy)
        startThread("net") {
            EventLoop(
                poller: poller, mailbox: mailbox, listeners: listeners, limits: limits, occupancy: occupancy,
                handler: handler
            ).run()
            end.open()
        }
    }

    /// Whether there is a client, or a request of one that has gone is still worked on.
    package var hasClients: Bool { occupancy.hasClients }

    /// Accepts nobody until `acceptAgain`, and tells whether nobody is served or waits to be accepted; after `start` only.
    package func pauseAccepting() async -> Bool {
        await withCheckedContinuation { continuation in
            mailbox.post(.pause { continuation.resume(returning: $0) })
        }
    }

    /// Accepts clients again, those first who came meanwhile.
    package func acceptAgain() { mailbox.post(.acceptAgain) }

    /// Returns when the net thread has come by, which shows that it lives; after `start` only.
    package func echo() async {
        await withCheckedContinuation { continuation in mailbox.post(.echo { continuation.resume() }) }
    }

    /// Stops, and returns when all connections are closed, at the latest after `time`.
    ///
    /// New connections are no longer accepted, and sockets made by this process are removed. Requests that wait get 503
    /// with Retry-After, and their hang-up handlers are called; streamed answers end; answers on their way are finished.
    package func stop(within time: Duration = .seconds(2)) async {
        guard hasStarted.load(ordering: .relaxed) else { return }
        mailbox.post(.stop(by: SuspendingClock().now + time))
        await end.pass()
    }

    deinit { mailbox.post(.stop(by: SuspendingClock().now)) }
}

/// Lets those who wait pass once it is open.
private final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}

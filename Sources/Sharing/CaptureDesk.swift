// The desk in front of the scanners: for each of them a state machine `DeskQueue`, in terms of tasks.

/// Hands each scanner to one capture after the other; captures of different scanners go on at the same time.
///
/// There is no call to open or claim the scanner: `withLease` waits, runs one capture and takes the scanner back,
/// whatever happens in between, so nobody can keep it (spec/peers.md F07). A client that leaves is a task that is
/// cancelled: it gives up its place in line, or its capture is cancelled and the next in line is served as soon as that
/// has stopped (F01).
package actor CaptureDesk {
    /// A request that is being dealt with, from its arrival to its end.
    private final class Seat {
        let onPosition: @Sendable (Int) -> Void
        /// What became of its waiting; may come before or after `waiter`.
        var verdict: Result<Lease, DeskRefusal>?
        var waiter: CheckedContinuation<Result<Lease, DeskRefusal>, Never>?
        /// Cancels the capture once it runs.
        var cancelCapture: (@Sendable () -> Void)?
        /// Whether the desk has told the holder to stop, perhaps before its capture has begun.
        var stopped = false

        init(onPosition: @escaping @Sendable (Int) -> Void) { self.onPosition = onPosition }

        func decide(_ verdict: Result<Lease, DeskRefusal>) {
            self.verdict = verdict
            waiter?.resume(returning: verdict)
            waiter = nil
        }

        func stop() {
            stopped = true
            cancelCapture?()
        }
    }

    /// The line in front of one scanner.
    private struct Lane {
        var queue: DeskQueue
        var seats: [Ticket: Seat] = [:]
        /// The one sleeping task, and until when it sleeps; nil while there is nothing to wake up for.
        var sleeper: Task<Void, Never>?
        var sleepsUntil: SuspendingClock.Instant?

        /// Whether nothing is left of the lane of a scanner that has gone.
        var isOver: Bool {
            queue.device.state == .absent && queue.holder == nil && seats.isEmpty && queue.nextDeadline == nil
        }
    }

    private let limits: DeskLimits
    private let time: DeskTime
    /// By the id of the scanner; only what is attached or still in use has one.
    private var lanes: [String: Lane] = [:]
    private var closing = false
    /// What lanes that are no more have counted.
    private var pastCounters = DeskCounters()
    /// No lane gives a ticket of this number or below, so that news of a lane that is no more mean nobody.
    private var pastTickets: UInt64 = 0
    private let broadcast = Broadcast<DeskNews>(kept: keptEvents)

    /// `scanners` are those that are attached by now.
    package init(
        limits: DeskLimits = DeskLimits(), scanners: [String: DeviceStatus] = [:], time: DeskTime = .system
    ) {
        self.limits = limits
        self.time = time
        lanes = scanners.mapValues { Lane(queue: DeskQueue(limits: limits, device: $0)) }
    }

    isolated deinit { for lane in lanes.values { lane.sleeper?.cancel() } }

    /// Waits for a scanner, runs `capture` with it and takes it back.
    ///
    /// Cancelling the calling task leaves the line, or cancels the capture. The capture runs in a task of its own, off
    /// the desk; the desk cancels that task when the lease expires, the scanner is lost or replaced, or the service
    /// stops. The next in line is served when `capture` has returned, so it must return soon after it was cancelled,
    /// and only when the scanner is idle. What a capture still returns after the desk has stopped it does not count.
    ///
    /// - Parameters:
    ///   - request: who asks, and for how long it will wait and capture.
    ///   - scanner: the id of the scanner.
    ///   - onPosition: told the place in line whenever it changes, 1 for the next; must be quick, the whole desk waits
    ///     for it.
    ///   - capture: uses the scanner.
    /// - Returns: what `capture` returned or threw.
    /// - Throws: `DeskRefusal` when the request was not granted, or was stopped by the desk or its client.
    package func withLease<Value: Sendable, Failure: Error>(
        _ request: LeaseRequest, of scanner: String,
        onPosition: @escaping @Sendable (Int) -> Void = { _ in },
        capture: @escaping @Sendable (Lease) async throws(Failure) -> Value
    ) async throws(DeskRefusal) -> Result<Value, Failure> {
        guard !Task.isCancelled else { throw DeskRefusal(.cancelled) }
        let now = time.now()
        var lane = lanes[scanner] ?? newLane(DeviceStatus(.absent, generation: 0))
        let (ticket, actions) = lane.queue.ask(request, now: now)
        let seat = Seat(onPosition: onPosition)
        lane.seats[ticket] = seat
        lanes[scanner] = lane
        defer {
            lanes[scanner]?.seats[ticket] = nil
            sweep(scanner)
        }
        perform(actions, in: scanner)
        let ended: Result<Result<Value, Failure>, DeskRefusal> = await withTaskCancellationHandler {
            switch await verdict(for: seat) {
            case .failure(let refusal): .failure(refusal)
            case .success(let lease): await run(capture, with: lease, in: scanner, seat)
            }
        } onCancel: {
            Task { await self.leave(ticket, in: scanner) }
        }
        return try ended.get()
    }

    private func verdict(for seat: Seat) async -> Result<Lease, DeskRefusal> {
        if let verdict = seat.verdict { return verdict }
        return await withCheckedContinuation { seat.waiter = $0 }
    }

    private func run<Value: Sendable, Failure: Error>(
        _ capture: @escaping @Sendable (Lease) async throws(Failure) -> Value, with lease: Lease,
        in scanner: String, _ seat: Seat
    ) async -> Result<Result<Value, Failure>, DeskRefusal> {
        var result: Result<Value, Failure>?
        if !seat.stopped {
            let task = Task { @concurrent () async -> Result<Value, Failure> in
                do throws(Failure) {
                    return .success(try await capture(lease))
                } catch {
                    return .failure(error)
                }
            }
            seat.cancelCapture = { task.cancel() }
            result = await task.value
        }
        let success = if case .success = result { true } else { false }
        let now = time.now()
        var refusal: DeskRefusal?
        change(scanner) { queue in
            let (outcome, actions) = queue.release(lease.ticket, success: success, now: now)
            if case .refused(let reason) = outcome { refusal = queue.refusal(reason, of: lease.request.user, now) }
            return actions
        }
        if let refusal { return .failure(refusal) }
        return result.map { .success($0) } ?? .failure(DeskRefusal(.cancelled))
    }
}

// MARK: - From outside

extension CaptureDesk {
    /// Cancels the requests with an id, waiting or capturing.
    ///
    /// - Parameters:
    ///   - id: the request id.
    ///   - user: whose requests may be cancelled; nil stands for an admin, who may cancel everybody's.
    /// - Returns: how many were cancelled.
    package func cancel(requestID id: String, of user: UInt32?) -> Int {
        var cancelled = 0
        for (scanner, lane) in lanes {
            for ticket in lane.queue.tickets(withID: id, of: user) {
                leave(ticket, in: scanner)
                cancelled += 1
            }
        }
        return cancelled
    }

    /// Hears of the scanners; one that is not named is no longer attached.
    package func scannersChanged(_ scanners: [String: DeviceStatus]) {
        let now = time.now()
        for (scanner, lane) in lanes where scanners[scanner] == nil && lane.queue.device.state != .absent {
            let gone = DeviceStatus(.absent, generation: lane.queue.device.generation)
            change(scanner) { $0.deviceChanged(gone, now: now) }
        }
        for (scanner, status) in scanners.sorted(by: { $0.key < $1.key }) {
            if lanes[scanner] == nil {
                lanes[scanner] = newLane(DeviceStatus(.absent, generation: status.generation))
            }
            change(scanner) { $0.deviceChanged(status, now: now) }
        }
    }

    /// Hears that scanners have changed, and looks itself, so that news that overtake each other do no harm.
    package func scannersChanged(reading scanners: @Sendable () -> [String: DeviceStatus]) {
        scannersChanged(scanners())
    }

    /// Hears that a finger is on the glass; to be told, and waited for, before the capture returns.
    package func fingerPlaced(on scanner: String) {
        let now = time.now()
        change(scanner) { $0.fingerPlaced(now: now) }
    }

    /// Hears that the holder of a ticket has shown a finger, which no other user may take the scanner from any more.
    package func fingerSeen(on scanner: String, of ticket: Ticket) {
        let now = time.now()
        change(scanner) { $0.fingerSeen(of: ticket, now: now) }
    }

    /// Hears that no finger is on the glass any more; see `DeskQueue.fingerLifted`.
    package func fingerLifted(on scanner: String, of ticket: Ticket? = nil) {
        let now = time.now()
        change(scanner) { $0.fingerLifted(of: ticket, now: now) }
    }

    /// Tells the listeners of a step of a capture, in order with what the desk itself tells them; from any thread, at once.
    package nonisolated func announce(_ step: CaptureStep, of party: Party, on scanner: String) {
        broadcast.send(DeskNews(scanner: scanner, event: .capture(party, step)))
    }

    /// Refuses all who wait, stops the holders and takes no more requests; the streams of events end when the holders have
    /// left.
    package func shutDown() {
        guard !closing else { return }
        closing = true
        broadcast.send(DeskNews(scanner: nil, event: .closing))
        let now = time.now()
        for scanner in lanes.keys.sorted() { change(scanner) { $0.shutDown(now: now) } }
        endStreams()
    }

    /// The desk at this moment.
    package func overview() -> DeskOverview {
        let now = time.now()
        return DeskOverview(
            closing: closing, counters: lanes.values.reduce(into: pastCounters) { $0.add($1.queue.counters) },
            lanes: lanes.sorted { $0.key < $1.key }.map { .init(scanner: $0, desk: $1.queue.snapshot(now: now)) })
    }

    /// The desk at this moment, and all events that come after it; `after` is the number of the last one before them.
    package func watch() -> (now: DeskOverview, after: UInt64, later: AsyncStream<Broadcast<DeskNews>.Numbered>) {
        let (after, later) = broadcast.listen()
        return (overview(), after, later)
    }

    /// How many listen to the events.
    package nonisolated var listenerCount: Int { broadcast.listenerCount }

    /// Until when the desk sleeps; nil means that it will not wake up by itself.
    package var sleepingUntil: SuspendingClock.Instant? { lanes.values.compactMap(\.sleepsUntil).min() }
}

// MARK: - Driving the state machines

extension CaptureDesk {
    private func newLane(_ device: DeviceStatus) -> Lane {
        var queue = DeskQueue(limits: limits, device: device, lastTicket: pastTickets)
        if closing { _ = queue.shutDown(now: time.now()) }
        return Lane(queue: queue)
    }

    private func leave(_ ticket: Ticket, in scanner: String) {
        let now = time.now()
        change(scanner) { $0.leave(ticket, now: now) }
    }

    /// Takes a step of the state machine of a scanner, if that still has one, and does what follows from it.
    private func change(_ scanner: String, _ step: (inout DeskQueue) -> [DeskAction]) {
        guard
            let actions = lanes[scanner].map({ lane in
                var queue = lane.queue
                let actions = step(&queue)
                lanes[scanner]?.queue = queue
                return actions
            })
        else { return }
        perform(actions, in: scanner)
    }

    private func perform(_ actions: [DeskAction], in scanner: String) {
        for action in actions {
            let seats = lanes[scanner]?.seats
            switch action {
            case .grant(let lease): seats?[lease.ticket]?.decide(.success(lease))
            case .refuse(let ticket, let refusal): seats?[ticket]?.decide(.failure(refusal))
            case .cancelHolder(let ticket, _): seats?[ticket]?.stop()
            case .position(let ticket, let place): seats?[ticket]?.onPosition(place)
            case .report(.closing): break  // told once for all
            case .report(let event): broadcast.send(DeskNews(scanner: scanner, event: event))
            }
        }
        setAlarm(of: scanner)
        sweep(scanner)
        endStreams()
    }

    /// Ends the streams of events when all is over.
    private func endStreams() {
        if closing, lanes.values.allSatisfy(\.queue.isClosed) { broadcast.finish() }
    }

    /// Forgets the lane of a scanner that has gone, but not what it has counted.
    private func sweep(_ scanner: String) {
        guard let lane = lanes[scanner], lane.isOver else { return }
        lanes[scanner] = nil
        pastCounters.add(lane.queue.counters)
        pastTickets = max(pastTickets, lane.queue.lastTicket)
    }

    /// Makes the sleeping task of a scanner sleep until the next deadline, if there is one.
    private func setAlarm(of scanner: String) {
        guard let lane = lanes[scanner], lane.queue.nextDeadline != lane.sleepsUntil else { return }
        lane.sleeper?.cancel()
        let deadline = lane.queue.nextDeadline
        lanes[scanner]?.sleepsUntil = deadline
        lanes[scanner]?.sleeper = deadline.map { deadline in
            Task { [weak self, time] in
                guard (try? await time.sleep(deadline)) != nil else { return }
                await self?.alarm(setFor: deadline, of: scanner)
            }
        }
    }

    private func alarm(setFor deadline: SuspendingClock.Instant, of scanner: String) {
        // An alarm that was put to another time while it rang must not silence its successor.
        guard deadline == lanes[scanner]?.sleepsUntil else { return }
        lanes[scanner]?.sleepsUntil = nil
        let now = time.now()
        change(scanner) { $0.wake(now: now) }
    }
}

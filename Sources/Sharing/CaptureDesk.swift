// The desk in front of one scanner: the state machine `DeskQueue` in terms of tasks.

/// Hands the scanner to one capture after the other.
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

    private let time: DeskTime
    private var queue: DeskQueue
    private var seats: [Ticket: Seat] = [:]
    private let broadcast = Broadcast<DeskEvent>(kept: keptEvents)
    /// The one sleeping task, and until when it sleeps; nil while there is nothing to wake up for.
    private var sleeper: Task<Void, Never>?
    private var sleepsUntil: SuspendingClock.Instant?

    package init(limits: DeskLimits = DeskLimits(), device: DeviceStatus, time: DeskTime = .system) {
        self.time = time
        queue = DeskQueue(limits: limits, device: device)
    }

    deinit { sleeper?.cancel() }

    /// Waits for the scanner, runs `capture` with it and takes it back.
    ///
    /// Cancelling the calling task leaves the line, or cancels the capture. The capture runs in a task of its own, off
    /// the desk; the desk cancels that task when the lease expires, the scanner is lost or replaced, or the service
    /// stops. The next in line is served when `capture` has returned, so it must return soon after it was cancelled,
    /// and only when the scanner is idle. What a capture still returns after the desk has stopped it does not count.
    ///
    /// - Parameters:
    ///   - request: who asks, and for how long it will wait and capture.
    ///   - onPosition: told the place in line whenever it changes, 1 for the next; must be quick, the whole desk waits
    ///     for it.
    ///   - capture: uses the scanner.
    /// - Returns: what `capture` returned or threw.
    /// - Throws: `DeskRefusal` when the request was not granted, or was stopped by the desk or its client.
    package func withLease<Value: Sendable, Failure: Error>(
        _ request: LeaseRequest,
        onPosition: @escaping @Sendable (Int) -> Void = { _ in },
        capture: @escaping @Sendable (Lease) async throws(Failure) -> Value
    ) async throws(DeskRefusal) -> Result<Value, Failure> {
        guard !Task.isCancelled else { throw DeskRefusal(.cancelled) }
        let (ticket, actions) = queue.ask(request, now: time.now())
        let seat = Seat(onPosition: onPosition)
        seats[ticket] = seat
        defer { seats[ticket] = nil }
        perform(actions)
        let ended: Result<Result<Value, Failure>, DeskRefusal> = await withTaskCancellationHandler {
            switch await verdict(for: seat) {
            case .failure(let refusal): .failure(refusal)
            case .success(let lease): await run(capture, with: lease, seat)
            }
        } onCancel: {
            Task { await self.leave(ticket) }
        }
        return try ended.get()
    }

    private func verdict(for seat: Seat) async -> Result<Lease, DeskRefusal> {
        if let verdict = seat.verdict { return verdict }
        return await withCheckedContinuation { seat.waiter = $0 }
    }

    private func run<Value: Sendable, Failure: Error>(
        _ capture: @escaping @Sendable (Lease) async throws(Failure) -> Value, with lease: Lease, _ seat: Seat
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
        let (outcome, actions) = queue.release(lease.ticket, success: success, now: now)
        perform(actions)
        if case .refused(let reason) = outcome { return .failure(queue.refusal(reason, now)) }
        guard let result else { return .failure(queue.refusal(.cancelled, now)) }
        return .success(result)
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
        let tickets = queue.tickets(withID: id, of: user)
        for ticket in tickets { leave(ticket) }
        return tickets.count
    }

    /// Hears of the scanner.
    package func deviceChanged(_ status: DeviceStatus) { perform(queue.deviceChanged(status, now: time.now())) }

    /// Hears that the scanner has changed, and looks itself, so that news that overtake each other do no harm.
    package func deviceChanged(reading status: @Sendable () -> DeviceStatus) { deviceChanged(status()) }

    /// Hears that a finger is on the glass; to be told, and waited for, before the capture returns.
    package func fingerPlaced() { perform(queue.fingerPlaced(now: time.now())) }

    /// Hears that no finger is on the glass any more; see `DeskQueue.fingerLifted`.
    package func fingerLifted(of ticket: Ticket? = nil) { perform(queue.fingerLifted(of: ticket, now: time.now())) }

    /// Tells the listeners of a step of a capture, in order with what the desk itself tells them; from any thread, at once.
    package nonisolated func announce(_ step: CaptureStep, of party: Party) { broadcast.send(.capture(party, step)) }

    /// Refuses all who wait, stops the holder and takes no more requests; the streams of events end when the holder has
    /// left.
    package func shutDown() { perform(queue.shutDown(now: time.now())) }

    /// The desk at this moment.
    package func snapshot() -> DeskSnapshot { queue.snapshot(now: time.now()) }

    /// The desk at this moment, and all events that come after it; `after` is the number of the last one before them.
    package func watch() -> (now: DeskSnapshot, after: UInt64, later: AsyncStream<Broadcast<DeskEvent>.Numbered>) {
        let (after, later) = broadcast.listen()
        return (snapshot(), after, later)
    }

    /// How many listen to the events.
    package nonisolated var listenerCount: Int { broadcast.listenerCount }

    /// Until when the desk sleeps; nil means that it will not wake up by itself.
    package var sleepingUntil: SuspendingClock.Instant? { sleepsUntil }
}

// MARK: - Driving the state machine

extension CaptureDesk {
    private func leave(_ ticket: Ticket) { perform(queue.leave(ticket, now: time.now())) }

    private func perform(_ actions: [DeskAction]) {
        for action in actions {
            switch action {
            case .grant(let lease): seats[lease.ticket]?.decide(.success(lease))
            case .refuse(let ticket, let refusal): seats[ticket]?.decide(.failure(refusal))
            case .cancelHolder(let ticket, _): seats[ticket]?.stop()
            case .position(let ticket, let place): seats[ticket]?.onPosition(place)
            case .report(let event): broadcast.send(event)
            }
        }
        if queue.isClosed { broadcast.finish() }
        setAlarm()
    }

    /// Makes the sleeping task sleep until the next deadline, if there is one.
    private func setAlarm() {
        let deadline = queue.nextDeadline
        guard deadline != sleepsUntil else { return }
        sleeper?.cancel()
        sleepsUntil = deadline
        sleeper = deadline.map { deadline in
            Task { [weak self, time] in
                guard (try? await time.sleep(deadline)) != nil else { return }
                await self?.alarm(setFor: deadline)
            }
        }
    }

    private func alarm(setFor deadline: SuspendingClock.Instant) {
        // An alarm that was put to another time while it rang must not silence its successor.
        guard deadline == sleepsUntil else { return }
        sleepsUntil = nil
        perform(queue.wake(now: time.now()))
    }
}

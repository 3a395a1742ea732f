// A value that comes once, and those who wait for it, each with a deadline.

/// Something that happens at most once on the device thread; the first completion counts, later ones are ignored.
@DeviceActor final class Completion<Value: Sendable> {
    private(set) var value: Value?
    private var waiters: [Int: CheckedContinuation<Value?, Never>] = [:]
    private var nextWaiter = 0

    init() {}

    func complete(_ value: Value) {
        guard self.value == nil else { return }
        self.value = value
        let waiting = waiters.values
        waiters = [:]
        for waiter in waiting { waiter.resume(returning: value) }
    }

    /// The value; nil when the deadline passes or the waiting task is cancelled first.
    func wait(until deadline: SuspendingClock.Instant) async -> Value? {
        if let value { return value }
        let number = nextWaiter
        nextWaiter += 1
        let timer = Task { @DeviceActor [weak self] in
            try? await Task.sleep(until: deadline, clock: .suspending)
            self?.giveUp(number)
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { waiters[number] = $0 }
        } onCancel: {
            // Runs after the waiter has been registered: this thread is busy until then.
            Task { @DeviceActor in giveUp(number) }
        }
    }

    func wait(within duration: Duration) async -> Value? {
        await wait(until: SuspendingClock().now.advanced(by: duration))
    }

    private func giveUp(_ number: Int) {
        waiters.removeValue(forKey: number)?.resume(returning: nil)
    }
}

// One attached scanner: opened, used, cooled, closed.
import Biometrics
import CFPrint

/// A physical scanner that libfprint drives, from its arrival to its departure.
///
/// One that is pulled and comes back is another unit with another generation. Bringing it up again when it hangs is in
/// `ScannerUnit+Recovery`.
@DeviceActor final class ScannerUnit {
    enum Phase: Equatable {
        case unused
        case starting(attempt: Int, lastFailure: String?)
        case open
        /// Closed since nobody captures, so that its driver forgets the last picture; the next capture opens it again.
        case resting
        /// `modelled`: libfprint's temperature model says so, and will say when it is over.
        case cooling(modelled: Bool)
        case recovering
        case failed(String)
        case unsupported(String)
    }

    let device: FPrintDevice
    let model: ScannerModel?
    private(set) var info: ScannerInfo
    var phase: Phase { didSet { onChange() } }
    /// Opening or recovery.
    var work: Task<Void, Never>?
    /// Why it is given up.
    private var retirement: ScannerError?
    var isRetired: Bool { retirement != nil }
    private var opened = Completion<Void>()
    private var isCapturing = false {
        didSet {
            onChange()
            restLater()
        }
    }
    /// Whether its driver may hold a picture.
    private var holdsPicture = false
    /// Waits for the time to rest.
    private var rest: Task<Void, Never>?
    private var errorsInARow = 0
    private let onChange: () -> Void

    /// `unsupported` says why it can never be used; nil when it can.
    init(
        _ device: FPrintDevice, _ model: ScannerModel?, _ info: ScannerInfo, unsupported: String?,
        onChange: @escaping () -> Void
    ) {
        self.device = device
        self.model = model
        self.info = info
        self.onChange = onChange
        phase = unsupported.map { .unsupported($0) } ?? .unused
        device.onChange = { [weak self] in self?.deviceChanged() }
    }

    var condition: ScannerCondition {
        switch phase {
        case .unused: .unused
        case .resting: .ready
        case .starting(1, nil) where isCapturing: .capturing
        case .starting(let attempt, let failure): .starting(attempt: attempt, lastFailure: failure)
        case .open: isCapturing || device.scan != nil ? .capturing : .ready
        case .cooling: .cooling
        case .recovering: .recovering
        case .failed(let reason): .failed(reason: reason)
        case .unsupported(let reason): .unsupported(reason: reason)
        }
    }

    /// Whether captures could be taken now or soon.
    var isUsable: Bool {
        switch phase {
        case .failed, .unsupported: false
        case .unused, .starting, .open, .resting, .cooling, .recovering: true
        }
    }

    // MARK: Opening

    /// Opens it unless that has begun already; `pause` comes before the first attempt.
    func use(after pause: Duration = .zero) {
        guard phase == .unused || phase == .resting, !isRetired else { return }
        phase = .starting(attempt: 1, lastFailure: nil)
        work = watchedTask { [weak self] in await self?.bringUp(after: pause) }
    }

    /// A task that the watchdog watches over.
    func watchedTask(_ body: @escaping @DeviceActor () async -> Void) -> Task<Void, Never> {
        Watchdog.shared.begin()
        return Task { @DeviceActor in
            await body()
            Watchdog.shared.end()
        }
    }

    /// Opens the device, again and again for a while.
    func bringUp(after pause: Duration = .zero) async {
        let giveUp = SuspendingClock().now.advanced(by: pause + Limits.openAttempts)
        var pause = pause
        var nextPause = Limits.openPause.first
        var attempt = 1
        var isOver = false
        repeat {
            if pause > .zero { try? await Task.sleep(for: pause, clock: .suspending) }
            guard !Task.isCancelled, !isRetired, !device.isRemoved else { return }
            // It may just be closing to rest.
            _ = await device.close(until: SuspendingClock().now.advanced(by: Limits.afterReset))
            let error = await device.open()
            guard !Task.isCancelled, !isRetired else { return }
            guard let error else {
                opened.complete(())
                opened = Completion()
                phase = .open
                return
            }
            let failure = await error.text + holders()
            guard !Task.isCancelled, !isRetired, !device.isRemoved else { return }
            attempt += 1
            pause = nextPause
            nextPause = min(nextPause * 2, Limits.openPause.last)
            isOver = SuspendingClock().now.advanced(by: pause) >= giveUp
            phase =
                isOver
                ? .failed("the scanner cannot be opened: \(failure)")
                : .starting(attempt: attempt, lastFailure: failure)
            if attempt == Limits.attemptsBeforeReset + 1 { await resetUnlessHeld() }
        } while !isOver
        opened.complete(())
        opened = Completion()
    }

    // MARK: Captures

    /// See `ScannerHost.capture`.
    func capture(
        timeout: Duration, report: @escaping @Sendable (FingerEvent) -> Void
    ) async throws(ScannerError) -> FingerImage {
        let deadline = SuspendingClock().now.advanced(by: min(timeout, Limits.capture))
        guard !isCapturing else { throw .busy }
        defer { isCapturing = false }
        rest?.cancel()
        rest = nil
        if phase == .unused || phase == .resting {
            // Opening is part of this capture: nobody else has to wait for it.
            isCapturing = true
            use()
            _ = await opened.wait(until: deadline)
        }
        let resolution = try readiness()
        isCapturing = true
        if let previous = device.scan {
            if case .success = previous.outcome.value { report(.retry(.remove)) }
            if await previous.ended.wait(until: deadline) == nil {
                stop(previous, .cancelled)
                throw Task.isCancelled ? .cancelled : .timedOut
            }
        }
        repeat {
            // An operation that is started on a removed device never ends (rule 5).
            guard !device.isRemoved else { throw .removed }
            if let retirement { throw retirement }
            guard phase == .open, device.scan == nil else { throw .starting }
            holdsPicture = model?.quirks.contains(.keepsPicture) == true
            let mayHoldOldFinger = device.mayHoldOldFinger
            let scan = device.startScan(resolution: resolution, report: report)
            if mayHoldOldFinger, await scan.fingerSeen.wait(within: Limits.oldFinger) != nil {
                scan.discard()
                report(.retry(.remove))
                if await scan.ended.wait(until: deadline) != nil { continue }
                stop(scan, .cancelled)
                throw Task.isCancelled ? .cancelled : .timedOut
            }
            let pause = SuspendingClock().now.advanced(by: Limits.retryPause)
            guard let outcome = await scan.outcome.wait(until: deadline) else {
                let error: ScannerError = Task.isCancelled ? .cancelled : .timedOut
                stop(scan, error)
                throw error
            }
            switch outcome {
            case .success(let image):
                errorsInARow = 0
                return upright(image)
            case .failure(.again): try? await Task.sleep(until: min(pause, deadline), clock: .suspending)
            case .failure(.final(let error)):
                if error == .tooHot { coolDown() }
                if case .device = error { deviceFailed() }
                throw error
            }
        } while SuspendingClock().now < deadline && !Task.isCancelled
        throw Task.isCancelled ? .cancelled : .timedOut
    }

    /// The picture with the fingertip up and dark ridges on light.
    private func upright(_ image: FingerImage) -> FingerImage {
        image.darkOnLight(from: model?.polarity ?? .dark).stretched().rotated(model?.rotation ?? .none)
    }

    /// The resolution of the pictures, when one could be taken now.
    private func readiness() throws(ScannerError) -> Resolution {
        if let retirement { throw retirement }
        switch phase {
        case .unused, .starting, .resting, .recovering: throw .starting
        case .cooling: throw .tooHot
        case .failed(let reason), .unsupported(let reason): throw .unusable(reason)
        case .open: break
        }
        guard let resolution = info.resolution else { throw .unusable("the resolution of the scanner is not known") }
        return resolution
    }

    /// See `ScannerHost.settle`.
    func settle(within duration: Duration) async -> Bool {
        guard let scan = device.scan else { return true }
        if await scan.ended.wait(within: duration) != nil { return true }
        // A capture that still waits for its picture is its caller's to cancel.
        guard scan.outcome.value != nil else { return false }
        stop(scan, .cancelled)
        _ = await scan.ended.wait(within: Limits.cancelling)
        return false
    }

    /// Ends an operation, and sees to it that the device does not stay in it.
    private func stop(_ scan: FingerScan, _ failure: ScannerError) {
        scan.stop(failure)
        Task { @DeviceActor [weak self] in
            guard await scan.ended.wait(within: Limits.wedged) == nil, let self, device.scan === scan else { return }
            recover()
        }
    }

    private func deviceFailed() {
        errorsInARow += 1
        guard errorsInARow >= Limits.errorsBeforeRecovery else { return }
        errorsInARow = 0
        recover()
    }

    // MARK: Temperature

    private func coolDown() {
        phase = .cooling(modelled: device.isHot)
        guard !device.isHot else { return }
        // The device says so itself; libfprint's temperature model will not tell when it is over.
        Task { @DeviceActor [weak self] in
            try? await Task.sleep(for: Limits.cooling, clock: .suspending)
            if let self, phase == .cooling(modelled: false) { phase = .open }
        }
    }

    private func deviceChanged() {
        if phase == .cooling(modelled: true), !device.isHot { phase = .open }
        if phase == .open, device.hasStalled, device.scan == nil, model?.quirks.contains(.wakesOnce) == true {
            phase = .failed("the scanner does not wake up: plug it in again")
        }
        onChange()
        restLater()
    }

    // MARK: Rest

    /// Closes a device whose driver holds a picture when it has not been used for a while.
    ///
    /// One timer after a capture, none before: an idle scanner wakes nobody.
    private func restLater() {
        guard holdsPicture, rest == nil, isIdle else { return }
        rest = Task { @DeviceActor [weak self] in
            try? await Task.sleep(for: Limits.rest, clock: .suspending)
            guard !Task.isCancelled, let self else { return }
            rest = nil
            guard isIdle, !isRetired, !device.isRemoved else { return }
            holdsPicture = false
            phase = .resting
            Watchdog.shared.begin()
            _ = await device.close(until: SuspendingClock().now.advanced(by: Limits.afterReset))
            Watchdog.shared.end()
        }
    }

    private var isIdle: Bool { phase == .open && !isCapturing && device.scan == nil }

    // MARK: Sleep and departure

    /// Lets go of the device before the machine sleeps; a capture that runs ends with that reason.
    func sleep() async {
        guard isUsable, phase != .unused else { return }
        work?.cancel()
        rest?.cancel()
        rest = nil
        phase = .starting(attempt: 0, lastFailure: "the machine goes to sleep")
        let deadline = SuspendingClock().now.advanced(by: Limits.beforeSleep)
        if await device.rest(.replaced, until: deadline) {
            _ = await device.close(until: deadline)
        }
    }

    /// Opens the device again after a sleep, as a new generation: nothing of before holds any more.
    func wake(generation: Int) {
        guard case .starting(0, _) = phase, !isRetired, !device.isRemoved else { return }
        info = info.with(generation: generation)
        phase = .unused
        use(after: Limits.arrivalPause)
    }

    /// Gives the device up for good, by `deadline`; captures end with `failure`.
    func retire(_ failure: ScannerError, until deadline: SuspendingClock.Instant) async {
        retirement = retirement ?? failure
        work?.cancel()
        rest?.cancel()
        opened.complete(())
        Watchdog.shared.begin()
        await device.retire(device.isRemoved && failure != .replaced ? .removed : failure, until: deadline)
        Watchdog.shared.end()
    }
}

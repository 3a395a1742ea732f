// The scanner as the daemon sees it: one object that finds, opens, watches and closes it, and takes pictures.
package import Biometrics
import CFPrint
import Glibc
import Synchronization

/// What a `ScannerHost` may do.
package struct ScannerConfiguration: Sendable {
    /// Whether scanners made of software count; for tests only, as whoever feeds them can inject pictures.
    package var allowVirtual: Bool
    /// Called on the device thread after every change; it must return at once.
    package var onStateChange: (@Sendable (ScannerState) -> Void)?

    package init(allowVirtual: Bool = false, onStateChange: (@Sendable (ScannerState) -> Void)? = nil) {
        self.allowVirtual = allowVirtual
        self.onStateChange = onStateChange
    }
}

/// Owns the scanner: the first usable one that is attached, opened as long as it is.
///
/// It watches for scanners that are plugged in and pulled, and takes one picture at a time. An absent scanner is a state,
/// not an error. All work happens on the device thread; `state` may be read anywhere, at any time.
@DeviceActor package final class ScannerHost {
    private enum Phase: Equatable {
        case starting, open
        /// `modelled`: libfprint's temperature model says so, and will say when it is over.
        case cooling(modelled: Bool)
        case failed(String)
    }
    private struct Current {
        let device: FPrintDevice
        let info: ScannerInfo
        var phase: Phase
    }

    private nonisolated let configuration: ScannerConfiguration
    private nonisolated let published = Mutex(ScannerState.absent)
    private var context: FPrintContext?
    /// All that are attached; devices of software only when they are allowed.
    private var devices: [FPrintDevice] = []
    private var current: Current?
    private var opening: Task<Void, Never>?
    private var generation = 0
    private var isCapturing = false
    private var isEnumerating = false
    private var isStopped = false

    package nonisolated init(configuration: ScannerConfiguration = ScannerConfiguration()) {
        self.configuration = configuration
    }

    /// What the scanner is doing; cheap, from any thread.
    package nonisolated var state: ScannerState { published.withLock { $0 } }

    /// Looks for scanners and begins to open one; returns before that has ended, `state` tells.
    ///
    /// Unless virtual scanners are allowed, the variables that make libfprint offer them leave the environment.
    package func start() async {
        precondition(context == nil && !isStopped, "started twice")
        if !configuration.allowVirtual {
            for kind in ["IMAGE", "DEVICE", "DEVICE_STORAGE"] { _ = unsafe unsetenv("FP_VIRTUAL_\(kind)") }
        }
        isEnumerating = true
        await withCheckedContinuation { continuation in
            GLibExecutor.shared.post { [self] in
                DeviceActor.assumeIsolated {
                    context = FPrintContext { [weak self] in self?.added($0) }
                }
                continuation.resume()
            }
        }
        isEnumerating = false
        choose(after: .zero)
    }

    /// Takes a picture; returns as soon as there is one, mostly with the finger still on the sensor.
    ///
    /// The previous finger must have been lifted; if it has not, also because its own capture was given up while it lay
    /// there, its picture is thrown away, `.retry(.remove)` reported, and the time for that counts as well. Pictures that are no
    /// good are reported as `.retry` and the next is waited for.
    /// - Parameters:
    ///   - timeout: for all of it, at most 120 s.
    ///   - report: called on the device thread, `lifted` also after the picture has been returned.
    /// - Returns: the picture as the scanner gives it, at its own resolution.
    /// - Throws: `.timedOut`, `.cancelled` when the task is, `.removed`, `.tooHot`, `.busy`, or what makes the scanner
    ///   unusable. The device is free again within milliseconds, except after `.removed`.
    package func capture(
        timeout: Duration, report: @escaping @Sendable (FingerEvent) -> Void
    ) async throws(ScannerError) -> FingerImage {
        let (device, resolution) = try captureDevice()
        guard !isCapturing else { throw .busy }
        isCapturing = true
        publish()
        defer {
            isCapturing = false
            publish()
        }
        let deadline = SuspendingClock().now.advanced(by: min(timeout, Limits.capture))
        if let previous = device.scan {
            if case .success = previous.outcome.value { report(.retry(.remove)) }
            if await previous.ended.wait(until: deadline) == nil {
                previous.stop(.cancelled)
                throw Task.isCancelled ? .cancelled : .timedOut
            }
        }
        repeat {
            // An operation that is started on a removed device never ends (rule 5).
            guard !isStopped else { throw .stopped }
            guard current?.device === device, !device.isRemoved else { throw .removed }
            let mayHoldOldFinger = device.mayHoldOldFinger
            let scan = device.startScan(resolution: resolution, report: report)
            if mayHoldOldFinger, await scan.fingerSeen.wait(within: Limits.oldFinger) != nil {
                scan.discard()
                report(.retry(.remove))
                if await scan.ended.wait(until: deadline) != nil { continue }
                scan.stop(.cancelled)
                throw Task.isCancelled ? .cancelled : .timedOut
            }
            let pause = SuspendingClock().now.advanced(by: Limits.retryPause)
            guard let outcome = await scan.outcome.wait(until: deadline) else {
                let error: ScannerError = Task.isCancelled ? .cancelled : .timedOut
                scan.stop(error)
                throw error
            }
            switch outcome {
            case .success(let image): return image
            case .failure(.again): try? await Task.sleep(until: min(pause, deadline), clock: .suspending)
            case .failure(.final(let error)):
                if error == .tooHot { coolDown() }
                throw error
            }
        } while SuspendingClock().now < deadline && !Task.isCancelled
        throw Task.isCancelled ? .cancelled : .timedOut
    }

    /// Waits until the finger of the last picture has been lifted and the device is free.
    ///
    /// - Returns: false when that did not happen in time, and the operation was cancelled instead.
    package func settle(within duration: Duration) async -> Bool {
        guard let scan = current?.device.scan else { return true }
        if await scan.ended.wait(within: duration) != nil { return true }
        // A capture that still waits for its picture is its caller's to cancel.
        guard scan.outcome.value != nil else { return false }
        scan.cancel()
        _ = await scan.ended.wait(within: Limits.cancelling)
        return false
    }

    /// Ends a running capture with `.stopped`, closes the scanner and forgets it, within 1.5 s.
    package func stop() async {
        // A task of its own: a cancelled caller must not cut the waiting short.
        await Task { @DeviceActor in
            isStopped = true
            opening?.cancel()
            let deadline = SuspendingClock().now.advanced(by: Limits.stop)
            for device in devices { await device.retire(until: deadline) }
            devices = []
            current = nil
            context = nil
            publish()
        }.value
    }

    private func captureDevice() throws(ScannerError) -> (FPrintDevice, Resolution) {
        if isStopped { throw .stopped }
        guard let current else { throw .absent }
        switch current.phase {
        case .starting: throw .starting
        case .cooling: throw .tooHot
        case .failed(let reason): throw .unusable(reason)
        case .open: break
        }
        guard let resolution = current.info.resolution else { throw .unusable(Self.unknownResolution(current.info)) }
        return (current.device, resolution)
    }

    // MARK: Arrival and departure

    private func added(_ device: FPrintDevice) {
        guard configuration.allowVirtual || !device.driver.hasPrefix(virtualDriverPrefix), !isStopped else { return }
        devices.append(device)
        device.onRemoved = { [weak self, unowned device] in self?.removed(device) }
        if !isEnumerating { choose(after: Limits.arrivalPause) }
    }

    private func removed(_ device: FPrintDevice) {
        devices.removeAll { $0 === device }
        if current?.device === device {
            current = nil
            opening?.cancel()
            choose(after: .zero)
        }
        Task { @DeviceActor in await device.retire(until: SuspendingClock().now.advanced(by: Limits.retire)) }
    }

    /// Takes the first usable scanner when there is none, or only one that has failed.
    private func choose(after pause: Duration) {
        defer { publish() }
        guard !isStopped else { return }
        if let current {
            guard case .failed = current.phase else { return }
        }
        let others = devices.filter { $0 !== current?.device }
        let described = others.lazy.map { [self] in ($0, describe($0)) }
        let usable = described.first { $1.reason == nil }
        // Without a usable one, the one that cannot be used is shown with its reason.
        guard let (device, description) = usable ?? (current == nil ? described.first : nil) else { return }
        generation += 1
        device.onChange = { [weak self] in self?.deviceChanged() }
        current = Current(
            device: device, info: description.info, phase: description.reason.map { .failed($0) } ?? .starting)
        if description.reason == nil { opening = Task { @DeviceActor in await bringUp(device, after: pause) } }
    }

    private func describe(_ device: FPrintDevice) -> (info: ScannerInfo, reason: String?) {
        let ids = ScannerModel.table.filter { $0.driver == device.driver }.flatMap(\.ids)
        let usb = device.usbPlace(ids: ids)
        let serial = usb?.serial()
        let model = ScannerModel.find(driver: device.driver, vendor: usb?.vendor, product: usb?.product)
        let id =
            usb.map { "\(hex4($0.vendor))-\(hex4($0.product))-\(serial ?? $0.path)" } ?? cleanedSerial(device.driver)
            ?? "scanner"
        let info = ScannerInfo(
            id: id, driver: device.driver, maker: model?.maker ?? "", model: model?.model ?? device.name,
            serial: serial, usb: usb, resolution: model?.resolution, scanType: model?.scanType ?? .press,
            generation: generation + 1)
        if !device.deliversPictures {
            return (info, "\(device.name) compares fingers inside and gives no pictures")
        }
        return (info, info.resolution == nil ? Self.unknownResolution(info) : nil)
    }

    private static func unknownResolution(_ info: ScannerInfo) -> String {
        "the resolution of \(info.maker.isEmpty ? "" : "\(info.maker) ")\(info.model) (driver \(info.driver)) is not known, "
            + "so its pictures cannot be brought to 500 pixels per inch"
    }

    /// Opens a scanner, again and again for a while.
    private func bringUp(_ device: FPrintDevice, after pause: Duration) async {
        let giveUp = SuspendingClock().now.advanced(by: pause + Limits.openAttempts)
        var pause = pause
        var nextPause = Limits.openPause.first
        repeat {
            if pause > .zero { try? await Task.sleep(for: pause, clock: .suspending) }
            guard !Task.isCancelled, current?.device === device, !device.isRemoved else { return }
            let error = await device.open()
            guard !Task.isCancelled, current?.device === device else { return }
            guard let error else {
                setPhase(.open)
                return
            }
            pause = nextPause
            nextPause = min(nextPause * 2, Limits.openPause.last)
            if SuspendingClock().now.advanced(by: pause) >= giveUp {
                setPhase(.failed("the scanner cannot be opened: \(error.text)"))
                return
            }
        } while !Task.isCancelled
    }

    // MARK: State

    private func coolDown() {
        guard let device = current?.device else { return }
        setPhase(.cooling(modelled: device.isHot))
        guard !device.isHot else { return }
        // The device says so itself; libfprint's temperature model will not tell when it is over.
        Task { @DeviceActor [weak self, weak device] in
            try? await Task.sleep(for: Limits.cooling, clock: .suspending)
            if let self, let device, current?.device === device, current?.phase == .cooling(modelled: false) {
                setPhase(.open)
            }
        }
    }

    private func deviceChanged() {
        if let current, current.phase == .cooling(modelled: true), !current.device.isHot { setPhase(.open) }
        publish()
    }

    private func setPhase(_ phase: Phase) {
        current?.phase = phase
        publish()
    }

    private func publish() {
        let state: ScannerState =
            if let current {
                switch current.phase {
                case .starting: .starting(current.info)
                case .cooling: .cooling(current.info)
                case .failed(let reason): .failed(current.info, reason: reason)
                case .open: isCapturing || current.device.scan != nil ? .capturing(current.info) : .ready(current.info)
                }
            } else {
                .absent
            }
        let changed = published.withLock { published in
            defer { published = state }
            return published != state
        }
        if changed { configuration.onStateChange?(state) }
    }
}

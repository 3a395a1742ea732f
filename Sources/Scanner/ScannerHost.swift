// The scanners as the daemon sees them: one object that finds, opens, watches and closes them, and takes pictures.
package import Biometrics
import CFPrint
import Glibc
import Synchronization

/// Owns the scanners of this machine; one of them is the default and open as long as it is attached.
///
/// Another one is opened when the first capture asks for it. It watches for scanners that are plugged in and pulled, and
/// for the machine's sleep. An absent scanner is a state, not an error. All work happens on the device thread; `state` and
/// `scanners` may be read anywhere, at any time.
@DeviceActor package final class ScannerHost {
    private struct Published: Sendable {
        var state = ScannerState.absent
        var scanners: [AttachedScanner] = []
    }

    private nonisolated let configuration: ScannerConfiguration
    private nonisolated let published = Mutex(Published())
    private var context: FPrintContext?
    private var usbWatch: USBWatch?
    private var sleepWatch: SleepWatch?
    /// All that libfprint drives; devices of software only when they are allowed.
    private var units: [ScannerUnit] = []
    /// All devices on USB.
    private var places: [USBPlace] = []
    /// Known scanners that libfprint does not drive.
    private var strangers: [AttachedScanner] = []
    private var current: ScannerUnit?
    private var generation = 0
    private var isEnumerating = false
    private var isStopped = false

    package nonisolated init(configuration: ScannerConfiguration = ScannerConfiguration()) {
        self.configuration = configuration
    }

    /// What the default scanner is doing; cheap, from any thread.
    ///
    /// Where only scanners are attached that cannot be driven, it is `.failed` with the name and what can be done.
    package nonisolated var state: ScannerState { published.withLock { $0.state } }

    /// All attached scanners that are known; cheap, from any thread.
    package nonisolated var scanners: [AttachedScanner] { published.withLock { $0.scanners } }

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
        usbWatch = USBWatch { [weak self] change, place in self?.usbChanged(change, place) }
        isEnumerating = false
        _ = FPrintMinutiaDetector.selfCheck  // not before: enumeration runs whatever else waits for the device thread
        sleepWatch = SleepWatch { [weak self] in self?.sleepChanged(isGoingToSleep: $0) }
        sleepWatch?.start()
        choose(after: .zero)
    }

    /// Finds the scanner of a capture; cheap, from any thread.
    ///
    /// - Parameter id: which; nil for the default one.
    /// - Returns: one that takes pictures now or soon.
    /// - Throws: `.absent`, `.notAttached`, `.tooHot`, or what makes it unusable.
    package nonisolated func usable(_ id: String?) throws(ScannerError) -> ScannerInfo {
        let scanners = scanners
        let wanted = id ?? configuration.preferred
        guard let scanner = scanners.first(where: { wanted == nil ? $0.isDefault : $0.info.id == wanted }) else {
            if let wanted { throw .notAttached(id: wanted, others: scanners.map(\.info.id)) }
            if case .failed(_, let reason) = state { throw .unusable(reason) }
            throw .absent
        }
        switch scanner.condition {
        case .failed(let reason), .unsupported(let reason): throw .unusable(reason)
        case .cooling: throw .tooHot
        case .unused, .starting, .ready, .capturing, .recovering: return scanner.info
        }
    }

    /// Takes a picture; returns as soon as there is one, mostly with the finger still on the sensor.
    ///
    /// The previous finger must have been lifted; if it has not, also because its own capture was given up while it lay
    /// there, its picture is thrown away, `.retry(.remove)` reported, and the time for that counts as well. Pictures that
    /// are no good are reported as `.retry` and the next is waited for.
    /// - Parameters:
    ///   - timeout: for all of it, at most 120 s.
    ///   - id: which scanner; nil for the default one. One that is unused is opened first.
    ///   - report: called on the device thread, `lifted` also after the picture has been returned.
    /// - Returns: the picture with the fingertip up and dark ridges on light, at the scanner's own resolution.
    /// - Throws: `.timedOut`, `.cancelled` when the task is, `.removed`, `.tooHot`, `.busy`, or what makes the scanner
    ///   unusable. The device is free again within milliseconds, except after `.removed`.
    package nonisolated func capture(
        timeout: Duration, from id: String? = nil, report: @escaping @Sendable (FingerEvent) -> Void
    ) async throws(ScannerError) -> FingerImage {
        // Before the first step to the device thread, which may not answer.
        Watchdog.shared.begin()
        defer { Watchdog.shared.end() }
        return try await unit(id).capture(timeout: timeout, report: report)
    }

    /// Waits until the finger of the last picture has been lifted and the device is free.
    ///
    /// - Parameters:
    ///   - duration: for all of it.
    ///   - id: which scanner; nil for the default one.
    /// - Returns: false when that did not happen in time, and the operation was cancelled instead.
    package func settle(within duration: Duration, of id: String? = nil) async -> Bool {
        let unit = id.map { id in units.first { $0.info.id == id } } ?? current
        return await unit?.settle(within: duration) ?? true
    }

    /// Ends running captures with `.stopped`, closes the scanners and forgets them, within 1.5 s.
    package func stop() async {
        // A task of its own: a cancelled caller must not cut the waiting short.
        await Task { @DeviceActor in
            isStopped = true
            usbWatch = nil
            sleepWatch = nil
            let deadline = SuspendingClock().now.advanced(by: Limits.stop)
            await retire(units, until: deadline)
            (units, places, strangers, current, context) = ([], [], [], nil, nil)
            publish()
        }.value
    }

    /// Retires some units side by side.
    private func retire(_ units: [ScannerUnit], until deadline: SuspendingClock.Instant) async {
        let tasks = units.map { unit in Task { @DeviceActor in await unit.retire(.stopped, until: deadline) } }
        for task in tasks { await task.value }
    }

    private func unit(_ id: String?) throws(ScannerError) -> ScannerUnit {
        if isStopped { throw .stopped }
        if let id {
            if let unit = units.first(where: { $0.info.id == id }) { return unit }
            if let stranger = strangers.first(where: { $0.info.id == id }),
                case .unsupported(let reason) = stranger.condition
            {
                throw .unusable(reason)
            }
            throw .notAttached(id: id, others: scanners.map(\.info.id))
        }
        guard let current else {
            if let preferred = configuration.preferred {
                throw .notAttached(id: preferred, others: scanners.map(\.info.id))
            }
            if case .failed(_, let reason) = state { throw .unusable(reason) }
            throw .absent
        }
        return current
    }

    // MARK: Arrival and departure

    private func added(_ device: FPrintDevice) {
        guard configuration.allowVirtual || !device.driver.hasPrefix(virtualDriverPrefix), !isStopped else { return }
        generation += 1
        // One that was at the same port was pulled so fast that libfprint has not told it: it is a ghost.
        if let place = device.usbPlace(ids: configuration.table.products(driver: device.driver)) {
            for unit in units where unit.info.usb?.isSamePort(as: place) == true { removed(unit, as: .replaced) }
        }
        let (model, info) = describe(device)
        let unit = ScannerUnit(device, model, info, unsupported: Self.obstacle(device, model, info)) { [weak self] in
            self?.publish()
        }
        units.append(unit)
        strangers.removeAll { $0.info.usb == info.usb }
        device.onRemoved = { [weak self, weak unit] in
            if let self, let unit { removed(unit) }
        }
        if isEnumerating { return }
        choose(after: Limits.arrivalPause)
        guard let usb = info.usb, usbWatch != nil else { return }
        // libfprint never hears of the departure of a device that was pulled while it was still looking at it.
        Task { @DeviceActor [weak self, weak unit] in
            try? await Task.sleep(for: Limits.adoption, clock: .suspending)
            if let self, let unit, !places.contains(usb) { removed(unit) }
        }
    }

    private func removed(_ unit: ScannerUnit, as failure: ScannerError = .removed) {
        guard units.contains(where: { $0 === unit }) else { return }
        units.removeAll { $0 === unit }
        Task { @DeviceActor in
            await unit.retire(failure, until: SuspendingClock().now.advanced(by: Limits.retire))
        }
        if current === unit { current = nil }
        choose(after: .zero)
    }

    /// Makes a scanner the default when there is none, or only one that cannot be used.
    private func choose(after pause: Duration) {
        defer { publish() }
        guard !isStopped else { return }
        if let preferred = configuration.preferred {
            current = units.first { $0.info.id == preferred }
        } else if current?.isUsable != true {
            // Without a usable one, the one that cannot be used is shown with its reason.
            current = units.first { $0.isUsable } ?? current ?? units.first
        }
        current?.use(after: pause)
    }

    private func describe(_ device: FPrintDevice) -> (ScannerModel?, ScannerInfo) {
        let usb = device.usbPlace(ids: configuration.table.products(driver: device.driver))
        let model = configuration.table.model(driver: device.driver, vendor: usb?.vendor, product: usb?.product)
        let serial = usb?.serial()
        let info = ScannerInfo(
            id: identifier(usb, serial, driver: device.driver), driver: device.driver, maker: model?.maker ?? "",
            model: model?.model ?? device.name, serial: serial, usb: usb, resolution: model?.resolution,
            scanType: model?.scanType ?? .press, generation: generation)
        return (model, info)
    }

    /// A name that no other attached scanner has; with the place of a second one of the same model and serial number.
    private func identifier(_ usb: USBPlace?, _ serial: SerialNumber?, driver: String) -> String {
        guard let usb else { return cleanedSerial(driver) ?? "scanner" }
        let name = "\(hex4(usb.vendor))-\(hex4(usb.product))"
        let id = "\(name)-\(serial?.text ?? usb.path)"
        return units.contains { $0.info.id == id && $0.info.usb != usb } ? "\(id)-\(usb.path)" : id
    }

    /// Why a device that libfprint drives gives no pictures that can be used.
    private static func obstacle(_ device: FPrintDevice, _ model: ScannerModel?, _ info: ScannerInfo) -> String? {
        guard device.deliversPictures else { return "\(device.name) compares fingers inside and gives no pictures" }
        guard info.resolution == nil else { return nil }
        let name = model?.title ?? device.name
        let advice = model.map { $0.advice.isEmpty ? "" : "; \($0.advice)" } ?? "; it is not in the table of scanners"
        return "the resolution of \(name) (driver \(device.driver)) is not known, so its pictures cannot be brought to "
            + "500 pixels per inch\(advice)"
    }

    // MARK: Scanners that libfprint does not drive

    private func usbChanged(_ change: USBWatch.Change, _ place: USBPlace) {
        switch change {
        case .left:
            places.removeAll { $0 == place }
            strangers.removeAll { $0.info.usb == place }
            publish()
            // libfprint tells it too, but later where a transfer hangs, and sometimes not at all.
            for unit in units where unit.info.usb == place { removed(unit) }
        case .arrived:
            places.append(place)
            guard let model = configuration.table.model(vendor: place.vendor, product: place.product) else { return }
            guard model.driver != nil else { return addStranger(place, model) }
            // libfprint's own news of the device may come before or after this.
            Task { @DeviceActor [weak self] in
                try? await Task.sleep(for: Limits.adoption, clock: .suspending)
                self?.addStranger(place, model)
            }
        }
    }

    private func addStranger(_ place: USBPlace, _ model: ScannerModel) {
        guard !isStopped, places.contains(place), !units.contains(where: { $0.info.usb == place }),
            !strangers.contains(where: { $0.info.usb == place })
        else { return }
        generation += 1
        let serial = place.serial()
        let info = ScannerInfo(
            id: identifier(place, serial, driver: ""), driver: model.driver ?? "none", maker: model.maker,
            model: model.model, serial: serial, usb: place, resolution: model.resolution, scanType: model.scanType,
            generation: generation)
        let advice = model.advice.isEmpty ? "the installed libfprint does not drive it" : model.advice
        strangers.append(
            AttachedScanner(
                info: info,
                condition: .unsupported(reason: "\(model.title) (\(place.vendorProduct)) cannot be used: \(advice)"),
                isDefault: false))
        publish()
    }

    // MARK: Sleep

    private func sleepChanged(isGoingToSleep: Bool) {
        if isGoingToSleep {
            Task { @DeviceActor in
                let tasks = units.map { unit in Task { @DeviceActor in await unit.sleep() } }
                for task in tasks { await task.value }
                sleepWatch?.letSleep()
            }
        } else {
            for unit in units {
                generation += 1
                unit.wake(generation: generation)
            }
        }
    }

    // MARK: State

    private func publish() {
        guard !isEnumerating else { return }
        let news = Published(
            state: currentState,
            scanners: units.map { unit in
                AttachedScanner(info: unit.info, condition: unit.condition, isDefault: unit === current)
            } + strangers)
        let old = published.withLock { published in
            defer { published = news }
            return published
        }
        if old.state != news.state { configuration.onStateChange?(news.state) }
        if old.scanners != news.scanners { configuration.onScannersChange?(news.scanners) }
    }

    private var currentState: ScannerState {
        guard let current else {
            guard configuration.preferred == nil, let stranger = strangers.first,
                case .unsupported(let reason) = stranger.condition
            else { return .absent }
            return .failed(stranger.info, reason: reason)
        }
        let info = current.info
        return switch current.condition {
        case .unused, .starting, .recovering: .starting(info)
        case .ready: .ready(info)
        case .capturing: .capturing(info)
        case .cooling: .cooling(info)
        case .failed(let reason), .unsupported(let reason): .failed(info, reason: reason)
        }
    }
}

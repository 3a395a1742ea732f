// One libfprint device: open, scan, close, and what it signals.
import Biometrics
import CFPrint

/// Owns a reference to an `FpDevice` and its signal handler; everything happens on the GLib thread.
@safe @DeviceActor final class FPrintDevice {
    private let pointer: UnsafeMutablePointer<FpDevice>
    /// The id of the driver.
    let driver: String
    /// libfprint's name for the device.
    let name: String
    let deliversPictures: Bool

    /// Called once when the device has been pulled.
    var onRemoved: (() -> Void)?
    /// Called when the device has become free after a scan, or its temperature has changed.
    var onChange: (() -> Void)?

    /// The operation that holds the device, from its start until the finger has been lifted; it holds the picture.
    private(set) var scan: FingerScan?
    private var opening: (result: Completion<FPrintError?>, cancellable: Cancellable)?
    private var closing: Completion<FPrintError?>?
    private var removalSeen = false
    private var handler: gulong = 0

    init(_ device: UnsafeMutablePointer<FpDevice>) {
        unsafe pointer = unsafe device
        unsafe g_object_ref(device)
        driver = unsafe String(cString: fp_device_get_driver(device))
        name = unsafe String(cString: fp_device_get_name(device))
        deliversPictures = unsafe fp_device_has_feature(device, FP_DEVICE_FEATURE_CAPTURE) != 0
        let notified: @convention(c) (UnsafeMutableRawPointer?, OpaquePointer?, UnsafeMutableRawPointer?) -> Void = {
            _, _, data in
            // An unretained self, used within this call on the GLib thread: deinit, there too, disconnects the handler.
            nonisolated(unsafe) let data = unsafe data
            DeviceActor.assumeIsolated {
                unsafe Unmanaged<FPrintDevice>.fromOpaque(data!).takeUnretainedValue().changed()
            }
        }
        handler = unsafe cfprint_connect(
            device, "notify", unsafeBitCast(notified, to: GCallback.self), Unmanaged.passUnretained(self).toOpaque())
    }

    // The last reference must go on the GLib thread. A device that does not close is kept alive by the box of its closing.
    isolated deinit {
        unsafe g_signal_handler_disconnect(pointer, handler)
        unsafe g_object_unref(pointer)
    }

    var isOpen: Bool { unsafe fp_device_is_open(pointer) != 0 }
    /// Pulled; true at once, while the signal `removed` would wait for the operation that runs.
    var isRemoved: Bool { unsafe cfprint_is_removed(pointer) != 0 }
    var isHot: Bool { unsafe fp_device_get_temperature(pointer) == FP_TEMPERATURE_HOT }

    /// Whether the last operation was cancelled with a finger on the sensor.
    private(set) var mayHoldOldFinger = false

    /// Whether the last operation ended before the sensor was switched on.
    private(set) var hasStalled = false

    func usbPlace(ids: [ScannerModel.Products]) -> USBPlace? { unsafe USBPlace.of(pointer, ids: ids) }

    /// Some property has changed; those that matter are few, and reading them all costs nothing.
    private func changed() {
        if isRemoved, !removalSeen {
            removalSeen = true
            // Cancelling in here would run libfprint's handlers in the middle of its own removal.
            Task { @DeviceActor in scan?.stop(.removed) }
            onRemoved?()
        }
        let status = unsafe fp_device_get_finger_status(pointer).rawValue
        scan?.fingerStatus(
            needed: status & FP_FINGER_STATUS_NEEDED.rawValue != 0,
            present: status & FP_FINGER_STATUS_PRESENT.rawValue != 0)
        onChange?()
    }

    /// Opens the device; nil when it is open.
    ///
    /// An opening that has not ended after `Limits.open`, or when the task is cancelled, is cancelled.
    func open() async -> FPrintError? {
        let result = Completion<FPrintError?>()
        let cancellable = Cancellable()
        opening = (result, cancellable)
        let box = unsafe ReadyBox { [self] asyncResult in
            var error: UnsafeMutablePointer<GError>?
            let succeeded = unsafe fp_device_open_finish(pointer, asyncResult, &error) != 0
            opening = nil
            if !succeeded { unsafe cfprint_close_usb(pointer) }
            result.complete(succeeded ? nil : unsafe FPrintError(taking: error))
        }
        unsafe fp_device_open(pointer, cancellable.pointer, ReadyBox.callback, box.retained())
        if let result = await result.wait(within: Limits.open) { return result }
        cancellable.cancel()
        return await result.wait(within: Limits.cancelling) ?? .busy
    }

    /// Starts a scan on a device that is open and idle.
    func startScan(resolution: Resolution, report: @escaping @Sendable (FingerEvent) -> Void) -> FingerScan {
        precondition(scan == nil, "the device is busy")
        let scan = FingerScan(resolution: resolution, report: report) { [weak self] in
            self?.mayHoldOldFinger = self?.scan?.leftFinger ?? false
            self?.hasStalled = self?.scan?.hasStalled ?? false
            self?.scan = nil
            self?.onChange?()
        }
        self.scan = scan
        unsafe scan.start(pointer)
        return scan
    }

    /// Ends what the device does, with `failure` for a capture that waits, by `deadline`.
    ///
    /// - Returns: whether it is idle.
    func rest(_ failure: ScannerError, until deadline: SuspendingClock.Instant) async -> Bool {
        if let scan {
            scan.stop(failure)
            _ = await scan.ended.wait(until: deadline)
        }
        if let opening {
            opening.cancellable.cancel()
            _ = await opening.result.wait(until: deadline)
        }
        return scan == nil && opening == nil
    }

    /// Closes a device that is at rest; a removed one too, although it reports an error then: only after that libfprint lets
    /// it go.
    ///
    /// - Returns: whether it is closed, by `deadline`.
    func close(until deadline: SuspendingClock.Instant) async -> Bool {
        guard scan == nil, opening == nil else { return false }
        guard isOpen else { return true }
        if closing == nil {
            let result = Completion<FPrintError?>()
            closing = result
            let box = unsafe ReadyBox { [self] asyncResult in
                var error: UnsafeMutablePointer<GError>?
                let succeeded = unsafe fp_device_close_finish(pointer, asyncResult, &error) != 0
                closing = nil
                result.complete(succeeded ? nil : unsafe FPrintError(taking: error))
            }
            unsafe fp_device_close(pointer, nil, ReadyBox.callback, box.retained())
        }
        _ = await closing?.wait(until: deadline)
        return closing == nil
    }

    /// Brings the device to rest for good: its operation ended with `failure`, then closed, all of it by `deadline`.
    func retire(_ failure: ScannerError, until deadline: SuspendingClock.Instant) async {
        onRemoved = nil
        onChange = nil
        if await rest(failure, until: deadline) { _ = await close(until: deadline) }
    }
}

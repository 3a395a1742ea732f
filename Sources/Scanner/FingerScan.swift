// One operation of the scanner: from "put your finger" to the lifting of it.
import Biometrics
import CFPrint
import Platform

/// One identification against an empty gallery, which is the way to a picture before the finger is lifted (rule 3).
///
/// It has two ends: `outcome`, when there is a picture or none will come, and `ended`, when the finger has been lifted
/// and the device is free. The first to complete `outcome` wins: the picture, an error, the deadline, the caller who
/// gives up, the pulled plug.
@DeviceActor final class FingerScan {
    enum Failure: Error, Equatable, Sendable {
        /// The picture was no good; the operation is over and another may be started.
        case again
        case final(ScannerError)
    }

    let outcome = Completion<Result<FingerImage, Failure>>()
    let ended = Completion<Void>()
    /// A finger has come to the sensor.
    let fingerSeen = Completion<Void>()

    private let resolution: Resolution
    private let report: @Sendable (FingerEvent) -> Void
    private let cancellable = Cancellable()
    private let onEnd: () -> Void
    private var tracker = FingerTracker()
    /// A picture was refused or a retry reported, so the end of the operation is a retry.
    private var refused = false
    private var wasCancelled = false
    /// Whether it was cancelled while a finger was on the sensor, whose lifting nobody has seen therefore.
    private(set) var leftFinger = false
    /// The driver has switched the sensor on and waits for a finger.
    private var isAwake = false
    /// It ended while the driver was still switching the sensor on.
    private(set) var hasStalled = false
    private var isWaitingToCancel = false

    /// `onEnd` is called after `ended` has completed.
    init(
        resolution: Resolution, report: @escaping @Sendable (FingerEvent) -> Void, onEnd: @escaping () -> Void
    ) {
        self.resolution = resolution
        self.report = report
        self.onEnd = onEnd
    }

    /// Starts on an open, idle device that has not been removed; an operation on a removed one never ends (rule 5).
    func start(_ device: UnsafeMutablePointer<FpDevice>) {
        let gallery = unsafe g_ptr_array_new()
        defer { unsafe g_ptr_array_unref(gallery) }
        // libfprint holds one reference for its match callback, the box another one until the end.
        let box = unsafe ReadyBox { [self] result in
            var error: UnsafeMutablePointer<GError>?
            let succeeded = unsafe fp_device_identify_finish(device, result, nil, nil, &error) != 0
            end(succeeded ? nil : unsafe FPrintError(taking: error))
        }
        unsafe fp_device_identify(
            device, gallery, cancellable.pointer,
            { _, _, print, data, error in
                // Lent by libfprint for this call and used within it, on the thread that made it.
                nonisolated(unsafe) let (print, data, error) = unsafe (print, data, error)
                DeviceActor.assumeIsolated {
                    unsafe Unmanaged<FingerScan>.fromOpaque(data!).takeUnretainedValue().matched(print, error)
                }
            },
            Unmanaged.passRetained(self).toOpaque(),
            { data in unsafe Unmanaged<FingerScan>.fromOpaque(data!).release() },
            ReadyBox.callback, box.retained())
    }

    /// Ends the operation, with `failure` as its outcome unless it has one; the device is free when `ended` completes.
    ///
    /// A driver that is still switching the sensor on may do so first: uru4000, cancelled in the middle of that, aborts the
    /// process at the next operation. No next one comes after the device was pulled or the host stopped.
    func stop(_ failure: ScannerError) {
        outcome.complete(.failure(.final(failure)))
        guard !isAwake, failure != .removed, failure != .stopped else { return cancel() }
        guard !isWaitingToCancel else { return }
        isWaitingToCancel = true
        Task { @DeviceActor [weak self] in
            try? await Task.sleep(for: Limits.waking, clock: .suspending)
            self?.cancel()
        }
    }

    /// Asks the device to end the operation; this is the GLib thread, the only one that may (rule 2).
    private func cancel() {
        guard ended.value == nil, !wasCancelled else { return }
        leftFinger = tracker.seesFinger
        wasCancelled = true
        cancellable.cancel()
    }

    /// Throws the picture away that this operation makes: the finger is not the one that was asked for.
    func discard() { outcome.complete(.failure(.again)) }

    func fingerStatus(needed: Bool, present: Bool) {
        if needed, !isAwake {
            isAwake = true
            // Not in here, in the middle of libfprint's own change of state.
            if isWaitingToCancel { Task { @DeviceActor in cancel() } }
        }
        // What comes after a cancellation tells of the driver's coming to rest, not of a finger.
        guard !wasCancelled, let event = tracker.update(needed: needed, present: present) else { return }
        if tracker.seesFinger { fingerSeen.complete(()) }
        // After a caller has given up, "put finger" and the like no longer concern it; "lifted" always does.
        if event == .lifted || outcome.value == nil { report(event) }
    }

    /// libfprint has searched the picture, or found it no good.
    private func matched(_ print: OpaquePointer?, _ error: UnsafeMutablePointer<GError>?) {
        if let error = unsafe error {
            if case .retry(let hint) = unsafe FPrintError(borrowing: error) { refuse(hint) }
        } else if let print = unsafe print, let image = unsafe fp_print_get_image(print) {
            if let picture = unsafe takePicture(image, resolution: resolution) {
                outcome.complete(.success(picture))
            } else {
                refuse(.tooShort)
            }
        }
    }

    private func refuse(_ hint: FingerEvent.Hint) {
        guard !refused else { return }
        refused = true
        if outcome.value == nil { report(.retry(hint)) }
    }

    private func end(_ error: FPrintError?) {
        if case .retry(let hint) = error { refuse(hint) }
        // What is too hot or gone was never asked to switch on.
        if error != .tooHot, error != .removed { hasStalled = !isAwake }
        outcome.complete(.failure(refused ? .again : .final(Self.failure(for: error))))
        ended.complete(())
        onEnd()
    }

    private static func failure(for error: FPrintError?) -> ScannerError {
        switch error {
        case .removed: .removed
        case .tooHot: .tooHot
        case .cancelled: .cancelled
        case .some(let other): .device(other.text)
        case nil: .device("it delivered no picture")
        }
    }
}

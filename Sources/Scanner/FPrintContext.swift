// libfprint's context: which devices are attached, and which arrive later.
import CFPrint

/// Owns the `FpContext`, which tells of devices through GLib's default main context.
@safe @DeviceActor final class FPrintContext {
    private let pointer: UnsafeMutablePointer<FpContext>
    private let onAdded: (FPrintDevice) -> Void
    private var handler: gulong = 0

    /// Makes the context and finds the devices that are attached: `onAdded` has been called for each when it returns.
    ///
    /// Later ones are told in the same way. The enumeration iterates the main context inside (rule 8), so this is called
    /// from `GLibExecutor.post`, where other jobs may run in between, and never from within a job of the actor.
    init(onAdded: @escaping (FPrintDevice) -> Void) {
        unsafe pointer = unsafe fp_context_new()
        self.onAdded = onAdded
        let added:
            @convention(c) (UnsafeMutableRawPointer?, UnsafeMutablePointer<FpDevice>?, UnsafeMutableRawPointer?) -> Void =
                {
                    _, device, data in
                    // Lent for this call, on the GLib thread; self is unretained, and deinit disconnects the handler there.
                    nonisolated(unsafe) let (device, data) = unsafe (device, data)
                    DeviceActor.assumeIsolated {
                        let context = unsafe Unmanaged<FPrintContext>.fromOpaque(data!).takeUnretainedValue()
                        if let device = unsafe device { context.onAdded(unsafe FPrintDevice(device)) }
                    }
                }
        handler = unsafe cfprint_connect(
            pointer, "device-added", unsafeBitCast(added, to: GCallback.self), Unmanaged.passUnretained(self).toOpaque()
        )
        unsafe fp_context_enumerate(pointer)
    }

    /// The `FpContext` stays for the life of the process.
    ///
    /// libgusb 0.3.10 answers a hotplug event in an idle callback that it does not take back when its context goes: a scanner
    /// that was pulled while the process stopped ended it with SIGSEGV.
    isolated deinit {
        unsafe g_signal_handler_disconnect(pointer, handler)
    }
}

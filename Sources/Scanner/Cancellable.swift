// GLib's way of asking an operation to end.
import CFPrint

/// A `GCancellable`; being bound to the GLib thread is what keeps rule 2 of spec/fingerprint.md section 0.
///
/// Cancelled from another thread it races with the end of the operation, which aborts the process.
@safe @DeviceActor final class Cancellable {
    let pointer: UnsafeMutablePointer<GCancellable> = unsafe g_cancellable_new()

    init() {}

    isolated deinit { unsafe g_object_unref(pointer) }

    func cancel() { unsafe g_cancellable_cancel(pointer) }
}

// Suspend and resume, as systemd-logind announces them.
import CFPrint
import Glibc

/// Tells when the machine is about to sleep and when it is awake again, and holds the sleep up for a moment.
///
/// Only where there is a system bus with logind on it; without, nothing is ever told, and a scanner that went to sleep shows
/// itself by being gone and coming back.
@safe @DeviceActor final class SleepWatch {
    private static let name = "org.freedesktop.login1"
    private static let path = "/org/freedesktop/login1"
    private static let manager = "org.freedesktop.login1.Manager"

    private let onChange: (_ isGoingToSleep: Bool) -> Void
    private let cancellable = Cancellable()
    private var bus: OpaquePointer?
    private var subscription: guint = 0
    /// logind waits as long as this is open; -1 when it does not wait for us.
    private var delay: Int32 = -1

    init(onChange: @escaping (_ isGoingToSleep: Bool) -> Void) { self.onChange = onChange }

    isolated deinit {
        cancellable.cancel()
        if subscription != 0 { unsafe g_dbus_connection_signal_unsubscribe(bus, subscription) }
        if let bus = unsafe bus { unsafe g_object_unref(UnsafeMutableRawPointer(bus)) }
        letSleep()
    }

    /// Looks for the bus; returns at once.
    func start() {
        let box = unsafe ReadyBox { [weak self] result in
            let bus = unsafe g_bus_get_finish(result, nil)
            guard let self, let bus = unsafe bus else {
                if let bus = unsafe bus { unsafe g_object_unref(UnsafeMutableRawPointer(bus)) }
                return
            }
            unsafe subscribe(bus)
        }
        unsafe g_bus_get(G_BUS_TYPE_SYSTEM, cancellable.pointer, ReadyBox.callback, box.retained())
    }

    /// Lets a sleep that has been announced begin.
    func letSleep() {
        if delay >= 0 { close(delay) }
        delay = -1
    }

    private func subscribe(_ bus: OpaquePointer) {
        unsafe self.bus = unsafe bus
        // By default GLib ends the process with its bus.
        unsafe g_dbus_connection_set_exit_on_close(bus, 0)
        subscription = unsafe g_dbus_connection_signal_subscribe(
            bus, Self.name, Self.manager, "PrepareForSleep", Self.path, nil, G_DBUS_SIGNAL_FLAGS_NONE,
            { _, _, _, _, _, parameters, data in
                // Lent for this call on the GLib thread; self is unretained, and deinit ends the subscription there.
                nonisolated(unsafe) let (parameters, data) = unsafe (parameters, data)
                DeviceActor.assumeIsolated {
                    let watch = unsafe Unmanaged<SleepWatch>.fromOpaque(data!).takeUnretainedValue()
                    guard unsafe String(cString: g_variant_get_type_string(parameters)) == "(b)" else { return }
                    let value = unsafe g_variant_get_child_value(parameters, 0)
                    defer { unsafe g_variant_unref(value) }
                    watch.told(isGoingToSleep: unsafe g_variant_get_boolean(value) != 0)
                }
            }, Unmanaged.passUnretained(self).toOpaque(), nil)
        askForDelay()
    }

    private func told(isGoingToSleep: Bool) {
        onChange(isGoingToSleep)
        if !isGoingToSleep { askForDelay() }
    }

    /// Asks logind to wait before each sleep until `letSleep`; it need not agree.
    private func askForDelay() {
        guard let bus = unsafe bus, delay < 0 else { return }
        let text = ["sleep", "pidd", "closes the fingerprint scanner", "delay"]
        var words = unsafe text.map { (word: String) -> OpaquePointer? in unsafe g_variant_new_string(word) }
        let arguments = unsafe g_variant_new_tuple(&words, gsize(words.count))
        let box = unsafe ReadyBox { [weak self] result in
            var descriptors: UnsafeMutablePointer<GUnixFDList>?
            let reply = unsafe g_dbus_connection_call_with_unix_fd_list_finish(bus, &descriptors, result, nil)
            defer {
                if let reply = unsafe reply { unsafe g_variant_unref(reply) }
                if let descriptors = unsafe descriptors { unsafe g_object_unref(descriptors) }
            }
            guard let self, delay < 0, let descriptors = unsafe descriptors,
                unsafe g_unix_fd_list_get_length(descriptors) > 0
            else { return }
            delay = unsafe g_unix_fd_list_get(descriptors, 0, nil)
        }
        unsafe g_dbus_connection_call_with_unix_fd_list(
            bus, Self.name, Self.path, Self.manager, "Inhibit", arguments, nil, G_DBUS_CALL_FLAGS_NONE, -1, nil,
            cancellable.pointer, ReadyBox.callback, box.retained())
    }
}

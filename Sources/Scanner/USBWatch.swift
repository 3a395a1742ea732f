// Which USB devices come and go, seen by libusb itself, beside libfprint.
import CFPrint
import CUSB

/// Tells of USB devices that are attached, arrive or leave, also those that libfprint does not drive.
///
/// It has a libusb context of its own (the default one belongs to libfprint's USB layer), whose few descriptors are part of the
/// GLib loop: nothing polls, and no thread is added.
@safe @DeviceActor final class USBWatch {
    enum Change: Equatable {
        case arrived, left
    }

    private var context: OpaquePointer?
    private var sources: [guint] = []
    private var registration: libusb_hotplug_callback_handle = 0
    private let onChange: (Change, USBPlace) -> Void

    /// `onChange` has been called for each device that is attached when it returns.
    ///
    /// - Returns: nil where libusb cannot watch, as without /dev/bus/usb.
    init?(onChange: @escaping (Change, USBPlace) -> Void) {
        self.onChange = onChange
        guard unsafe libusb_init(&context) == 0 else { return nil }
        // It would warn of devices that it frees itself in libusb_exit.
        _ = unsafe cusb_set_log_level(context, Int32(LIBUSB_LOG_LEVEL_NONE.rawValue))
        guard libusb_has_capability(LIBUSB_CAP_HAS_HOTPLUG.rawValue) != 0 else { return nil }
        let changed: libusb_hotplug_callback_fn = { _, device, event, data in
            // Lent for this call, which libusb makes from within `handleEvents` or the registration on the GLib thread.
            nonisolated(unsafe) let (device, data) = unsafe (device, data)
            DeviceActor.assumeIsolated {
                let watch = unsafe Unmanaged<USBWatch>.fromOpaque(data!).takeUnretainedValue()
                guard let device = unsafe device, let place = unsafe USBPlace(device) else { return }
                watch.onChange(event == LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED ? .arrived : .left, place)
            }
            return 0  // stay registered
        }
        let events = LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED.rawValue | LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT.rawValue
        // self is unretained: deinit ends the registration, on the same thread.
        let registered = unsafe libusb_hotplug_register_callback(
            context, Int32(bitPattern: events), Int32(bitPattern: LIBUSB_HOTPLUG_ENUMERATE.rawValue),
            LIBUSB_HOTPLUG_MATCH_ANY, LIBUSB_HOTPLUG_MATCH_ANY, LIBUSB_HOTPLUG_MATCH_ANY, changed,
            Unmanaged.passUnretained(self).toOpaque(), &registration)
        guard registered == Int32(LIBUSB_SUCCESS.rawValue) else { return nil }
        joinLoop()
    }

    isolated deinit {
        for source in sources { _ = g_source_remove(source) }
        if registration != 0 { unsafe libusb_hotplug_deregister_callback(context, registration) }
        if unsafe context != nil { unsafe libusb_exit(context) }
    }

    /// Adds libusb's descriptors to the GLib loop; a context that opens no device keeps those it starts with.
    private func joinLoop() {
        guard let list = unsafe libusb_get_pollfds(context) else { return }
        defer { unsafe libusb_free_pollfds(list) }
        var index = 0
        while let entry = unsafe list[index] {
            let events = GIOCondition(rawValue: GIOCondition.RawValue(unsafe entry.pointee.events))
            sources.append(
                unsafe g_unix_fd_add(
                    entry.pointee.fd, events,
                    { _, _, data in
                        // An unretained self: deinit removes the source, on the same thread.
                        nonisolated(unsafe) let data = unsafe data
                        DeviceActor.assumeIsolated {
                            unsafe Unmanaged<USBWatch>.fromOpaque(data!).takeUnretainedValue().handleEvents()
                        }
                        return 1  // G_SOURCE_CONTINUE
                    }, Unmanaged.passUnretained(self).toOpaque()))
            index += 1
        }
    }

    private func handleEvents() {
        var now = timeval()
        _ = unsafe libusb_handle_events_timeout_completed(context, &now, nil)
    }
}

// The last means against a device that no longer answers: clearing its endpoints, and resetting it.
import CUSB
import Glibc
import Platform

/// Steps of recovery that go past libfprint to the device itself.
enum USBRecovery {
    enum Step {
        /// Clears halted endpoints and reads away what is left in them; nothing else may hold the device.
        case clear
        /// Resets the device; whatever is under way on it ends.
        case reset
    }

    /// Takes a step on a thread of its own, since the calls of libusb for it block.
    ///
    /// - Returns: false when it failed or did not end within `Limits.usbStep`; a thread that hangs is left behind.
    @DeviceActor static func take(_ step: Step, at place: USBPlace) async -> Bool {
        let result = Completion<Bool>()
        startThread("usb-recovery") {
            let succeeded = take(step, place)
            Task { @DeviceActor in result.complete(succeeded) }
        }
        return await result.wait(within: Limits.usbStep) ?? false
    }

    /// Whether somebody else has claimed a device that libfprint does not have open.
    ///
    /// The kernel says so to everybody who may open the device, while who it is stands in /proc for root and that user alone.
    @DeviceActor static func isClaimed(at place: USBPlace) async -> Bool {
        let result = Completion<Bool>()
        startThread("usb-claim") {
            let isClaimed = unsafe withDevice(at: place) { unsafe hasClaim($0, $1) } ?? false
            Task { @DeviceActor in result.complete(isClaimed) }
        }
        return await result.wait(within: Limits.usbStep) ?? false
    }

    private static func take(_ step: Step, _ place: USBPlace) -> Bool {
        unsafe withDevice(at: place) { device, handle in
            switch step {
            case .clear: unsafe clear(device, handle)
            case .reset: unsafe libusb_reset_device(handle) == 0
            }
        } ?? false
    }

    /// Opens a device in a context of its own; nil when it is gone or cannot be opened.
    private static func withDevice(at place: USBPlace, _ body: (OpaquePointer, OpaquePointer) -> Bool) -> Bool? {
        var context: OpaquePointer?
        guard unsafe libusb_init(&context) == 0 else { return nil }
        defer { unsafe libusb_exit(context) }
        // It would warn of devices that it frees itself in libusb_exit.
        _ = unsafe cusb_set_log_level(context, Int32(LIBUSB_LOG_LEVEL_NONE.rawValue))
        var list: UnsafeMutablePointer<OpaquePointer?>?
        let count = unsafe libusb_get_device_list(context, &list)
        guard count >= 0, let list = unsafe list else { return nil }
        defer { unsafe libusb_free_device_list(list, 1) }
        for index in 0..<count {
            guard let device = unsafe list[index], unsafe USBPlace(device) == place else { continue }
            var handle: OpaquePointer?
            guard unsafe libusb_open(device, &handle) == 0, let handle = unsafe handle else { return nil }
            defer { unsafe libusb_close(handle) }
            return unsafe body(device, handle)
        }
        return nil
    }

    private static func hasClaim(_ device: OpaquePointer, _ handle: OpaquePointer) -> Bool {
        var configuration: UnsafeMutablePointer<libusb_config_descriptor>?
        guard unsafe libusb_get_active_config_descriptor(device, &configuration) == 0,
            let configuration = unsafe configuration
        else { return false }
        defer { unsafe libusb_free_config_descriptor(configuration) }
        return (0..<Int32(unsafe configuration.pointee.bNumInterfaces)).contains { name in
            let outcome = unsafe libusb_claim_interface(handle, name)
            if outcome == 0 { unsafe libusb_release_interface(handle, name) }
            return outcome == LIBUSB_ERROR_BUSY.rawValue
        }
    }

    private static func clear(_ device: OpaquePointer, _ handle: OpaquePointer) -> Bool {
        var configuration: UnsafeMutablePointer<libusb_config_descriptor>?
        guard unsafe libusb_get_active_config_descriptor(device, &configuration) == 0,
            let configuration = unsafe configuration
        else { return false }
        defer { unsafe libusb_free_config_descriptor(configuration) }
        var succeeded = true
        for number in 0..<Int(unsafe configuration.pointee.bNumInterfaces) {
            guard let setting = unsafe configuration.pointee.interface[number].altsetting else { continue }
            let name = Int32(unsafe setting.pointee.bInterfaceNumber)
            guard unsafe libusb_claim_interface(handle, name) == 0 else {
                succeeded = false
                continue
            }
            for index in 0..<Int(unsafe setting.pointee.bNumEndpoints) {
                let endpoint = unsafe setting.pointee.endpoint[index]
                let kind = unsafe endpoint.bmAttributes & 3
                let address = unsafe endpoint.bEndpointAddress
                if unsafe libusb_clear_halt(handle, address) != 0 { succeeded = false }
                if kind == UInt8(LIBUSB_TRANSFER_TYPE_BULK.rawValue), address & 0x80 != 0 {
                    unsafe drain(handle, address)
                }
            }
            unsafe libusb_release_interface(handle, name)
        }
        return succeeded
    }

    /// Reads what an earlier conversation has left, as long as it comes at once.
    private static func drain(_ handle: OpaquePointer, _ endpoint: UInt8) {
        var bytes = [UInt8](repeating: 0, count: 16384)
        for _ in 0..<Limits.drainedTransfers {
            var count: Int32 = 0
            guard
                unsafe libusb_bulk_transfer(handle, endpoint, &bytes, Int32(bytes.count), &count, Limits.drainWait) == 0
            else { break }
        }
        unsafe explicit_bzero(&bytes, bytes.count)
    }
}

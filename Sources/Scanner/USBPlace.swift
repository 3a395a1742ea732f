// Which USB device a scanner is: bus, port path and serial number, without sending anything to the device.
import CFPrint
import CUSB
import Platform

/// Where on USB a device is plugged in, and what it says it is.
package struct USBPlace: Equatable, Sendable {
    package let vendor: UInt16
    package let product: UInt16
    package let bus: UInt8
    /// The ports from the root hub down; empty for a root hub itself.
    package let ports: [UInt8]
    /// The number that the kernel gave it on the bus: another one each time it is plugged in.
    package let address: UInt8

    /// `vvvv:pppp` in lower-case hexadecimal.
    package var vendorProduct: String { "\(hex4(vendor)):\(hex4(product))" }

    /// The kernel's name for the place, such as `1-7` or `1-7.2`.
    package var path: String { "\(bus)-\(ports.map(String.init).joined(separator: "."))" }

    /// Whether both are, or were, plugged into the same port.
    func isSamePort(as other: USBPlace) -> Bool { bus == other.bus && ports == other.ports }

    init(vendor: UInt16, product: UInt16, bus: UInt8, ports: [UInt8], address: UInt8 = 0) {
        (self.vendor, self.product, self.bus, self.ports, self.address) = (vendor, product, bus, ports, address)
    }

    /// Reads what libusb has cached of a device; no transfer is made.
    init?(_ device: OpaquePointer) {
        var descriptor = libusb_device_descriptor()
        guard unsafe libusb_get_device_descriptor(device, &descriptor) == 0 else { return nil }
        var ports = [UInt8](repeating: 0, count: 7)  // the deepest tree that USB allows
        let depth = unsafe libusb_get_port_numbers(device, &ports, Int32(ports.count))
        guard depth >= 0 else { return nil }
        self.init(
            vendor: descriptor.idVendor, product: descriptor.idProduct, bus: unsafe libusb_get_bus_number(device),
            ports: Array(ports.prefix(Int(depth))), address: unsafe libusb_get_device_address(device))
    }

    /// The place of a libfprint device; nil when it is not on USB.
    ///
    /// libfprint holds the libusb device in a private property. Where that cannot be read, the bus is searched for the
    /// first device with one of the driver's ids, which is exact as long as no two such scanners are attached.
    @DeviceActor static func of(
        _ device: UnsafeMutablePointer<FpDevice>, ids: [ScannerModel.Products]
    ) -> USBPlace? {
        if let usb = unsafe cfprint_usb_device(device) { return unsafe USBPlace(OpaquePointer(usb)) }
        return ids.isEmpty ? nil : firstOnBus(ids: ids)
    }

    /// Searches in a libusb context of its own; the default one belongs to libfprint's USB layer.
    static func firstOnBus(ids: [ScannerModel.Products]) -> USBPlace? {
        var context: OpaquePointer?
        guard unsafe libusb_init(&context) == 0 else { return nil }
        defer { unsafe libusb_exit(context) }
        // It would warn of devices that it frees itself in libusb_exit.
        _ = unsafe cusb_set_log_level(context, Int32(LIBUSB_LOG_LEVEL_NONE.rawValue))
        var list: UnsafeMutablePointer<OpaquePointer?>?
        let count = unsafe libusb_get_device_list(context, &list)
        guard count >= 0, let list = unsafe list else { return nil }
        defer { unsafe libusb_free_device_list(list, 1) }
        return (0..<count).lazy.compactMap { unsafe list[$0].flatMap { unsafe USBPlace($0) } }
            .first { place in ids.contains { $0.contains(vendor: place.vendor, product: place.product) } }
    }

    /// The serial number; nil when the device states none.
    ///
    /// It comes from sysfs, where the kernel put it when the device was plugged in: asking the device itself would mean
    /// a second handle on it, and a transfer in between those of the driver.
    func serial(root: String = "/sys/bus/usb/devices") -> SerialNumber? {
        guard let bytes = try? readFile("\(root)/\(path)/serial", limit: Limits.attribute) else { return nil }
        return SerialNumber(String(decoding: bytes, as: UTF8.self))
    }
}

/// Four lower-case hexadecimal digits.
func hex4(_ number: UInt16) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 4 - digits.count) + digits
}

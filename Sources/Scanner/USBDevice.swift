// The USB devices that the kernel lists in sysfs, read without touching one of them.
import Platform

/// An attached USB device as sysfs describes it; reading it sends nothing to the device and needs no rights on it.
package struct USBDevice: Equatable, Sendable {
    /// The kernel's name for the place, such as `1-7`.
    package let path: String
    package let vendor, product: UInt16
    /// Nil when the device states none.
    package let serial: SerialNumber?
    /// The device file, such as `/dev/bus/usb/001/003`.
    package let node: String
    /// `power/control`: `on`, or `auto` where the kernel may power it down; nil when not told.
    package let powerControl: String?
    /// `power/persist`: whether the kernel takes the device after a suspend for the one before; nil when not told.
    package let persists: Bool?

    /// `vvvv:pppp` in lower-case hexadecimal.
    package var vendorProduct: String { "\(hex4(vendor)):\(hex4(product))" }

    /// What stands for the scanner in an identity's folder: its serial number, or its `ScannerInfo.id` when it has none.
    package var registeredName: String { serial?.text ?? "\(hex4(vendor))-\(hex4(product))-\(path)" }

    /// The ids that it may have as a scanner, the usual one first: a second one of the same serial number has its place behind it.
    package var scannerIDs: [String] {
        let name = "\(hex4(vendor))-\(hex4(product))"
        guard let serial else { return ["\(name)-\(path)"] }
        return ["\(name)-\(serial.text)", "\(name)-\(serial.text)-\(path)"]
    }

    /// All devices, in the order of their places.
    ///
    /// - Parameters:
    ///   - root: where sysfs lists them.
    ///   - nodes: where the device files are.
    /// - Returns: the devices, root hubs among them.
    package static func attached(
        root: String = "/sys/bus/usb/devices", nodes: String = "/dev/bus/usb"
    ) -> [USBDevice] {
        folderNames(root).filter { !$0.hasPrefix(".") }.sorted().compactMap { name in
            func stated(_ attribute: String) -> String? {
                let bytes = try? readFile("\(root)/\(name)/\(attribute)", limit: Limits.attribute)
                return bytes.map { String(decoding: $0, as: UTF8.self) }
            }
            func text(_ attribute: String) -> String? { stated(attribute)?.filter { !$0.isWhitespace } }
            // Interfaces, such as 1-7:1.0, are listed beside devices and have none of these.
            guard let vendor = text("idVendor").flatMap({ UInt16($0, radix: 16) }),
                let product = text("idProduct").flatMap({ UInt16($0, radix: 16) }),
                let bus = text("busnum").flatMap({ UInt16($0) }), let number = text("devnum").flatMap({ UInt16($0) })
            else { return nil }
            return USBDevice(
                path: name, vendor: vendor, product: product, serial: stated("serial").flatMap(SerialNumber.init),
                node: "\(nodes)/\(padded(bus))/\(padded(number))", powerControl: text("power/control"),
                persists: text("power/persist").map { $0 != "0" })
        }
    }
}

/// Three decimal digits.
private func padded(_ number: UInt16) -> String {
    String(repeating: "0", count: max(0, 3 - "\(number)".count)) + "\(number)"
}

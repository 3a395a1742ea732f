// A recording for umockdev: a USB device, and what it said to its driver.
package import Biometrics
package import Platform

/// A USB scanner and its side of a conversation, in umockdev's formats.
///
/// Played by umockdev under libfprint, the real driver runs as if the scanner were plugged in and gives back `expected`.
/// Recordings are made from synthetic fingers only, so they are plain bytes and may be kept.
package struct Recording: Sendable {
    package let model: ScannerModel
    /// umockdev's device description.
    package let device: [UInt8]
    /// What the scanner says: an ioctl tree for the NB-1010, a usbmon capture (pcapng) for the U.are.U.
    package let capture: [UInt8]
    /// The pictures that libfprint delivers, in turn and byte for byte.
    package let expected: [FingerImage]

    /// The name that `capture` has in a folder.
    package var captureName: String { model == .nb1010 ? "capture.ioctl" : "capture.pcapng" }

    /// Writes `device`, `capture.*` and `expected-K.pgm`, K from 0; the folder is made when it is missing.
    package func write(to folder: String) throws(FileError) {
        try makeFolders(folder, mode: 0o700)
        for (name, content) in [("device", device), (captureName, capture)] {
            unsafe try content.span.withUnsafeBytes { (bytes) throws(FileError) in
                unsafe try writeFileAtomically("\(folder)/\(name)", bytes, mode: 0o600)
            }
        }
        for (index, picture) in expected.enumerated() {
            try picture.write("\(folder)/expected-\(index).pgm", as: .pgm)
        }
    }

    /// The arguments of `umockdev-run` that plug this scanner in, for a recording written to `folder`.
    package func umockdevArguments(folder: String) -> [String] {
        let capture = "\(folder)/\(captureName)"
        return switch model {
        case .nb1010: ["--device=\(folder)/device", "--ioctl=\(USBDevice.nb1010.node)=\(capture)"]
        case .uru4500: ["--device=\(folder)/device", "--pcap=/sys\(USBDevice.uru4500.path)=\(capture)"]
        }
    }

    /// What libfprint must find in its environment to use this scanner and no other.
    package var environment: [(name: String, value: String)] {
        [("FP_DEVICE_EMULATION", "1"), ("FP_DRIVERS_WHITELIST", model.driver)]
    }
}

/// A USB device as the kernel shows it in sysfs, and as umockdev's device files describe it.
struct USBDevice: Sendable {
    let path: String
    let number: Int
    let port: Int
    let vendor: UInt16
    let product: UInt16
    /// Device, configuration, interface and endpoint descriptors, in hexadecimal.
    let descriptors: String
    let deviceClass: UInt8
    /// Megabits per second.
    let speed: Int

    static let bus = 1
    static let rootHub = USBDevice(
        path: "/devices/pci0000:00/0000:00:14.0/usb1", number: 1, port: 0, vendor: 0x1D6B, product: 2,
        descriptors: "12010002090001406B1D020005060302010109021900010100E0000904000001090000000705810304000C",
        deviceClass: 9, speed: 480)

    /// The device file under /dev.
    var node: String { "/dev/bus/usb/\(padded(Self.bus, 3))/\(padded(number, 3))" }

    /// A device file with this device and the root hub it is plugged into, without which libfprint aborts.
    var withRootHub: [UInt8] { Array((description + "\n" + Self.rootHub.description).utf8) }

    private var description: String {
        let attributes = [
            ("bConfigurationValue", "1\\n"), ("bDeviceClass", padded(Int(deviceClass), 2, radix: 16)),
            ("busnum", "\(Self.bus)\\n"), ("devnum", "\(number)\\n"), ("devpath", "\(port)"),
            ("idVendor", padded(Int(vendor), 4, radix: 16)), ("idProduct", padded(Int(product), 4, radix: 16)),
            ("speed", "\(speed)\\n"), ("power/persist", "0"), ("power/wakeup", "disabled"),
        ]
        return """
            P: \(path)
            N: \(node.dropFirst(5))=\(descriptors)
            E: DEVNAME=\(node)
            E: DEVTYPE=usb_device
            E: DRIVER=usb
            E: PRODUCT=\(String(vendor, radix: 16))/\(String(product, radix: 16))/1
            E: TYPE=\(deviceClass)/0/0
            E: BUSNUM=\(padded(Self.bus, 3))
            E: DEVNUM=\(padded(number, 3))
            E: MAJOR=189
            E: MINOR=\(number - 1)
            E: SUBSYSTEM=usb
            \(attributes.map { "A: \($0)=\($1)" }.joined(separator: "\n"))
            H: descriptors=\(descriptors)

            """
    }

    private func padded(_ number: Int, _ digits: Int, radix: Int = 10) -> String {
        let text = String(number, radix: radix)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}

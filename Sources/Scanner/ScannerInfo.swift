// What is known of the attached scanner, and what it is doing.
package import Biometrics

/// One attached scanner, as it was found; a value, so it may be kept after the scanner has gone.
package struct ScannerInfo: Equatable, Sendable {
    /// A name that stays the same when the scanner is pulled and plugged in again.
    ///
    /// Vendor, product and serial, or without a serial the port, such as `298d-1010-1-7`; the driver's name for a virtual
    /// scanner. Letters, digits and `._-` only.
    package let id: String
    /// The libfprint driver, such as `uru4000`.
    package let driver: String
    package let maker: String
    package let model: String
    /// The serial number of the USB device; nil when it states none.
    package let serial: SerialNumber?
    /// nil for scanners that are not on USB.
    package let usb: USBPlace?
    /// Pixels per inch of the pictures it gives; nil when not known, and then it is refused for capture.
    package let resolution: Resolution?
    package let scanType: ScanType
    /// Counts the scanners that this process has seen, so a scanner that was pulled and put back is another.
    package let generation: Int

    /// Whether it is made of software.
    package var isVirtual: Bool { driver.hasPrefix(virtualDriverPrefix) }

    /// The same scanner in another generation.
    func with(generation: Int) -> ScannerInfo {
        ScannerInfo(
            id: id, driver: driver, maker: maker, model: model, serial: serial, usb: usb, resolution: resolution,
            scanType: scanType, generation: generation)
    }
}

/// How the finger meets the sensor.
package enum ScanType: String, Equatable, Sendable {
    case press, swipe
}

/// What all drivers of virtual devices have in common.
let virtualDriverPrefix = "virtual_"

/// What the scanner is doing.
package enum ScannerState: Equatable, Sendable {
    /// None is attached.
    case absent
    /// It is being opened, for up to 30 s.
    case starting(ScannerInfo)
    case ready(ScannerInfo)
    /// A picture is being taken, or the finger has not been lifted yet.
    case capturing(ScannerInfo)
    /// It is too hot to capture.
    case cooling(ScannerInfo)
    /// It cannot be used until it is plugged in again; the reason is a sentence without a full stop.
    case failed(ScannerInfo?, reason: String)

    /// The scanner, where there is one.
    package var info: ScannerInfo? {
        switch self {
        case .absent: nil
        case .starting(let info), .ready(let info), .capturing(let info), .cooling(let info): info
        case .failed(let info, _): info
        }
    }
}

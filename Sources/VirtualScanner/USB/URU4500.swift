// Recordings of a DigitalPersona U.are.U 4500.
package import Biometrics
import Secrets

extension USBDevice {
    static let uru4500 = USBDevice(
        path: "/devices/pci0000:00/0000:00:14.0/usb1/1-10", number: 50, port: 10, vendor: 0x05BA, product: 0x000A,
        descriptors:
            "1201000200000040BA050A000301010203010902200001010080640904000002FFFFFF000705810340000807058202400000",
        deviceClass: 0, speed: 12)
}

extension Recording {
    /// What a U.are.U 4500 does after it was switched on.
    package enum URU4500Step: Sendable {
        /// A finger comes, is scanned and goes.
        case finger(FingerImage)
        /// Nothing comes until the caller gives up.
        case noFinger
    }

    /// A U.are.U 4500 that goes once through some steps, each one capture.
    ///
    /// It tells by itself, with interrupts, that it is awake, that a finger came and that it went; its picture comes in
    /// one transfer, upside down, mirrored and inverted. umockdev replays the recording without its timing, once.
    ///
    /// - Parameter steps: pictures have the model's size. Their last two rows are made white, because the driver takes noise
    ///   in the rows that come first for an encrypted picture.
    /// - Returns: the recording; it expects those pictures below one more white row.
    package static func uru4500(_ steps: [URU4500Step]) -> Recording {
        var conversation = Conversation()
        var expected: [FingerImage] = []
        for step in steps {
            conversation.activate()
            if case .finger(let picture) = step {
                let delivered = delivered(from: picture)
                conversation.scan(delivered)
                expected.append(delivered)
            }
            conversation.deactivate()
        }
        return Recording(
            model: .uru4500, device: USBDevice.uru4500.withRootHub, capture: conversation.usb.content,
            expected: expected)
    }

    /// The picture as libfprint hands it out: 290 rows, one more than the scanner sends, the first one white.
    private static func delivered(from picture: FingerImage) -> FingerImage {
        let model = ScannerModel.uru4500
        precondition(picture.width == model.width && picture.height == model.height, "not the size of the sensor")
        let (height, width) = (model.height + 1, model.width)
        let pixels = unsafe SecretBytes(capacity: width * height) { room in
            unsafe room.initialize(repeating: 255)
            for index in 0..<(height - 3) * width { unsafe room[width + index] = picture.pixels[index] }
            return width * height
        }
        return FingerImage(width: width, height: height, pixels: pixels, resolution: picture.resolution)
    }
}

/// The scanner's side of libfprint's uru4000 driver.
private struct Conversation {
    var usb = UsbmonCapture(device: UInt8(USBDevice.uru4500.number), bus: UInt16(USBDevice.bus))
    private var interrupt: UInt64 = 0

    private enum Register {
        static let status: UInt16 = 0x07
        static let mode: UInt16 = 0x4E
        static let challenge: UInt16 = 0xF0
    }

    private enum Mode {
        static let awaitFinger: UInt8 = 0x10
        static let awaitLift: UInt8 = 0x12
        static let capture: UInt8 = 0x20
        static let off: UInt8 = 0x70
    }

    private enum Event {
        static let awake: UInt16 = 0x56AA
        static let fingerOn: UInt16 = 0x0101
        static let fingerOff: UInt16 = 0x0200
    }

    /// Power is switched off and on again; in between the scanner reports that it woke up.
    mutating func activate() {
        interrupt = usb.submitInterrupt()
        usb.readRegister(Register.status, [0x01])
        usb.writeRegister(Register.status, 0x81)
        let powerUp = usb.submitWrite(Register.status, 0x01)
        fire(Event.awake)
        usb.completeWrite(powerUp)
        usb.readRegister(Register.status, [0x01])
        usb.readRegister(Register.challenge, [UInt8](repeating: 0, count: 16))
        usb.writeRegister(Register.mode, Mode.awaitFinger)
    }

    mutating func scan(_ picture: FingerImage) {
        fire(Event.fingerOn)
        let header = imageHeader(rows: picture.height - 1)
        let image = usb.submitBulkRead(length: header.count + picture.width * picture.height)
        usb.writeRegister(Register.mode, Mode.capture)
        let sent = (picture.width..<picture.pixels.count).reversed().map { 255 - picture.pixels[$0] }
        usb.completeBulkRead(image, header + sent)
        usb.writeRegister(Register.mode, Mode.awaitLift)
        fire(Event.fingerOff)
    }

    mutating func deactivate() {
        usb.writeRegister(Register.mode, Mode.off)
        usb.cancelInterrupt(interrupt)
    }

    private mutating func fire(_ event: UInt16) {
        usb.completeInterrupt(interrupt, [UInt8(event >> 8), UInt8(event & 0xFF)] + [UInt8](repeating: 0, count: 62))
        interrupt = usb.submitInterrupt()
    }

    /// 64 bytes: magic, number of rows, no key number, then up to 15 blocks of at most 100 rows: flags 0 (plain), count.
    private func imageHeader(rows: Int) -> [UInt8] {
        var header: [UInt8] = [0x10, 0x40, 0x80, 0x01, UInt8(rows & 0xFF), UInt8(rows >> 8)]
        header += [UInt8](repeating: 0, count: 10)
        var left = rows
        for _ in 0..<15 {
            header += [0, UInt8(min(left, 100))]
            left -= min(left, 100)
        }
        return header + [UInt8](repeating: 0, count: 18)
    }
}

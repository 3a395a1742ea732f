// USB traffic as the kernel's usbmon records it, in a pcapng file.

/// Writes packets of Linux's usbmon (its 64-byte binary header) into a pcapng file that umockdev can replay.
///
/// Every transfer is two packets with the same id: submitted by the driver, completed by the device.
struct UsbmonCapture {
    private enum Transfer: UInt8 {
        case interrupt = 1
        case control = 2
        case bulk = 3
    }

    private enum Endpoint {
        static let controlOut: UInt8 = 0x00
        static let controlIn: UInt8 = 0x80
        static let interruptIn: UInt8 = 0x81
        static let bulkIn: UInt8 = 0x82
    }

    private let device: UInt8
    private let bus: UInt16
    /// Microseconds; umockdev does not look at them, other readers do.
    private var clock: UInt64 = 1_000_000
    private var lastTransfer: UInt64 = 0x1000
    private var packets: UInt64 = 0
    private(set) var content: [UInt8] = []

    init(device: UInt8, bus: UInt16) {
        (self.device, self.bus) = (device, bus)
        var section = Bytes()  // section header: byte order mark, version 1.0, length unknown
        section.append(UInt32(0x1A2B_3C4D), UInt16(1), UInt16(0))
        section.append(Int64(-1))
        appendBlock(type: 0x0A0D_0D0A, section.bytes)
        var interface = Bytes()  // link type 220: USB with the 64-byte header
        interface.append(UInt16(220), UInt16(0))
        interface.append(UInt32(0))
        appendBlock(type: 1, interface.bytes)
    }

    mutating func submitInterrupt() -> UInt64 {
        let transfer = nextTransfer()
        packet(submit: true, .interrupt, Endpoint.interruptIn, transfer, length: 64)
        return transfer
    }

    mutating func completeInterrupt(_ transfer: UInt64, _ data: [UInt8]) {
        packet(submit: false, .interrupt, Endpoint.interruptIn, transfer, length: 64, data: data)
    }

    /// The driver took the transfer back (ENOENT).
    mutating func cancelInterrupt(_ transfer: UInt64) {
        packet(submit: false, .interrupt, Endpoint.interruptIn, transfer, length: 0, status: -2)
    }

    /// A vendor request that reads a register.
    mutating func readRegister(_ register: UInt16, _ value: [UInt8]) {
        let transfer = nextTransfer()
        let setup = setup(requestType: 0xC0, register, length: value.count)
        packet(submit: true, .control, Endpoint.controlIn, transfer, length: value.count, setup: setup)
        packet(submit: false, .control, Endpoint.controlIn, transfer, length: value.count, data: value)
    }

    /// A vendor request that writes a register.
    mutating func writeRegister(_ register: UInt16, _ value: UInt8) { completeWrite(submitWrite(register, value)) }

    mutating func submitWrite(_ register: UInt16, _ value: UInt8) -> UInt64 {
        let transfer = nextTransfer()
        let setup = setup(requestType: 0x40, register, length: 1)
        packet(submit: true, .control, Endpoint.controlOut, transfer, length: 1, data: [value], setup: setup)
        return transfer
    }

    mutating func completeWrite(_ transfer: UInt64) {
        packet(submit: false, .control, Endpoint.controlOut, transfer, length: 1)
    }

    mutating func submitBulkRead(length: Int) -> UInt64 {
        let transfer = nextTransfer()
        packet(submit: true, .bulk, Endpoint.bulkIn, transfer, length: length)
        return transfer
    }

    mutating func completeBulkRead(_ transfer: UInt64, _ data: [UInt8]) {
        packet(submit: false, .bulk, Endpoint.bulkIn, transfer, length: data.count, data: data)
    }

    private mutating func nextTransfer() -> UInt64 {
        lastTransfer += 0x40
        return lastTransfer
    }

    /// The eight bytes that begin a control transfer; request 4 is the vendor's "register".
    private func setup(requestType: UInt8, _ register: UInt16, length: Int) -> [UInt8] {
        var setup = Bytes()
        setup.append(requestType, UInt8(4))
        setup.append(register, UInt16(0), UInt16(length))
        return setup.bytes
    }

    /// One usbmon packet (Documentation/usb/usbmon.rst, struct usbmon_packet).
    private mutating func packet(
        submit: Bool, _ kind: Transfer, _ endpoint: UInt8, _ transfer: UInt64, length: Int, data: [UInt8] = [],
        setup: [UInt8]? = nil, status: Int32 = 0
    ) {
        let input = endpoint & 0x80 != 0
        let direction: Character = input ? "<" : ">"
        clock += 200
        var packet = Bytes()
        packet.append(transfer)
        packet.append(ascii(submit ? "S" : "C"), kind.rawValue, endpoint, device)
        packet.append(bus)
        packet.append(setup == nil ? ascii("-") : UInt8(0), data.isEmpty ? ascii(direction) : UInt8(0))
        packet.append(Int64(clock / 1_000_000))
        packet.append(Int32(clock % 1_000_000), submit ? -115 : status)  // EINPROGRESS
        packet.append(UInt32(length), UInt32(data.count))
        packet.bytes += setup ?? [UInt8](repeating: 0, count: 8)
        packet.append(Int32(kind == .interrupt ? 8 : 0), Int32(0))  // interval, start frame
        packet.append(UInt32(input ? 0x200 : 0), UInt32(0))  // flags, number of isochronous descriptors
        packet.bytes += data

        var block = Bytes()  // enhanced packet block: interface 0, time, captured and original length
        block.append(UInt32(0), UInt32(0), UInt32(truncatingIfNeeded: 1_000_000 + 200 * packets))
        block.append(UInt32(packet.bytes.count), UInt32(packet.bytes.count))
        appendBlock(type: 6, block.bytes + packet.bytes)
        packets += 1
    }

    private func ascii(_ character: Character) -> UInt8 { character.asciiValue ?? 0 }

    /// Type, length, body padded to whole words, length again.
    private mutating func appendBlock(type: UInt32, _ body: [UInt8]) {
        let padding = [UInt8](repeating: 0, count: (4 - body.count % 4) % 4)
        let length = UInt32(body.count + padding.count + 12)
        var head = Bytes()
        head.append(type, length)
        var tail = Bytes()
        tail.append(length)
        content += head.bytes + body + padding + tail.bytes
    }
}

/// Bytes under construction, numbers in little-endian order.
private struct Bytes {
    var bytes: [UInt8] = []

    mutating func append<each Number: FixedWidthInteger>(_ numbers: repeat each Number) {
        for number in repeat each numbers { append(number) }
    }

    private mutating func append<Number: FixedWidthInteger>(_ number: Number) {
        for shift in stride(from: 0, to: Number.bitWidth, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }
}

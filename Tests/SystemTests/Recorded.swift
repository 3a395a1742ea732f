// Recordings of scanners for the bench, good ones and broken ones.
import Glibc
import Platform
import TestSupport
import VirtualScanner

/// Recordings of scanners, and broken ones made from them.
enum Recorded {
    /// Size and hash of the picture that the probe tells for `nb1010`.
    static func nb1010(in folder: TemporaryFolder, _ name: String = "nb1010", absentPolls: Int = 2) throws -> String {
        let picture = ScannerModel.nb1010.impression(of: SyntheticFinger(seed: 7), 1)
        try Recording.nb1010([picture], absentPolls: absentPolls).write(to: folder.file(name))
        return folder.file(name)
    }

    static func uru4500(
        in folder: TemporaryFolder, _ name: String = "uru4500", captures: Int
    ) throws -> String {
        let picture = ScannerModel.uru4500.impression(of: SyntheticFinger(seed: 7), 1)
        let steps = (0..<captures).map { _ in Recording.URU4500Step.finger(picture) }
        try Recording.uru4500(steps + [.noFinger]).write(to: folder.file(name))
        return folder.file(name)
    }

    /// An NB-1010-U with some transfers of its recording changed.
    ///
    /// `change` gets the bytes of each transfer that the scanner sends, numbered from 0, and returns others, or fewer.
    static func brokenNB1010(
        in folder: TemporaryFolder, _ name: String, _ change: (Int, [UInt8]) -> [UInt8]
    ) throws -> String {
        let path = try nb1010(in: folder, name)
        let text = String(decoding: try readFile("\(path)/capture.ioctl", limit: 1 << 22), as: UTF8.self)
        var number = 0
        let lines = text.split(separator: "\n").map { line in
            var fields = line.split(separator: " ").map(String.init)
            // USBDEVFS_REAPURBNDELAY result type endpoint status flags length actual errors data
            guard fields.count == 10, fields[3] == "131" else { return String(line) }
            let bytes = change(number, unhex(fields[9]))
            number += 1
            (fields[7], fields[9]) = ("\(bytes.count)", hex(bytes))
            return fields.joined(separator: " ")
        }
        _ = try folder.write("\(name)/capture.ioctl", (lines.joined(separator: "\n") + "\n").utf8)
        return path
    }

    /// A U.are.U 4500 whose recording stops after some packets: it never says anything again.
    static func silentURU4500(in folder: TemporaryFolder, after packets: Int) throws -> String {
        try changedURU4500(in: folder, "uru4500") { Array($0.prefix(packets)) }
    }

    /// A U.are.U 4500 with some of what it sends changed.
    ///
    /// `device` is its number on the bus, by which umockdev tells recordings of scanners apart that come and go.
    /// `change` gets the bytes of each answer, interrupt and picture, numbered from 0, and returns others, or fewer.
    static func brokenURU4500(
        in folder: TemporaryFolder, _ name: String, device: Int, _ change: (Int, [UInt8]) -> [UInt8]
    ) throws -> String {
        try changedURU4500(in: folder, name, device: device) { packets in
            var number = 0
            return packets.map { packet in
                // Completed ("C"), towards the computer, with data after the header of 64 bytes.
                guard packet[8] == UInt8(ascii: "C"), packet[10] & 0x80 != 0, packet.count > 64 else { return packet }
                let data = change(number, Array(packet[64...]))
                number += 1
                return packet[..<32] + littleEndian(data.count) + littleEndian(data.count) + packet[40..<64] + data
            }
        }
    }

    /// Rewrites the packets of a recording, each a usbmon header and its data.
    private static func changedURU4500(
        in folder: TemporaryFolder, _ name: String, device: Int = 50, _ change: ([[UInt8]]) -> [[UInt8]]
    ) throws -> String {
        let path = try uru4500(in: folder, name, captures: 1)
        let capture = try readFile("\(path)/capture.pcapng", limit: 1 << 24)
        func number(at position: Int) -> Int { (0..<4).reduce(0) { $0 | Int(capture[position + $1]) << (8 * $1) } }
        var (head, packets): ([UInt8], [[UInt8]]) = ([], [])
        // Blocks of pcapng: type, length, content, length; type 6 is a packet: interface, time, two lengths, bytes.
        var position = 0
        while position < capture.count {
            let end = position + number(at: position + 4)
            if number(at: position) == 6 {
                packets.append(Array(capture[(position + 28)..<(position + 28 + number(at: position + 20))]))
            } else {
                head += capture[position..<end]
            }
            position = end
        }
        let blocks = change(packets).flatMap { packet in
            var packet = packet
            packet[11] = UInt8(device)
            let padding = [UInt8](repeating: 0, count: (4 - packet.count % 4) % 4)
            let length = littleEndian(32 + packet.count + padding.count)
            let bytes = littleEndian(packet.count)
            return littleEndian(6) + length + [UInt8](repeating: 0, count: 12) + bytes + bytes + packet + padding
                + length
        }
        _ = try folder.write("\(name)/capture.pcapng", head + blocks)
        let description = String(decoding: try readFile("\(path)/device", limit: 1 << 20), as: UTF8.self)
        _ = try folder.write("\(name)/device", description.replacing("devnum=50", with: "devnum=\(device)").utf8)
        return path
    }

    private static func littleEndian(_ number: Int) -> [UInt8] { (0..<4).map { UInt8(number >> (8 * $0) & 255) } }

    /// A USB device that nobody here can drive, beside the root hub.
    static func stranger(in folder: TemporaryFolder, vendor: String, product: String) throws -> String {
        let path = try nb1010(in: folder, "stranger")
        let text = String(decoding: try readFile("\(path)/device", limit: 1 << 20), as: UTF8.self)
        func swapped(_ id: String) -> String { (String(id.suffix(2)) + String(id.prefix(2))).uppercased() }
        let changed = text.replacing("8D291010", with: swapped(vendor) + swapped(product))
            .replacing("idVendor=298d", with: "idVendor=\(vendor)").replacing(
                "idProduct=1010", with: "idProduct=\(product)"
            )
            .replacing("PRODUCT=298d/1010", with: "PRODUCT=\(vendor)/\(product)")
        _ = unsafe unlink("\(path)/capture.ioctl")
        _ = try folder.write("stranger/device", changed.utf8)
        return path
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789ABCDEF")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    private static func unhex(_ text: String) -> [UInt8] {
        let digits = text.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}

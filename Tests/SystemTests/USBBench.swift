// A bench with USB ports, into which recorded scanners are plugged while a program runs.
import Glibc
import Platform
import Synchronization
import TestSupport
import Testing
import VirtualScanner

/// A program, mostly `scan-probe watch`, with umockdev's USB around it, moved by `tools/usb_bench.py`.
final class USBBench: Sendable {
    private let process: RunningProgram
    private let lines = Mutex<[String]>([])
    let folder: TemporaryFolder

    /// Starts the probe on a machine without scanners, or with some that were there before it.
    convenience init(
        preferred: String? = nil, environment: [String: String] = [:], before: [(folder: String, port: Int)] = []
    ) async throws {
        try self.init(
            of: [program("scan-probe"), "watch"] + [preferred].compactMap(\.self), in: TemporaryFolder(),
            environment: environment)
        for (folder, port) in before { plug(folder, port: port) }
        tell("start")
        _ = try await says("started")
    }

    /// A bench for a program that is yet to be started.
    init(of words: [String], in folder: TemporaryFolder, environment: [String: String] = [:]) throws {
        self.folder = folder
        process = try RunningProgram(
            ["umockdev-wrapper", "/usr/bin/python3", tool("usb_bench.py")] + words,
            environment: [
                "PATH": "/usr/bin:/bin", "BENCH_ERRORS": folder.file("errors"), "SWIFT_BACKTRACE": "enable=no",
                // umockdev's sockets need short paths.
                "TMPDIR": "/tmp",
            ].merging(environment) { $1 }, input: nil)
    }

    /// Gives the bench a command; `> ` before it makes it one for the probe.
    func tell(_ command: String) { process.tell(command) }

    func plug(_ folder: String, port: Int) { tell("plug \(folder) \(port)") }
    func unplug(port: Int) { tell("unplug \(port)") }

    /// All lines so far.
    var diary: [String] {
        lines.withLock { lines in
            while let line = process.nextLine() { lines.append(line) }
            return lines
        }
    }

    /// Waits for a line that begins with a text, after the first `skipping` of all lines, and returns it.
    @discardableResult func says(
        _ start: String, after skipping: Int = 0, within seconds: Int = 20
    ) async throws -> String {
        let deadline = SuspendingClock().now + .seconds(seconds)
        while SuspendingClock().now < deadline {
            if let line = diary.dropFirst(skipping).first(where: { $0.hasPrefix(start) }) { return line }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw RunningProgram.Overdue(description: "the bench does not say '\(start)': \(diary.dropFirst(skipping))")
    }

    /// Waits until the list of scanners is `list`.
    func shows(_ list: String, within seconds: Int = 20) async throws {
        let deadline = SuspendingClock().now + .seconds(seconds)
        let wanted = list.isEmpty ? "scanners" : "scanners \(list)"
        while SuspendingClock().now < deadline {
            if diary.last(where: { $0.hasPrefix("scanners") }) == wanted { return }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw RunningProgram.Overdue(description: "the bench does not show '\(list)': \(diary)")
    }

    /// Takes a picture and returns the line that says how it ended.
    func capture(_ number: Int, seconds: Int = 10, from id: String = "") async throws -> String {
        tell("> capture \(number) \(seconds) \(id)")
        let captured = "captured \(number) "
        let failed = "failed \(number) "
        let deadline = SuspendingClock().now + .seconds(seconds + 5)
        while SuspendingClock().now < deadline {
            if let line = diary.first(where: { $0.hasPrefix(captured) || $0.hasPrefix(failed) }) { return line }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw RunningProgram.Overdue(description: "capture \(number) does not end: \(diary)")
    }

    /// Resident memory in KiB and the number of open files.
    func memory() async throws -> (memory: Int, files: Int) {
        let known = diary.count
        tell("> memory")
        let numbers = try await says("memory", after: known).split(separator: " ").dropFirst().compactMap { Int($0) }
        try #require(numbers.count == 2)
        return (numbers[0], numbers[1])
    }

    /// Ends everything; how the probe ended, 0 for well.
    func end() async throws -> String {
        process.closeInput()
        return try await says("bench ended", within: 40)
    }
}

/// Recordings of scanners, and broken ones made from them.
enum Recorded {
    /// Size and hash of the picture that the probe tells for `nb1010`.
    static func nb1010(in folder: TemporaryFolder, _ name: String = "nb1010", absentPolls: Int = 2) throws -> String {
        let picture = ScannerModel.nb1010.impression(of: SyntheticFinger(seed: 7), 1)
        try Recording.nb1010([picture], absentPolls: absentPolls).write(to: folder.file(name))
        return folder.file(name)
    }

    static func uru4500(in folder: TemporaryFolder, captures: Int) throws -> String {
        let picture = ScannerModel.uru4500.impression(of: SyntheticFinger(seed: 7), 1)
        let steps = (0..<captures).map { _ in Recording.URU4500Step.finger(picture) }
        try Recording.uru4500(steps + [.noFinger]).write(to: folder.file("uru4500"))
        return folder.file("uru4500")
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
        let path = try uru4500(in: folder, captures: 1)
        let capture = try readFile("\(path)/capture.pcapng", limit: 1 << 24)
        var position = 0
        var seen = 0
        // Blocks of pcapng: type, length, content; type 6 is a packet.
        while position < capture.count, seen < packets {
            seen += capture[position] == 6 ? 1 : 0
            position += Int(capture[position + 4]) | Int(capture[position + 5]) << 8 | Int(capture[position + 6]) << 16
        }
        _ = try folder.write("uru4500/capture.pcapng", capture.prefix(position))
        return path
    }

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

// A bench with USB ports, into which recorded scanners are plugged while a program runs.
import Synchronization
import TestSupport
import Testing

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

    /// The conditions of all scanners, with what is wrong with each.
    func explanation() async throws -> String {
        let known = diary.count
        tell("> explain")
        return try await says("explained", after: known)
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

// Scanners that do not work as they should: not there yet, held, broken, garbling, hanging, killed beside.
import FoundationEssentials
import Glibc
import Platform
import TestSupport
import Testing
import VirtualScanner

@Suite(.serialized, .timeLimit(.minutes(10))) struct DeviceFaultTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A bench whose scanners cannot be opened while `denied` exists in the folder, nor claimed while `held` does.
    private func benchWithDoor() async throws -> USBBench {
        let built = try await RunningProgram.run([
            "cc", "-O2", "-shared", "-fPIC", "-o", folder.file("door.so"), tool("closed_door.c"), "-ldl",
        ])
        try #require(built.status == 0, "\(built.errors)")
        return try await USBBench(environment: [
            "BENCH_PRELOAD": folder.file("door.so"), "DENIED_WHILE": folder.file("denied"),
            "HELD_WHILE": folder.file("held"), "RESET_MARK": folder.file("reset"),
        ])
    }

    /// Waits until `explain` tells something, and returns all it tells.
    private func explanation(of bench: USBBench, with text: String) async throws -> String {
        let deadline = SuspendingClock().now + .seconds(20)
        var told = ""
        while !told.contains(text), SuspendingClock().now < deadline { told = try await bench.explanation() }
        return told
    }

    @Test func `F15: a scanner whose node has no group yet is starting, and ready without anybody's help once it has`()
        async throws
    {
        let scanner = try Recorded.nb1010(in: folder)
        let bench = try await benchWithDoor()
        let door = try folder.write("denied", "".utf8)
        bench.plug(scanner, port: 7)
        try await bench.shows("298d-1010-1-7:starting*#1")
        let told = try await explanation(of: bench, with: "attempt: 3")
        #expect(told.contains("starting(attempt: 3"))
        #expect(try await bench.capture(1).hasPrefix("failed 1 scanner-starting"))
        _ = unsafe unlink(door)
        try await bench.shows("298d-1010-1-7:ready*#1")
        #expect(try await bench.capture(2).hasPrefix("captured 2 180x256 "))
        let ended = try await bench.end()
        #expect(ended == "bench ended 0")
    }

    /// That attempts end after 30 s is part of the promise, so this takes that long.
    @Test func `F19: a scanner that never opens is failed with the reason, and one that is plugged in again works`()
        async throws
    {
        let scanner = try Recorded.nb1010(in: folder)
        let bench = try await benchWithDoor()
        let door = try folder.write("denied", "".utf8)
        for _ in 0..<50 {
            bench.plug(scanner, port: 7)
            bench.tell("wait 0.02")
            bench.unplug(port: 7)
        }
        bench.plug(scanner, port: 7)
        try await bench.says("scanners 298d-1010-1-7:failed*", within: 90)
        #expect(try await bench.explanation().contains("the scanner cannot be opened: "))
        #expect(try await bench.capture(1).hasPrefix("failed 1 scanner-unusable"))
        bench.unplug(port: 7)
        try await bench.shows("")
        _ = unsafe unlink(door)
        let known = bench.diary.count
        bench.plug(scanner, port: 7)
        try await bench.says("scanners 298d-1010-1-7:ready*", after: known)
        #expect(try await bench.capture(2).hasPrefix("captured 2 180x256 "))
        let ended = try await bench.end()
        #expect(ended == "bench ended 0")
    }

    @Test func `F21: a scanner that another program holds names the holder, and is used when that lets go`()
        async throws
    {
        let scanner = try Recorded.nb1010(in: folder)
        let bench = try await benchWithDoor()
        let door = try folder.write("held", "".utf8)
        bench.plug(scanner, port: 7)
        bench.tell("hold 7")
        try await bench.shows("298d-1010-1-7:starting*#1")
        let told = try await explanation(of: bench, with: "held by sleep (pid ")
        #expect(told.contains("held by sleep (pid "))
        #expect(try await bench.capture(1).hasPrefix("failed 1 scanner-starting"))
        bench.tell("release")
        _ = unsafe unlink(door)
        try await bench.shows("298d-1010-1-7:ready*#1")
        #expect(try await bench.capture(2).hasPrefix("captured 2 180x256 "))
        let ended = try await bench.end()
        #expect(ended == "bench ended 0")
    }

    /// As in the installed service, which may not see what programs of other users have open.
    @Test func `F21: a scanner whose holder cannot be seen is told as held, and its work is not ended by a reset`()
        async throws
    {
        let scanner = try Recorded.nb1010(in: folder)
        let bench = try await benchWithDoor()
        let door = try folder.write("held", "".utf8)
        bench.plug(scanner, port: 7)
        // A reset, which helps a scanner that hangs, would come after the third attempt.
        let told = try await explanation(of: bench, with: "attempt: 5")
        #expect(told.contains("attempt: 5") && told.contains("; held by another program"))
        #expect(!FileManager.default.fileExists(atPath: folder.file("reset")))
        _ = unsafe unlink(door)
        try await bench.shows("298d-1010-1-7:ready*#1")
        #expect(try await bench.capture(1).hasPrefix("captured 1 180x256 "))
        let ended = try await bench.end()
        #expect(ended == "bench ended 0")
    }

    @Test func `F22: killed in mid-transfer and started again it captures`() async throws {
        let (idle, scanner) = (
            try Recorded.nb1010(in: folder, "idle", absentPolls: 400), try Recorded.nb1010(in: folder)
        )
        let bench = try await USBBench(before: [(idle, 7)])
        try await bench.shows("298d-1010-1-7:ready*#1")
        for number in 1...3 {
            bench.tell("> capture \(number) 10")
            try await bench.says("event \(number) putFinger")
            let known = bench.diary.count
            bench.tell("kill")
            bench.tell("start")
            try await bench.says("started", after: known)
            try await bench.says("scanners 298d-1010-1-7:ready*#1", after: known)
        }
        // What is left of a picture is still in the scanner: the first answers belong to questions of the dead program.
        let stale = try Recorded.brokenNB1010(in: folder, "stale") { number, bytes in
            number < 3 ? [UInt8](repeating: 0x21, count: 540) : bytes
        }
        bench.unplug(port: 7)
        try await bench.shows("")
        bench.plug(stale, port: 7)
        try await bench.shows("298d-1010-1-7:ready*#2")
        let told = try await bench.capture(8, seconds: 3)
        #expect(told.hasPrefix("captured") || told.contains(" scanner-error ") || told.contains(" capture-timed-out "))
        bench.unplug(port: 7)
        try await bench.shows("")
        bench.plug(scanner, port: 7)
        try await bench.shows("298d-1010-1-7:ready*#3")
        #expect(try await bench.capture(9).hasPrefix("captured 9 180x256 "))
        let ended = try await bench.end()
        #expect(ended == "bench ended 0")
    }

    enum Damage: CaseIterable {
        case garbage, cutShort
    }

    /// Answers of a capture, in their order: status, awake, status, challenge, finger on, picture.
    @Test(arguments: Damage.allCases, [0, 2, 4])
    func `F23: a U.are.U 4500 that garbles any one of its answers harms one capture only`(
        damage: Damage, first: Int
    ) async throws {
        let good = try Recorded.uru4500(in: folder, captures: 1)
        let bench = try await USBBench()
        var random = SystemRandomNumberGenerator()
        // umockdev plays three recordings of this kind, and no fourth.
        for (index, answer) in [first, first + 1].enumerated() {
            let broken = try Recorded.brokenURU4500(in: folder, "broken\(answer)", device: 51 + answer) {
                number, bytes in
                guard number == answer else { return bytes }
                return switch damage {
                case .garbage: bytes.map { _ in .random(in: 0...255, using: &random) }
                case .cutShort: Array(bytes.prefix(max(1, bytes.count / 3)))
                }
            }
            bench.plug(broken, port: 8)
            try await bench.shows("05ba-000a-1-8:ready*#\(index + 1)")
            let told = try await bench.capture(answer, seconds: 1)
            #expect(
                told.hasPrefix("captured") || told.contains(" scanner-error ") || told.contains(" capture-timed-out "))
            bench.unplug(port: 8)
            try await bench.shows("", within: 30)
        }
        bench.plug(good, port: 8)
        try await bench.shows("05ba-000a-1-8:ready*#3")
        #expect(try await bench.capture(8).hasPrefix("captured 8 384x290 "))
        let ended = try await bench.end()
        #expect(ended == "bench ended 0")
    }

    /// uru4000 cannot be used again after that: it would abort the process (an assertion in its `start_irq_handler`).
    @Test func `F24: a U.are.U 4500 that falls silent while it wakes up is failed until it is plugged in again`()
        async throws
    {
        let silent = try Recorded.silentURU4500(in: folder, after: 6)
        let good = try Recorded.uru4500(in: folder, "good", captures: 1)
        let bench = try await USBBench()
        bench.plug(silent, port: 8)
        try await bench.shows("05ba-000a-1-8:ready*#1")
        #expect(try await bench.capture(1, seconds: 1).hasPrefix("failed 1 capture-timed-out"))
        try await bench.shows("05ba-000a-1-8:failed*#1", within: 30)
        #expect(try await bench.capture(2).hasSuffix("the scanner does not wake up: plug it in again"))
        bench.unplug(port: 8)
        try await bench.shows("")
        bench.plug(good, port: 8)
        try await bench.shows("05ba-000a-1-8:ready*#2")
        #expect(try await bench.capture(3).hasPrefix("captured 3 384x290 "))
        let ended = try await bench.end()
        #expect(ended == "bench ended 0")
    }
}

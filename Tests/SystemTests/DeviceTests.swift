// A scanner's dangerous life, on simulated USB: plugged, pulled, doubled, garbled, silent.
import Platform
import TestSupport
import Testing
import VirtualScanner

@Suite(.serialized, .timeLimit(.minutes(15))) struct DeviceTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func `A scanner that is plugged in is used, pulled it is gone, and back again it is another generation`()
        async throws
    {
        let scanner = try Recorded.nb1010(in: folder)
        let bench = try await USBBench()
        bench.plug(scanner, port: 7)
        try await bench.shows("298d-1010-1-7:ready*#1")
        #expect(try await bench.capture(1).hasPrefix("captured 1 180x256 "))
        bench.unplug(port: 7)
        try await bench.shows("")
        #expect(try await bench.capture(2).hasPrefix("failed 2 scanner-absent"))
        bench.plug(scanner, port: 7)
        try await bench.shows("298d-1010-1-7:ready*#2")
        #expect(try await bench.capture(3).hasPrefix("captured 3 180x256 "))
        let ended = try await bench.end()
        #expect(ended == "bench ended 0")
    }

    @Test func `A scanner that is there before the daemon is found at its start`() async throws {
        let scanner = try Recorded.nb1010(in: folder)
        let bench = try await USBBench(before: [(scanner, 7)])
        try await bench.shows("298d-1010-1-7:ready*#1")
        let ended = try await bench.end()
        #expect(ended == "bench ended 0")
    }

    @Test func `A second scanner is listed and can be asked for, and takes over when the first is pulled`() async throws
    {
        let (first, second) = (try Recorded.nb1010(in: folder), try Recorded.uru4500(in: folder, captures: 2))
        let bench = try await USBBench()
        bench.plug(first, port: 7)
        try await bench.shows("298d-1010-1-7:ready*#1")
        bench.plug(second, port: 8)
        try await bench.shows("298d-1010-1-7:ready*#1 05ba-000a-1-8:unused#2")
        #expect(try await bench.capture(1, from: "05ba-000a-1-8").hasPrefix("captured 1 384x290 "))
        #expect(try await bench.capture(2).hasPrefix("captured 2 180x256 "))
        #expect(try await bench.capture(3, from: "05ba-000a-1-9").hasPrefix("failed 3 scanner-absent"))
        bench.unplug(port: 7)
        try await bench.shows("05ba-000a-1-8:ready*#2")
        #expect(try await bench.capture(4).hasPrefix("captured 4 384x290 "))
        let ended = try await bench.end()
        #expect(ended == "bench ended 0")
    }

    @Test func `Of two scanners of the same model the preferred one is used, and only that one`() async throws {
        let scanner = try Recorded.nb1010(in: folder)
        let bench = try await USBBench(preferred: "298d-1010-1-9")
        bench.plug(scanner, port: 7)
        try await bench.shows("298d-1010-1-7:unused#1")
        #expect(try await bench.capture(1).hasPrefix("failed 1 scanner-absent"))
        bench.plug(scanner, port: 9)
        try await bench.shows("298d-1010-1-7:unused#1 298d-1010-1-9:ready*#2")
        #expect(try await bench.capture(2).hasPrefix("captured 2 180x256 "))
        bench.unplug(port: 9)
        try await bench.shows("298d-1010-1-7:unused#1")
        let ended = try await bench.end()
        #expect(ended == "bench ended 0")
    }

    @Test func `A known scanner without an open driver is named, with what can be done`() async throws {
        let scanner = try Recorded.stranger(in: folder, vendor: "2c0f", product: "1005")
        let bench = try await USBBench()
        bench.plug(scanner, port: 5)
        try await bench.shows("2c0f-1005-1-5:unsupported#1")
        let told = try await bench.capture(1)
        #expect(told.hasPrefix("failed 1 scanner-unusable"))
        #expect(
            told.hasSuffix(
                "Mantra MFS100 (2c0f:1005) cannot be used: no open driver: run the maker's RD service for it, "
                    + "or use a DigitalPersona U.are.U 4500"))
        bench.unplug(port: 5)
        try await bench.shows("")
        let ended = try await bench.end()
        #expect(ended == "bench ended 0")
    }

    @Test func `A scanner that this libfprint does not drive is not left out silently`() async throws {
        let scanner = try Recorded.nb1010(in: folder)
        let bench = try await USBBench(environment: ["FP_DRIVERS_WHITELIST": "uru4000"])
        bench.plug(scanner, port: 7)
        try await bench.shows("298d-1010-1-7:unsupported#1")
        #expect(try await bench.capture(1).hasSuffix("the installed libfprint does not drive it"))
        let ended = try await bench.end()
        #expect(ended == "bench ended 0")
    }

    @Test func `Pulled in mid-capture it answers at once, every time`() async throws {
        let scanner = try Recorded.nb1010(in: folder, absentPolls: 400)
        let bench = try await USBBench()
        for number in 1...5 {
            bench.plug(scanner, port: 7)
            try await bench.shows("298d-1010-1-7:ready*#\(number)")
            let known = bench.diary.count
            bench.tell("> capture \(number) 10")
            try await bench.says("event \(number) putFinger", after: known)
            bench.unplug(port: 7)
            try await bench.says("bench done unplug", after: known)
            let told = try await bench.says("failed \(number)", after: known)
            #expect(told.hasPrefix("failed \(number) scanner-removed"))
            try await bench.shows("")
        }
        let ended = try await bench.end()
        #expect(ended == "bench ended 0")
    }

    /// `make soak` does it 1000 times, around the whole daemon.
    @Test func `Plugging and pulling leaves neither memory nor files behind`() async throws {
        let cycles = 50
        let scanner = try Recorded.nb1010(in: folder)
        let bench = try await USBBench()
        func pull(cycles: ClosedRange<Int>) async throws -> (memory: Int, files: Int) {
            for cycle in cycles {
                bench.plug(scanner, port: 7)
                // Every fourth one long enough to be opened, the others pulled somewhere on the way.
                bench.tell("wait \(cycle % 4 == 0 ? 0.5 : Double(cycle % 7) * 0.03)")
                bench.unplug(port: 7)
            }
            bench.tell("mark \(cycles.upperBound)")
            try await bench.says("bench unknown mark \(cycles.upperBound)", within: 60 + cycles.count)
            // One that is pulled at once may never have been seen, so it has no generation.
            let known = bench.diary.count
            bench.plug(scanner, port: 7)
            try await bench.says("scanners 298d-1010-1-7:ready*", after: known)
            let memory = try await bench.memory()
            bench.unplug(port: 7)
            return memory
        }
        let early = try await pull(cycles: 1...20)
        let late = try await pull(cycles: 21...cycles)
        say(
            "after 20 cycles: \(early.memory) KiB, \(early.files) files; after \(cycles): \(late.memory) KiB, \(late.files) files"
        )
        // What comes and goes with the threads of the moment is a handful.
        #expect(late.files <= early.files + 4)
        #expect(late.memory < early.memory + 2048)
        let ended = try await bench.end()
        #expect(ended == "bench ended 0")
    }

    @Test func `Garbage on USB gives a picture or an error, never a crash, and the next scanner works`() async throws {
        let good = try Recorded.nb1010(in: folder)
        let bench = try await USBBench()
        var random = SystemRandomNumberGenerator()
        for round in 1...4 {
            let broken = try Recorded.brokenNB1010(in: folder, "broken\(round)") { _, bytes in
                Int.random(in: 0..<5, using: &random) > 0
                    ? bytes : bytes.map { _ in .random(in: 0...255, using: &random) }
            }
            bench.plug(broken, port: 7)
            try await bench.shows("298d-1010-1-7:ready*#\(round)")
            let told = try await bench.capture(round, seconds: 2)
            #expect(
                told.hasPrefix("captured") || told.contains(" scanner-error ") || told.contains(" capture-timed-out "))
            bench.unplug(port: 7)
            try await bench.shows("", within: 30)
        }
        bench.plug(good, port: 7)
        try await bench.shows("298d-1010-1-7:ready*#5")
        #expect(try await bench.capture(5).hasPrefix("captured 5 180x256 "))
        let ended = try await bench.end()
        #expect(ended == "bench ended 0")
    }

    @Test func `Short answers are errors of the scanner, and after two of them it is brought back`() async throws {
        let broken = try Recorded.brokenNB1010(in: folder, "broken") { number, bytes in
            number == 40 ? Array(bytes.prefix(29)) : bytes
        }
        let bench = try await USBBench()
        bench.plug(broken, port: 7)
        try await bench.shows("298d-1010-1-7:ready*#1")
        #expect(try await bench.capture(1).contains("scanner-error"))
        let known = bench.diary.count
        #expect(try await bench.capture(2).contains("scanner-error"))
        try await bench.says("scanners 298d-1010-1-7:recovering*#1", after: known)
        try await bench.shows("298d-1010-1-7:ready*#1")
        let ended = try await bench.end()
        #expect(ended == "bench ended 0")
    }

    @Test func `A USB call that never returns costs the capture its time, not the daemon its life`() async throws {
        // The recording ends in the middle of a control transfer, which then cannot even be cancelled.
        let silent = try Recorded.silentURU4500(in: folder, after: 18)
        let good = try Recorded.nb1010(in: folder)
        let bench = try await USBBench()
        bench.plug(silent, port: 8)
        try await bench.shows("05ba-000a-1-8:ready*#1")
        #expect(try await bench.capture(1, seconds: 1).hasPrefix("failed 1 capture-timed-out"))
        try await bench.shows("05ba-000a-1-8:recovering*#1")
        try await bench.shows("05ba-000a-1-8:failed*#1", within: 30)
        #expect(try await bench.capture(2).hasSuffix("the scanner hangs, also after a reset"))
        // Another one takes its place.
        bench.plug(good, port: 7)
        try await bench.shows("05ba-000a-1-8:failed#1 298d-1010-1-7:ready*#2")
        #expect(try await bench.capture(3).hasPrefix("captured 3 180x256 "))
        let ended = try await bench.end()
        #expect(ended == "bench ended 0")
    }
}

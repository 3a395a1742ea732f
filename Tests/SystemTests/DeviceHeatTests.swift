// Many captures in a row, past the point at which libfprint calls the scanner too hot.
import Glibc
import Platform
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(10))) struct DeviceHeatTests {
    /// libfprint allows 180 s of activity and cools down in some 205 s; its clock runs 40 times as fast here.
    ///
    /// `PIDD_CAPTURES=200` makes it the long run.
    @Test func `Captures go on past the heat limit, with rests that are told as such`() async throws {
        let wanted = unsafe getenv("PIDD_CAPTURES").flatMap { unsafe Int(String(cString: $0)) } ?? 25
        let folder = try TemporaryFolder()
        let built = try await RunningProgram.run([
            "cc", "-O2", "-shared", "-fPIC", "-o", folder.file("haste.so"), tool("haste.c"), "-ldl",
        ])
        try #require(built.status == 0, "\(built.errors)")
        let scanner = try Recorded.nb1010(in: folder, absentPolls: 6)
        // Without emulation: in emulated devices libfprint's temperature model is off.
        let bench = try await USBBench(environment: [
            "BENCH_PRELOAD": folder.file("haste.so"), "HASTE": "40", "FP_DEVICE_EMULATION": "0",
        ])
        bench.plug(scanner, port: 7)
        try await bench.shows("298d-1010-1-7:ready*#1")
        let start = SuspendingClock().now
        var (taken, rests, refusals, number) = (0, 0, 0, 0)
        var isResting = false
        while taken < wanted {
            number += 1
            let told = try await bench.capture(number)
            if told.hasPrefix("captured") {
                (taken, isResting) = (taken + 1, false)
                continue
            }
            try #require(told.contains(" scanner-too-hot "), "\(told)")
            try await bench.shows("298d-1010-1-7:cooling*#1")
            if !isResting { rests += 1 }
            refusals += 1
            isResting = true
            // libfprint's timer sleeps by the true clock; being asked wakes it.
            try await Task.sleep(for: .milliseconds(300))
        }
        let seconds = Int((SuspendingClock().now - start) / .seconds(1))
        say(
            "\(taken) captures in \(seconds) s, with \(rests) rests, in which \(refusals) captures were refused as too hot"
        )
        #expect(rests > 0)
        let ended = try await bench.end()
        #expect(ended == "bench ended 0")
    }
}

// The machine's sleep, announced by a stand-in for systemd-logind on a bus of its own.
import Glibc
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(1))) struct DeviceSleepTests {
    /// A bus with logind on it.
    private struct Bus {
        let daemon: RunningProgram
        let logind: RunningProgram
        let address: String

        init() async throws {
            daemon = try RunningProgram(["dbus-daemon", "--session", "--nofork", "--print-address=1"], input: nil)
            address = try await daemon.line()
            logind = try RunningProgram(
                ["/usr/bin/python3", tool("logind.py")],
                environment: ["DBUS_SYSTEM_BUS_ADDRESS": address, "PATH": "/usr/bin:/bin"], input: nil)
            try #require(await logind.line() == "ready")
        }
    }

    @Test func `Before a sleep the scanner is closed and the sleep let go, after it the scanner is a new generation`()
        async throws
    {
        let folder = try TemporaryFolder()
        let scanner = try Recorded.nb1010(in: folder, absentPolls: 400)
        let bus = try await Bus()
        let bench = try await USBBench(environment: ["DBUS_SYSTEM_BUS_ADDRESS": bus.address])
        #expect(try await bus.logind.line() == "inhibited")
        bench.plug(scanner, port: 7)
        try await bench.shows("298d-1010-1-7:ready*#1")
        bench.tell("> capture 1 20")
        try await bench.says("event 1 putFinger")
        bus.logind.tell("sleep")
        #expect(try await bench.says("failed 1").hasPrefix("failed 1 scanner-replaced"))
        #expect(try await bus.logind.line() == "released")
        try await bench.shows("298d-1010-1-7:starting*#1")
        #expect(try await bench.capture(2).hasPrefix("failed 2 scanner-starting"))
        bus.logind.tell("wake")
        try await bench.shows("298d-1010-1-7:ready*#2")
        #expect(try await bus.logind.line() == "inhibited")
        // A bus that ends takes nothing with it.
        bus.daemon.send(signal: SIGKILL)
        #expect(try await bench.capture(3, seconds: 1).hasPrefix("failed 3 capture-timed-out"))
        try await bench.shows("298d-1010-1-7:ready*#2")
        let ended = try await bench.end()
        #expect(ended == "bench ended 0")
    }
}

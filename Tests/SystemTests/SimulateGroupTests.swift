// Stop signals to everything at once, as a terminal, a shell's job control or a service manager send them.
import Glibc
import TestSupport
import Testing

@Suite(.serialized) struct SimulateGroupTests {
    /// The signals come twice, like from somebody in a hurry.
    @Test(arguments: [SIGTERM, SIGINT])
    func `a signal to the whole group after a capture ends pidd cleanly under pidd-simulate`(signal: Int32) async throws
    {
        for _ in 0..<3 {
            let pidd = try await Pidd(.recorded(["nb1010", "--finger", "7"]))
            #expect(try await pidd.capture(pidOptions()).attribute("errCode") == "0")
            #expect(killpg(pidd.process.processID, signal) == 0)
            killpg(pidd.process.processID, signal)
            let ended = try await pidd.process.wait(within: .seconds(10))
            #expect(ended.status == 0, "\(pidd.diary)")
            #expect(ended.errors.contains("\nstopped\n"))
            #expect(!ended.errors.contains("ioctl socket"))
        }
    }

    @Test func `repeated signals to pidd-simulate alone end pidd cleanly too`() async throws {
        let pidd = try await Pidd(.recorded(["nb1010", "--finger", "7"]))
        #expect(try await pidd.capture(pidOptions()).attribute("errCode") == "0")
        for _ in 0..<3 { pidd.process.send(signal: SIGTERM) }
        let ended = try await pidd.process.wait(within: .seconds(10))
        #expect(ended.status == 0, "\(pidd.diary)")
        #expect(ended.errors.contains("\nstopped\n"))
    }

    @Test func `a Ctrl-C in a terminal ends pidd cleanly, which was in the foreground`() async throws {
        let folder = try TemporaryFolder()
        let state = folder.file("state")
        let made = try await RunningProgram.run([program("pidd"), "provision", "--test", "--state", state])
        try #require(made.status == 0, "\(made.errors)")
        let typed = try await RunningProgram.run([
            "/usr/bin/python3", tool("ctrl_c.py"), folder.file("socket"), program("pidd-simulate"), "run", "nb1010",
            "--finger", "7", "--", program("pidd"), "serve", "--socket", folder.file("socket"), "--state", state,
        ])
        #expect(typed.status == 0, "\(typed.output)\(typed.errors)")
        #expect(typed.output.contains("stopped"))
    }
}

// The real client while the real daemon is started again under it, as an upgrade does.
import FoundationEssentials
import Glibc
import Platform
import TestSupport
import Testing
import VirtualScanner

@Suite(.serialized, .timeLimit(.minutes(2))) struct ClientRestartTests {
    /// Starts a second daemon where the first one was.
    private func restart(_ pidd: Pidd) throws -> RunningProgram {
        try RunningProgram(
            [
                program("pidd"), "serve", "--socket", pidd.socket, "--state", pidd.state, "--allow-virtual-scanner",
            ], environment: ["FP_VIRTUAL_IMAGE": pidd.glass, "FP_DRIVERS_WHITELIST": "virtual_image"])
    }

    @Test(arguments: [SIGTERM, SIGKILL])
    func `a capture outlives the daemon that it began with`(signal: Int32) async throws {
        let pidd = try await Pidd(.virtual)
        let client = try RunningProgram(pidd.client(["capture", "--progress", "--timeout", "60s"]))
        try await pidd.waitUntil(desk: "leased")
        pidd.process.send(signal: signal)
        _ = try await pidd.process.wait()
        let second = try restart(pidd)
        try await client.wait(for: "second prompt") {
            client.errors.split(separator: "\n").count { $0.hasPrefix("Place your finger") } == 2
        }
        try await VirtualFinger(socketPath: pidd.glass).show(goodPicture())
        let ended = try await client.wait()
        #expect(ended.status == 0, "\(ended.errors) \(second.errors)")
        #expect(try await pidd.judge(ended.output).status == 0)
    }

    @Test func `a daemon that does not come back is waited for as long as was allowed`() async throws {
        let pidd = try await Pidd(.virtual)
        let client = try RunningProgram(pidd.client(["capture", "--wait", "1s", "--json"]))
        try await pidd.waitUntil(desk: "leased")
        pidd.process.send(signal: SIGKILL)
        let ended = try await client.wait()
        #expect(ended.status == 75, "\(ended.errors)")
        #expect(ended.errors.contains("pidd went away during the capture"))
    }

    @Test func `--color decides where NO_COLOR only advises`() async throws {
        let pidd = try await Pidd(.virtual)
        for (color, isColored) in [("always", true), ("never", false)] {
            let client = try pidd.clientAtTerminal(
                ["capture", "--color", color], environment: ["NO_COLOR": isColored ? "1" : ""])
            try await client.wait(for: "prompt") { client.errors.contains("Place your finger") }
            client.send(signal: SIGINT)
            let ended = try await client.wait()
            #expect(ended.status == 130)
            #expect(ended.errors.contains("\u{1b}[1m") == isColored, "\(ended.errors.debugDescription)")
        }
    }
}

// What a person at a real terminal reads while ekyc-client captures through a real pidd.
import Biometrics
import FoundationEssentials
import Glibc
import Platform
import TestSupport
import Testing
import VirtualScanner

/// A picture that is good enough for a capture.
func goodPicture() -> FingerImage { SyntheticFinger(seed: 3).impression(1, width: 388, height: 374, ppi: 500) }

extension Pidd {
    /// The command line of ekyc-client with this pidd's socket.
    func client(_ words: [String]) throws -> [String] { [try program("ekyc-client")] + words + ["--socket", socket] }

    /// Starts ekyc-client with a terminal of 80 columns as its standard error.
    func clientAtTerminal(_ words: [String], environment: [String: String] = [:]) throws -> RunningProgram {
        try RunningProgram(
            ["/usr/bin/python3", tool("terminal.py"), "80"] + client(words),
            environment: ["TERM": "xterm", "NO_COLOR": ""].merging(environment) { $1 })
    }

    /// Waits until the desk is in a state, such as `leased`.
    func waitUntil(desk state: String) async throws {
        let deadline = SuspendingClock().now + .seconds(20)
        while SuspendingClock().now < deadline {
            if try await deskState() == state { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw RunningProgram.Overdue(description: "the desk is not \(state)")
    }

    /// The state of the desk as `/v1/status` has it.
    func deskState() async throws -> String {
        struct Status: Decodable {
            struct Desk: Decodable { let state: String }
            let desk: Desk
        }
        let body = try await request("GET", "/v1/status").body
        return try JSONDecoder().decode(Status.self, from: Data(body.utf8)).desk.state
    }
}

@Suite(.serialized, .timeLimit(.minutes(2))) struct ClientPromptTests {
    @Test func `a person is led through a capture on one line`() async throws {
        let pidd = try await Pidd(.virtual)
        let client = try pidd.clientAtTerminal(["capture"])
        try await client.wait(for: "prompt") { client.errors.contains("Place your finger on the scanner") }
        try await client.wait(for: "countdown") { client.errors.contains("(29 s left)") }
        let finger = try await VirtualFinger(socketPath: pidd.glass)
        try await finger.retry(.tooShort)
        try await client.wait(for: "hint") { client.errors.contains("Too short") }
        try await Task.sleep(for: .milliseconds(300))
        try await finger.setAutomatic(false)
        try await finger.setPresent(true)
        try await client.wait(for: "hold") { client.errors.contains("Hold still") }
        try await finger.show(goodPicture())
        try await finger.setPresent(false)
        let ended = try await client.wait()
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.output.contains("errCode=\"0\""))
        // One line: everything before the last is overwritten, and the line is empty before the result stands there.
        let screen = ended.errors
        #expect(screen.filter { $0 == "\n" }.count == 1)
        #expect(screen.contains("\r\u{1b}[KCaptured: "))
        #expect(screen.hasSuffix("\n"))
        #expect(screen.contains("\u{1b}[33mToo short"))
        #expect(try await pidd.judge(ended.output).status == 0)
    }

    @Test func `a simple terminal gets a line for each step and no control characters`() async throws {
        let pidd = try await Pidd(.virtual)
        let client = try pidd.clientAtTerminal(["capture"], environment: ["TERM": "dumb"])
        try await client.wait(for: "prompt") { client.errors.contains("Place your finger on the scanner\n") }
        try await VirtualFinger(socketPath: pidd.glass).show(goodPicture())
        let ended = try await client.wait()
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.errors.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 32 })
        #expect(ended.errors.split(separator: "\n").filter { $0.hasPrefix("Place your finger") }.count == 1)
    }

    @Test func `NO_COLOR takes the color and leaves the line`() async throws {
        let pidd = try await Pidd(.virtual)
        let client = try pidd.clientAtTerminal(["capture"], environment: ["NO_COLOR": "1"])
        try await client.wait(for: "prompt") { client.errors.contains("\rPlace your finger on the scanner (") }
        client.send(signal: SIGINT)
        let ended = try await client.wait()
        #expect(ended.status == 130)
        #expect(!ended.errors.contains("\u{1b}[1m"))
        #expect(ended.errors.contains("\r\u{1b}[Kekyc-client: "))
    }

    @Test func `nobody reads prompts who is quiet or has no terminal, and who asks for them does`() async throws {
        let pidd = try await Pidd(.virtual)
        for words in [["capture", "-q", "--timeout", "1500ms"], ["capture", "--timeout", "1500ms"]] {
            let client = try words.contains("-q") ? pidd.clientAtTerminal(words) : RunningProgram(pidd.client(words))
            let ended = try await client.wait()
            #expect(ended.status == 124)
            #expect(ended.errors.hasPrefix("ekyc-client: ") && ended.errors.filter { $0 == "\n" }.count == 1)
        }
        let asked = try await RunningProgram.run(pidd.client(["capture", "--progress", "--timeout", "1500ms"]))
        #expect(asked.errors.contains("Place your finger on the scanner\n"))
    }

    @Test func `a terminal that takes nothing holds no capture up`() async throws {
        let pidd = try await Pidd(.virtual)
        let client = try pidd.clientAtTerminal(["capture"], environment: ["TERMINAL_STOPPED": "1"])
        try await pidd.waitUntil(desk: "leased")
        try await Task.sleep(for: .seconds(1))
        try await VirtualFinger(socketPath: pidd.glass).show(goodPicture())
        let ended = try await client.wait(within: .seconds(15))
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.output.contains("errCode=\"0\""))
    }

    @Test func `who waits in line reads the place and who has the scanner`() async throws {
        let pidd = try await Pidd(.virtual)
        let first = try RunningProgram(pidd.client(["capture", "--timeout", "60s"]))
        try await pidd.waitUntil(desk: "leased")
        let second = try pidd.clientAtTerminal(["capture", "--wait", "30s"])
        try await second.wait(for: "line") { second.errors.contains("Next in line; the scanner is with ekyc-client") }
        let third = try pidd.clientAtTerminal(["capture", "--wait", "30s"])
        try await third.wait(for: "line") { third.errors.contains("Number 2 in line") }
        first.send(signal: SIGTERM)
        #expect(try await first.wait().status == 143)
        try await second.wait(for: "turn") { second.errors.contains("Place your finger on the scanner") }
        try await third.wait(for: "place") { third.errors.contains("Next in line") }
        try await VirtualFinger(socketPath: pidd.glass).show(goodPicture())
        #expect(try await second.wait().status == 0)
        third.send(signal: SIGINT)
        #expect(try await third.wait().status == 130)
    }

    @Test func `a user whom the rules tell no events can still capture and is told to place a finger`() async throws {
        let folder = try TemporaryFolder()
        let (state, socket, glass) = (folder.file("state"), folder.file("s"), folder.file("glass"))
        let provision = [try program("pidd"), "provision", "--test", "--state", state, "--stand-in", folder.file("i")]
        #expect(try await RunningProgram.run(provision).status == 0)
        let config = try folder.write("pidd.conf", "[access]\ninfo = daemon\ncapture = *\n".utf8)
        let pidd = try RunningProgram(
            [program("pidd"), "serve", "--socket", socket, "--state", state, "-c", config, "--allow-virtual-scanner"],
            environment: ["FP_VIRTUAL_IMAGE": glass, "FP_DRIVERS_WHITELIST": "virtual_image"])
        try await pidd.wait(for: "scanner") { unsafe access(glass, F_OK) == 0 }
        let status = try await RunningProgram.run([program("ekyc-client"), "status", "--socket", socket])
        #expect(status.status == 77)
        #expect(status.errors.contains("may not use operation info, which is for daemon; let an administrator add"))
        let client = try RunningProgram(
            ["/usr/bin/python3", tool("terminal.py"), "80", program("ekyc-client"), "capture", "--socket", socket],
            environment: ["TERM": "xterm"])
        try await client.wait(for: "prompt") { client.errors.contains("Place your finger on the scanner") }
        try await VirtualFinger(socketPath: glass).show(goodPicture())
        #expect(try await client.wait().status == 0)
    }
}

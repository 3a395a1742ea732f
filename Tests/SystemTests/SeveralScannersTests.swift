// Several scanners on one pidd: each has a line of its own, and requests say which one they mean.
import FoundationEssentials
import Platform
import TestSupport
import Testing
import VirtualScanner

/// A pidd with simulated scanners on its USB ports: an NB-1010-U and, where wanted, a U.are.U 4500.
private final class BenchedPidd: Sendable {
    static let first = "298d-1010-1-7"
    static let second = "05ba-000a-1-8"

    let bench: USBBench
    var socket: String { bench.folder.file("pidd.sock") }

    /// `default` goes into the settings; `absentPolls` is how often the NB-1010-U says that no finger is there, some 50 ms each.
    init(absentPolls: Int = 2, default: String = BenchedPidd.first) async throws {
        let folder = try TemporaryFolder()
        let state = folder.file("state")
        let made = try await RunningProgram.run([program("pidd"), "provision", "--test", "--state", state])
        try #require(made.status == 0, "\(made.errors)")
        let socket = folder.file("pidd.sock")
        let config = try folder.write("pidd.conf", "[scanner]\nid = \(`default`)\n".utf8)
        bench = try USBBench(
            of: [program("pidd"), "serve", "--config", config, "--socket", socket, "--state", state], in: folder)
        bench.plug(try Recorded.nb1010(in: folder, absentPolls: absentPolls), port: 7)
        bench.plug(try Recorded.uru4500(in: folder, captures: 2), port: 8)
        bench.tell("start")
        try await waitUntil { $0.contains("\"state\":\"ready\"") }
    }

    /// Stops pidd; how it ended.
    func end() async throws -> String {
        bench.tell("stop")
        return try await bench.end()
    }

    /// Waits until the state of pidd is as wanted, and returns it.
    @discardableResult func waitUntil(_ isWanted: (String) -> Bool) async throws -> String {
        let deadline = SuspendingClock().now + .seconds(30)
        var last = ""
        while SuspendingClock().now < deadline {
            last = try await curl(["http://localhost/v1/status"])
            if isWanted(last) { return last }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw RunningProgram.Overdue(description: "pidd is not as wanted: \(last)")
    }

    func curl(_ words: [String]) async throws -> String {
        try await RunningProgram.run(["curl", "--silent", "--max-time", "30", "--unix-socket", socket] + words).output
    }

    func capture(_ json: String) async throws -> String {
        try await curl(["--json", json, "http://localhost/v1/captures"])
    }

    func client(_ words: [String]) async throws -> RunningProgram.Ending {
        try await RunningProgram.run([program("ekyc-client")] + words + ["--socket", socket])
    }
}

@Suite(.serialized, .timeLimit(.minutes(10))) struct SeveralScannersTests {
    @Test func `captures on two scanners go on at the same time, each with its own line`() async throws {
        // No finger for a minute: the first scanner is in use as long as the test needs.
        let pidd = try await BenchedPidd(absentPolls: 1200)
        let (first, second) = (BenchedPidd.first, BenchedPidd.second)
        let status = try await pidd.waitUntil { $0.contains(second) }
        #expect(status.contains("\"default\":true") && status.contains("\"state\":\"unused\""))

        async let slow = pidd.capture("{\"timeout_ms\":60000,\"device\":\"\(first)\"}")
        try await pidd.waitUntil { $0.contains("\"device\":\"\(first)\",\"holder\":{") }
        let fast = try await pidd.client(["capture", "--device", second, "-o", "/dev/null", "--request-id", "fast"])
        #expect(fast.status == 0, "\(fast.errors)")
        let seen = try await pidd.waitUntil { $0.contains("\"device\":\"\(first)\",\"holder\":{") }
        #expect(seen.contains("\"succeeded\":1"))

        // Who names none gets the default one, which is in use.
        let busy = try await pidd.client(["capture", "--no-wait"])
        #expect(busy.status == 75, "\(busy.errors)")
        let screen = try await pidd.client(["status"])
        #expect(screen.output.contains("(\(second))") && screen.output.contains(" at \(first), for"))

        // Pulling one does not concern the other.
        pidd.bench.unplug(port: 8)
        try await pidd.waitUntil { !$0.contains("\"id\":\"\(second)\"") }
        pidd.bench.unplug(port: 7)
        let lost = try await slow
        #expect(lost.contains("\"code\":\"device-lost\""), "\(lost)")
        let ended = try await pidd.end()
        #expect(ended == "bench ended 0")
    }

    @Test func `an id that is not attached is answered with those that are, in both dialects`() async throws {
        let pidd = try await BenchedPidd()
        let (first, second) = (BenchedPidd.first, BenchedPidd.second)
        try await pidd.waitUntil { $0.contains(second) }
        let problem = try await pidd.capture("{\"device\":\"05ba-000a-1-9\"}")
        #expect(problem.contains("\"code\":\"device-absent\"") && problem.contains("\"status\":503"))
        #expect(problem.contains("no fingerprint scanner with the id 05ba-000a-1-9 is attached"))
        #expect(problem.contains(first) && problem.contains(second))
        let options = pidOptions().replacing(
            "</PidOptions>", with: "<CustOpts><Param name=\"device\" value=\"none\"/></CustOpts></PidOptions>")
        let document = try await pidd.curl([
            "--request", "CAPTURE", "--data", options, "http://localhost/rd/capture",
        ])
        #expect(document.contains("errCode=\"720\"") && document.contains("with the id none is attached"))
        let client = try await pidd.client(["capture", "--device", "05ba-000a-1-9"])
        #expect(client.status == 69)
        #expect(client.errors.contains("name one that is attached: ") && client.errors.contains(second))
        let ended = try await pidd.end()
        #expect(ended == "bench ended 0")
    }

    @Test func `the doctor knows the state of all scanners and whether the one of the settings is attached`()
        async throws
    {
        let pidd = try await BenchedPidd()
        try await pidd.waitUntil { $0.contains(BenchedPidd.second) }
        let client = try await pidd.client(["doctor", "--offline"])
        #expect(client.output.contains("(\(BenchedPidd.first)) is ready"))
        #expect(client.output.contains("(\(BenchedPidd.second)) is unused"))
        // USB of this machine, not that of the bench: there is no such scanner on it.
        let doctor = try await RunningProgram.run([
            program("pidd"), "doctor", "--config", pidd.bench.folder.file("pidd.conf"), "--socket", pidd.socket,
        ])
        #expect(doctor.output.contains("state") && doctor.output.contains("\(BenchedPidd.first) is ready, the default"))
        let ended = try await pidd.end()
        #expect(ended == "bench ended 0")
    }

    @Test func `the settings of the daemon say which scanner is meant by those who name none`() async throws {
        let pidd = try await BenchedPidd(default: BenchedPidd.second)
        let capture = try await pidd.client(["capture", "-o", "/dev/null"])
        #expect(capture.status == 0, "\(capture.errors)")
        let status = try await pidd.waitUntil { $0.contains(BenchedPidd.first) }
        #expect(status.contains("\"driver\":\"nb1010\"") && status.contains("\"state\":\"unused\""))
        let ended = try await pidd.end()
        #expect(ended == "bench ended 0")
    }
}

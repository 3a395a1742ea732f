// Who may do what at the desk's door, and what the strict dialect says: the real daemon over the real socket.
import FoundationEssentials
import Glibc
import Platform
import TestSupport
import Testing
import VirtualScanner

@Suite(.serialized, .timeLimit(.minutes(2))) struct `The door` {
    @Test func `F04 the ninth connection of a user is refused at once, and another user is served`() async throws {
        let desk = try await DeskRig(settings: "[server]\nmode = 0666\n")
        // One more is that of the events. Those who have not asked for anything would give way.
        let own = try (0..<7).map { _ in try desk.client().ask("GET", "/v1/events") }
        for client in own { #expect(try await client.head().status == 200) }
        let ninth = try await desk.client().ask("GET", "/v1").reply()
        #expect(ninth.status == 429)
        #expect(ninth.headers["retry-after"] != nil)
        if geteuid() == 0 {
            #expect(try await asAnother(1234, desk, "http://localhost/v1/status").hasSuffix("200"))
        }
        withExtendedLifetime(own) {}
    }

    @Test func `F29 a refusal names the rule and the next step, and what is allowed still works`() async throws {
        let desk = try await DeskRig(settings: "[access]\ncapture = 4242\n")
        for request in ["POST /v1/captures", "CAPTURE /rd/capture", "DELETE /v1/captures/x"] {
            let words = request.split(separator: " ").map(String.init)
            let reply = try await desk.client().ask(words[0], words[1]).reply()
            #expect(reply.status == 403)
            #expect(reply.problem?.code == "not-permitted")
            #expect(reply.body.contains("capture, which is for 4242"))
            #expect(reply.problem?.next_step.contains("pidd.conf") == true)
        }
        #expect(try await desk.pidd.request("RDSERVICE", "/").status == 200)
        #expect(try await desk.client().ask("GET", "/v1/status").reply().status == 200)
        // F34: the three refusals are one line.
        let lines = desk.pidd.diary.split(separator: "\n").filter { $0.contains("refused capture") }
        #expect(lines.count == 1)
        #expect(lines.first?.contains("rule=\"capture = 4242\"") == true)
    }

    @Test(.enabled(if: geteuid() == 0, "needs root to become another user"))
    func `F44 the user whom the kernel cannot name is never allowed anything`() async throws {
        let desk = try await DeskRig(settings: "[server]\nmode = 0666\n[access]\ninfo = *\n")
        let answer = try await asAnother(65534, desk, "http://localhost/v1/status")
        #expect(answer.contains("unknown-user"))
        #expect(answer.hasSuffix("403"))
    }

    @Test(.enabled(if: geteuid() == 0, "needs root to become another user"))
    func `another user sees who captures but not the request id, and cannot cancel it`() async throws {
        let desk = try await DeskRig(settings: "[server]\nmode = 0666\n")
        let capture = try desk.capture("private")
        _ = try await desk.events.event("put-finger")
        let status = try await asAnother(1234, desk, "http://localhost/v1/status")
        #expect(status.contains("\"uid\":0"))
        #expect(!status.contains("private"))
        let cancelled = try await asAnother(1234, desk, "http://localhost/v1/captures/private", "--request", "DELETE")
        #expect(cancelled.hasSuffix("404"))
        #expect(try await desk.pidd.status().holder?.request_id == "private")
        capture.hangUp()
    }

    @Test func `F35 clients that leave before their answer do the daemon no harm`() async throws {
        let desk = try await DeskRig()
        for _ in 0..<50 {
            try desk.client().ask("GET", "/v1/schema").hangUp()
            try desk.capture("gone").hangUp()
        }
        // Those that have left still count until the daemon has looked at them.
        try await desk.pidd.process.wait(for: "place") {
            try await desk.client().ask("GET", "/v1").reply().status != 429
        }
        try await desk.pidd.process.wait(for: "free scanner") { try await desk.pidd.status().state == "free" }
    }

    @Test func `F34 a program that is refused in a loop leaves one line, with a count in the next`() async throws {
        let desk = try await DeskRig()
        let holder = try desk.capture("holder", timeout: 90_000)
        _ = try await desk.events.event("put-finger")
        var asked = 0
        func lines() -> [Substring] { desk.pidd.diary.split(separator: "\n").filter { $0.contains("outcome=busy") } }
        // The second line is due ten seconds after the first.
        try await desk.pidd.process.wait(for: "second line", within: .seconds(60)) {
            asked += 1
            #expect(try await desk.capture("again.\(asked)", wait: 0).reply().status == 409)
            if asked > 20 { try await Task.sleep(for: .milliseconds(200)) }
            return lines().count > 1
        }
        #expect(lines()[0].contains("request=again.1 "))
        let last = try #require((2...asked).first { lines()[1].contains("request=again.\($0) ") })
        #expect(last > 2 && lines()[1].contains(" repeated=\(last - 2)"))
        holder.hangUp()
    }

    @Test func `F41 neither OTP nor finger nor PID is in the journal`() async throws {
        let desk = try await DeskRig()
        let client = try desk.client().ask(
            "POST", "/v1/captures", id: "marked", json: "{\"otp\":\"271828\",\"timeout_ms\":20000}")
        _ = try await desk.events.event("put-finger")
        try await desk.finger().show(DeskRig.picture)
        let reply = try await client.reply()
        let capture: DeskClient.Capture = try reply.decoded()
        let journal = desk.pidd.diary
        #expect(journal.contains("request=marked"))
        #expect(journal.contains("outcome=captured"))
        #expect(journal.contains("qScore=\(capture.q_score[0])"))
        #expect(!journal.contains("271828"))
        #expect(!journal.contains("PidData"))
        for word in capture.pid_data.split(whereSeparator: { "<>\" ".contains($0) }) where word.count > 80 {
            #expect(!journal.contains(word.prefix(40)))
        }
    }

    @Test func `the schema that is served is the file in docs, and every path in it answers`() async throws {
        let desk = try await DeskRig()
        let reply = try await desk.client().ask("GET", "/v1/schema").reply()
        let file = try readFile("\(TestFiles.root)/docs/openapi.json", limit: 1 << 20)
        #expect(Array(reply.body.utf8) == file)
        for path in ["/v1", "/v1/schema", "/v1/status", "/v1/metrics"] {
            #expect(try await desk.client().ask("GET", path).reply().status == 200)
        }
        let wrong = try await desk.client().ask("PUT", "/v1/captures").reply()
        #expect(wrong.status == 405 && wrong.headers["allow"] == "POST")
        #expect(try await desk.client().ask("GET", "/v1/nothing").reply().problem?.code == "no-such-path")
    }

    @Test func `every answer carries the request id, the client's own where it can be one`() async throws {
        let desk = try await DeskRig()
        for (method, path) in [("GET", "/v1"), ("RDSERVICE", "/"), ("DEVICEINFO", "/rd/info"), ("GET", "/none")] {
            #expect(
                try await desk.client().ask(method, path, id: "a.B-1_").reply().headers["pidd-request-id"] == "a.B-1_")
        }
        let bad = try await desk.client().ask("GET", "/v1", id: "two words").reply()
        #expect(bad.status == 400 && bad.problem?.code == "invalid-request-id")
        #expect(try await desk.client().ask("RDSERVICE", "/", id: "two words").reply().status == 200)
    }

    @Test func `the metrics have the form that OpenMetrics prescribes`() async throws {
        let desk = try await DeskRig()
        let reply = try await desk.client().ask("GET", "/v1/metrics").reply()
        #expect(reply.headers["content-type"]?.hasPrefix("application/openmetrics-text; version=1.0.0") == true)
        let checked = try await RunningProgram.run(["python3", tool("check_openmetrics.py")], input: reply.body)
        #expect(checked.status == 0, "\(checked.errors)")
    }

    @Test func `CAPTURE tells its outcome in a header, and Prefer works there too`() async throws {
        let desk = try await DeskRig()
        let holder = try desk.capture("holder")
        _ = try await desk.events.event("put-finger")
        let options = pidOptions()
        let reply = try await desk.client().send(
            "CAPTURE /rd/capture HTTP/1.1\r\nPrefer: wait=0\r\nContent-Length: \(options.utf8.count)\r\n\r\n\(options)"
        ).reply()
        #expect(reply.status == 200)
        #expect(reply.body.contains("errCode=\"710\""))
        #expect(reply.headers["pidd-outcome"] == "busy")
        holder.hangUp()
    }

    /// What curl prints as another user, with the status behind it; the folder of the socket is opened for it.
    private func asAnother(_ uid: Int, _ desk: DeskRig, _ url: String, _ more: String...) async throws -> String {
        unsafe chmod(desk.pidd.folder.path, 0o711)
        return try await RunningProgram.run(
            [
                "setpriv", "--reuid", "\(uid)", "--regid", "\(uid)", "--clear-groups", "curl", "--silent", "--max-time",
                "20", "--unix-socket", desk.pidd.socket, "--write-out", "%{http_code}", url,
            ] + more
        ).output
    }
}

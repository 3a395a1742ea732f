// ekyc-client's status, events and cancel, its place in line and its end by signal, against a real pidd.
import FoundationEssentials
import Glibc
import Platform
import TestSupport
import Testing
import VirtualScanner

@Suite(.serialized, .timeLimit(.minutes(2))) struct ClientDeskTests {
    func run(_ pidd: Pidd, _ words: [String]) async throws -> RunningProgram.Ending {
        try await RunningProgram.run(pidd.client(words))
    }

    /// The code in the error object that `--json` prints.
    func code(_ errors: String) throws -> String {
        struct Object: Decodable {
            struct Error: Decodable { let code, message, hint: String }
            let error: Error
        }
        return try JSONDecoder().decode(Object.self, from: Data(errors.utf8)).error.code
    }

    @Test func `status shows the scanner, who has it and who waits for it`() async throws {
        let pidd = try await Pidd(.virtual)
        let idle = try await run(pidd, ["status"])
        #expect(idle.status == 0)
        #expect(idle.output.contains("\nin use    no\nin line   nobody\ncaptures  0 asked for\n"))
        #expect(idle.output.contains("ready\n"))
        let first = try RunningProgram(pidd.client(["capture", "--request-id", "till-7", "--timeout", "60s"]))
        try await pidd.waitUntil(desk: "leased")
        let second = try RunningProgram(pidd.client(["capture", "--request-id", "till-8", "--wait", "60s"]))
        try await first.wait(for: "line") {
            try await run(pidd, ["status"]).output.contains("request till-8")
        }
        let busy = try await run(pidd, ["status"]).output
        let user = try await RunningProgram.run(["id", "-un"]).output.dropLast()
        #expect(busy.contains("in use    by ekyc-client of \(user), request till-7, for "))
        #expect(busy.contains("in line   1. ekyc-client of \(user), request till-8, waits for "))
        #expect(busy.split(separator: "\n").allSatisfy { $0.count < 160 })
        first.send(signal: SIGINT)
        second.send(signal: SIGINT)
        #expect(try await first.wait().status == 130)
        #expect(try await second.wait().status == 130)
    }

    @Test func `status as JSON is pidd's own document`() async throws {
        let pidd = try await Pidd(.none)
        func plain(_ text: String) -> String { text.replacing(/"uptime_ms":[0-9]+/, with: "") }
        let ours = try await run(pidd, ["status", "--json"])
        let theirs = try await pidd.request("GET", "/v1/status").body
        #expect(plain(ours.output) == plain(theirs.hasSuffix("\n") ? theirs : theirs + "\n"))
        #expect(try await run(pidd, ["status"]).output.contains("scanner   none is attached\n"))
    }

    @Test func `the events of one request come as they are and end with it`() async throws {
        let pidd = try await Pidd(.virtual)
        let events = try RunningProgram(pidd.client(["events", "--request", "till-7"]))
        try await events.wait(for: "hello") { events.output.contains("\n") }
        let client = try RunningProgram(pidd.client(["capture", "--request-id", "till-7"]))
        try await events.wait(for: "finger wanted") { events.output.contains("put-finger") }
        try await VirtualFinger(socketPath: pidd.glass).show(goodPicture())
        #expect(try await client.wait().status == 0)
        let ended = try await events.wait()
        #expect(ended.status == 0, "\(ended.errors)")
        struct Event: Decodable { let event: String }
        let names = try ended.output.split(separator: "\n").map {
            try JSONDecoder().decode(Event.self, from: Data($0.utf8)).event
        }
        #expect(names.first == "hello")
        #expect(names.last == "done")
        let order = ["lease", "put-finger", "captured", "quality"].compactMap { names.firstIndex(of: $0) }
        #expect(order.count == 4 && order == order.sorted())
    }

    @Test func `events end by signal, and try again is said when pidd ends them`() async throws {
        let pidd = try await Pidd(.none)
        for signal in [SIGINT, SIGTERM] {
            let events = try RunningProgram(pidd.client(["events"]))
            try await events.wait(for: "hello") { events.output.contains("hello") }
            events.send(signal: signal)
            #expect(try await events.wait().status == 128 + signal)
        }
        let events = try RunningProgram(pidd.client(["events", "--json"]))
        try await events.wait(for: "hello") { events.output.contains("hello") }
        pidd.process.send(signal: SIGTERM)
        let ended = try await events.wait()
        #expect(ended.status == 75)
        #expect(try code(ended.errors) == "events-ended")
    }

    @Test func `a capture is cancelled by its name`() async throws {
        let pidd = try await Pidd(.virtual)
        let client = try RunningProgram(pidd.client(["capture", "--request-id", "till-7", "--timeout", "60s"]))
        try await pidd.waitUntil(desk: "leased")
        let cancelled = try await run(pidd, ["cancel", "till-7"])
        #expect(cancelled.status == 0)
        #expect(cancelled.output == "cancelled: till-7\n")
        let ended = try await client.wait()
        #expect(ended.status == 1)
        #expect(ended.output == "")
        #expect(ended.errors.contains("cancelled"))
        try await pidd.waitUntil(desk: "free")
        let again = try await run(pidd, ["cancel", "till-7", "--json"])
        #expect(again.status == 1)
        #expect(try !code(again.errors).isEmpty)
        #expect(try await run(pidd, ["cancel", "../status"]).status == 64)
        #expect(try await run(pidd, ["cancel"]).status == 64)
    }

    @Test func `who does not want to wait is told at once that the scanner is in use`() async throws {
        let pidd = try await Pidd(.virtual)
        let first = try RunningProgram(pidd.client(["capture", "--timeout", "60s"]))
        try await pidd.waitUntil(desk: "leased")
        for words in [["--no-wait"], ["--wait", "0"], ["--wait", "1s"]] {
            let ended = try await run(pidd, ["capture", "--json"] + words)
            #expect(ended.status == 75)
            #expect(try code(ended.errors) == "rd-710")
        }
        #expect(try await run(pidd, ["capture", "--no-wait", "--wait", "1s"]).status == 64)
        #expect(try await run(pidd, ["capture", "--request-id", "a b"]).status == 64)
        first.send(signal: SIGTERM)
        #expect(try await first.wait().status == 143)
    }

    @Test(arguments: [SIGINT, SIGTERM]) func `a signal frees the scanner before the client is gone for long`(
        signal: Int32
    ) async throws {
        let pidd = try await Pidd(.virtual)
        let client = try RunningProgram(pidd.client(["capture", "--request-id", "till-7", "--timeout", "60s"]))
        try await pidd.waitUntil(desk: "leased")
        client.send(signal: signal)
        let ended = try await client.wait(within: .seconds(5))
        #expect(ended.status == 128 + signal)
        try await pidd.waitUntil(desk: "free")
        #expect(pidd.process.errors.contains("till-7"))
    }

    @Test func `the fifth that waits is told to come again, and when`() async throws {
        let pidd = try await Pidd(.virtual)
        var clients: [RunningProgram] = []
        for _ in 0..<5 {
            clients.append(try RunningProgram(pidd.client(["capture", "--wait", "60s", "--timeout", "60s"])))
        }
        try await clients[0].wait(for: "line") {
            try await run(pidd, ["status"]).output.contains(" 4. ekyc-client")
        }
        let ended = try await run(pidd, ["capture", "--wait", "60s"])
        #expect(ended.status == 75)
        #expect(ended.errors.contains("too many requests"))
        for client in clients { client.send(signal: SIGINT) }
        for client in clients { #expect(try await client.wait().status == 130) }
    }

    @Test func `a user with too many connections is told to come again`() async throws {
        let pidd = try await Pidd(.none)
        var listeners: [RunningProgram] = []
        for _ in 0..<8 {
            let listener = try RunningProgram(pidd.client(["events"]))
            try await listener.wait(for: "hello") { listener.output.contains("hello") }
            listeners.append(listener)
        }
        for words in [["status"], ["capture"], ["cancel", "x"], ["events"]] {
            let ended = try await run(pidd, words + ["--json"])
            #expect(ended.status == 75)
            #expect(ended.output == "")
            #expect(ended.errors.contains("try again"))
        }
        for listener in listeners { listener.send(signal: SIGTERM) }
    }

    /// The socket that a service manager keeps while pidd is started again is played by a small program in front of pidd.
    func keptSocket(_ pidd: Pidd, lost: Int, when: String) async throws -> (RunningProgram, path: String) {
        let path = pidd.folder.file("kept.sock")
        let program = try RunningProgram([
            "/usr/bin/python3", tool("kept_socket.py"), path, pidd.socket, "\(lost)", when,
        ])
        try await program.wait(for: "ready") { program.output.hasPrefix("ready\n") }
        return (program, path)
    }

    @Test func `a restart of pidd before the finger costs nothing but is tried only once`() async throws {
        let pidd = try await Pidd(.virtual)
        let (kept, path) = try await keptSocket(pidd, lost: 1, when: "asked")
        let client = try RunningProgram([program("ekyc-client"), "capture", "--socket", path])
        try await pidd.waitUntil(desk: "leased")
        try await VirtualFinger(socketPath: pidd.glass).show(goodPicture())
        #expect(try await client.wait().status == 0)
        #expect(kept.output.split(separator: "\n").count { $0 == "CAPTURE /rd/capture HTTP/1.1" } == 2)
        unsafe unlink(path)
        let (always, _) = try await keptSocket(pidd, lost: 9, when: "asked")
        let lost = try await RunningProgram.run([program("ekyc-client"), "capture", "--json", "--socket", path])
        #expect(lost.status == 75)
        #expect(try code(lost.errors) == "pidd-lost")
        #expect(always.output.split(separator: "\n").count { $0 == "CAPTURE /rd/capture HTTP/1.1" } == 2)
    }

    @Test func `after the finger was taken nobody is asked for it again by a retry`() async throws {
        let pidd = try await Pidd(.virtual)
        let (kept, path) = try await keptSocket(pidd, lost: 1, when: "captured")
        let client = try RunningProgram([program("ekyc-client"), "capture", "--progress", "--json", "--socket", path])
        try await client.wait(for: "prompt") { client.errors.contains("Place your finger") }
        try await VirtualFinger(socketPath: pidd.glass).show(goodPicture())
        let ended = try await client.wait()
        #expect(ended.status == 75)
        #expect(kept.output.split(separator: "\n").filter { $0.hasPrefix("CAPTURE") }.count == 1)
    }
}

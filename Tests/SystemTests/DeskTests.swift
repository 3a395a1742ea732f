// Many programs, one scanner: the promises of the desk against the real daemon over the real socket (spec/peers.md section 3).
import Biometrics
import FoundationEssentials
import Glibc
import Platform
import TestSupport
import Testing
import VirtualScanner

/// A daemon with libfprint's virtual scanner and somebody who watches its events.
struct DeskRig {
    let pidd: Pidd
    let events: DeskClient

    init(settings: String = "") async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("pidd.conf", settings.utf8)
        pidd = try await Pidd(.virtual, arguments: ["--config", file])
        events = try DeskClient(pidd.socket)
        events.ask("GET", "/v1/events")
        _ = try await events.head()
        _ = try await events.event("hello")
    }

    func client() throws -> DeskClient { try DeskClient(pidd.socket) }

    /// Somebody who asks for a capture.
    func capture(_ id: String, wait: Int? = nil, timeout: Int = 20_000) throws -> DeskClient {
        try client().ask("POST", "/v1/captures", id: id, wait: wait, json: "{\"timeout_ms\":\(timeout)}")
    }

    func finger() async throws -> VirtualFinger { try await VirtualFinger(socketPath: pidd.glass) }

    static let picture = SyntheticFinger(seed: 7).impression(1, width: 388, height: 374, ppi: 500)
}

@Suite(.serialized, .timeLimit(.minutes(2))) struct `The desk` {
    @Test func `F01 a client that is killed frees the scanner for the next`() async throws {
        let desk = try await DeskRig()
        let killed = try RunningProgram([
            "curl", "--silent", "--unix-socket", desk.pidd.socket, "--json", "{\"timeout_ms\":60000}",
            "http://localhost/v1/captures",
        ])
        _ = try await desk.events.event("put-finger")
        let next = try desk.capture("next", wait: 60)
        let waiting = try client(desk, watching: "next")
        killed.send(signal: SIGKILL)
        let end = try await desk.events.event("lease:stopping")
        #expect(end.program == "curl")
        _ = try await waiting.event("lease:granted")
        try await desk.finger().show(DeskRig.picture)
        #expect(try await next.reply().status == 200)
    }

    @Test func `F05 two programs that retry in a loop both finish`() async throws {
        let desk = try await DeskRig()
        let events = desk.events
        let finger = try await desk.finger()
        let feeding = Task {
            while let event = try await events.event() {
                if event.event == "put-finger" { try await finger.show(DeskRig.picture) }
            }
        }
        defer { feeding.cancel() }
        @Sendable func retry(_ name: String) async throws -> DeskClient.Reply? {
            for attempt in 0..<500 {
                let reply = try await desk.capture("\(name)-\(attempt)", wait: 0).reply()
                if reply.status == 200 { return reply }
                #expect(reply.status == 409 && reply.problem?.code == "busy")
                try await Task.sleep(for: .milliseconds(5))
            }
            return nil
        }
        async let one = retry("one")
        async let other = retry("other")
        #expect(try await (one != nil, other != nil) == (true, true))
    }

    @Test func `F25 the next capture waits until the finger of the last one has been lifted`() async throws {
        let desk = try await DeskRig()
        let first = try desk.capture("first")
        _ = try await desk.events.event("put-finger")
        // The virtual scanner takes a new connection only while it captures.
        let finger = try await desk.finger()
        try await finger.setAutomatic(false)
        let second = try desk.capture("second", wait: 30)
        _ = try await desk.events.event("queue")
        try await finger.setPresent(true)
        try await finger.show(DeskRig.picture)
        #expect(try await first.reply().status == 200)
        #expect(try await desk.events.event("remove-finger").request_id == "first")
        // Nobody has the scanner, and the second does not get it.
        let status = try await client(desk).ask("GET", "/v1/status").reply()
        #expect(status.body.contains("\"state\":\"lifting\""))
        try await finger.setPresent(false)
        #expect(try await desk.events.event("lease:granted").request_id == "second")
        _ = try await desk.events.event("put-finger")
        try await finger.setPresent(true)
        try await finger.show(DeskRig.picture)
        #expect(try await second.reply().status == 200)
    }

    @Test func `F26 the finger is asked for by name, and who will not wait is told who has the scanner`() async throws {
        let desk = try await DeskRig()
        let holder = try desk.capture("holder")
        let prompt = try await desk.events.event("put-finger")
        #expect(prompt.request_id == "holder")
        #expect(prompt.uid == geteuid())
        #expect(prompt.program?.isEmpty == false)
        let refused = try await desk.capture("impatient", wait: 0).reply()
        #expect(refused.status == 409)
        #expect(refused.headers["retry-after"] != nil)
        let problem = try #require(refused.problem)
        #expect(problem.code == "busy" && problem.rd_code == 710)
        #expect(problem.holder?.request_id == "holder")
        holder.hangUp()
    }

    @Test func `F43 a client that has ended its sending still waits for its answer`() async throws {
        let desk = try await DeskRig()
        let client = try desk.capture("half")
        client.endSending()
        _ = try await desk.events.event("put-finger")
        try await Task.sleep(for: .milliseconds(200))
        try await desk.finger().show(DeskRig.picture)
        #expect(try await client.reply().status == 200)
    }

    @Test func `F45 stopping answers all who wait with 503 and ends within two seconds`() async throws {
        let desk = try await DeskRig()
        let holder = try desk.capture("holder")
        _ = try await desk.events.event("put-finger")
        let waiting = try (1...3).map { try desk.capture("waiting-\($0)", wait: 60) }
        let legacy = try client(desk)
        let options = pidOptions()
        legacy.send(
            "CAPTURE /rd/capture HTTP/1.1\r\nPrefer: wait=60\r\nContent-Length: \(options.utf8.count)\r\n\r\n\(options)"
        )
        try await desk.pidd.process.wait(for: "line of four") { try await desk.pidd.status().waiting.count == 4 }
        desk.pidd.process.send(signal: SIGTERM)
        for client in [holder, legacy] + waiting {
            let reply = try await client.reply()
            #expect(reply.status == 503)
            #expect(reply.headers["retry-after"] != nil)
        }
        _ = try await desk.events.event("closing")
        #expect(try await desk.pidd.process.wait(within: .seconds(10)).status == 0)
    }

    @Test func `a request is cancelled by its id, and only once`() async throws {
        let desk = try await DeskRig()
        let capture = try desk.capture("mine")
        _ = try await desk.events.event("put-finger")
        #expect(try await client(desk).ask("DELETE", "/v1/captures/mine").reply().status == 204)
        let reply = try await capture.reply()
        #expect(reply.status == 409 && reply.problem?.code == "cancelled")
        #expect(try await client(desk).ask("DELETE", "/v1/captures/mine").reply().status == 404)
    }

    @Test func `who listens to one request hears its whole story in order and nothing after it`() async throws {
        let desk = try await DeskRig()
        let holder = try desk.capture("before")
        _ = try await desk.events.event("put-finger")
        let story = try client(desk, watching: "told")
        _ = try await story.event("hello")
        let told = try desk.capture("told", wait: 60)
        #expect(try await story.event()?.short == "queue:1")
        holder.hangUp()
        #expect(try await story.event()?.short == "lease:granted")
        #expect(try await story.event()?.short == "put-finger")
        let finger = try await desk.finger()
        try await finger.retry(.tooShort)
        #expect(try await story.event()?.short == "retry:press-longer")
        #expect(try await story.event()?.short == "put-finger")
        try await finger.show(DeskRig.picture)
        var rest: [String] = []
        while let event = try await story.event() { rest.append(event.short) }
        #expect(rest.starts(with: ["finger-present", "captured"]))
        #expect(rest.contains("quality"))
        #expect(rest.last == "done:captured")
        #expect(try await told.reply().status == 200)
    }

    private func client(_ desk: DeskRig) throws -> DeskClient { try desk.client() }

    private func client(_ desk: DeskRig, watching id: String) throws -> Watcher { try Watcher(desk, id) }

    /// Somebody who listens to one request; reads the head before the first event.
    final class Watcher: Sendable {
        private let client: DeskClient
        private let begun: Task<Void, any Error>

        init(_ desk: DeskRig, _ id: String) throws {
            let client = try desk.client().ask("GET", "/v1/events?request=\(id)")
            self.client = client
            begun = Task { _ = try await client.head() }
        }

        func event() async throws -> DeskClient.Event? {
            try await begun.value
            return try await client.event()
        }

        func event(_ short: String) async throws -> DeskClient.Event {
            try await begun.value
            return try await client.event(short)
        }
    }
}

extension Pidd {
    /// The desk's part of `GET /v1/status`.
    struct DeskStatus: Decodable {
        struct Party: Decodable {
            let uid: UInt32
            let program: String
            let request_id: String?
        }
        let state: String
        let holder: Party?
        let waiting: [Party]
    }

    func status() async throws -> DeskStatus {
        struct Whole: Decodable { let desk: DeskStatus }
        return try await DeskClient(socket).ask("GET", "/v1/status").reply().decoded(Whole.self).desk
    }
}

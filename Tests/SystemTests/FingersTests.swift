// Several fingers in one capture, and the best picture of each.
import FoundationEssentials
import Glibc
import Platform
import TestSupport
import Testing
import VirtualScanner

@Suite(.serialized, .timeLimit(.minutes(10))) struct FingersTests {
    /// What check_piddata.py prints of a good document.
    private struct Verdict: Decodable {
        let posh: [String]
        let types: [String]
    }

    private func verdict(of pidData: String, by pidd: Pidd) async throws -> Verdict {
        let judged = try await pidd.judge(pidData)
        try #require(judged.status == 0, "\(judged.errors)")
        return try JSONDecoder().decode(Verdict.self, from: Data(judged.output.utf8))
    }

    /// What is told of captures from before they begin, as `event finger/of` or `event`.
    private struct Story {
        private let client: DeskClient
        private(set) var told: [String] = []

        /// Listens to one request, or to all.
        init(of id: String? = nil, at pidd: Pidd) async throws {
            client = try DeskClient(pidd.socket).ask("GET", "/v1/events" + (id.map { "?request=\($0)" } ?? ""))
            _ = try await client.head()
            try await hear("hello")
        }

        /// Reads up to the next event of a name.
        mutating func hear(_ name: String) async throws {
            while let event = try await next() {
                if event == name { return }
            }
            throw RunningProgram.Overdue(description: "the events ended without \(name): \(told)")
        }

        /// All of them, once the request has ended.
        mutating func whole() async throws -> [String] {
            while try await next() != nil {}
            return told
        }

        private mutating func next() async throws -> String? {
            guard let event = try await client.event() else { return nil }
            let turn = event.index.map { " \($0)/\(event.of ?? 0) \(event.finger ?? "")" }
            told.append(event.event + (turn ?? (event.hint ?? event.state).map { " \($0)" } ?? ""))
            return event.event
        }
    }

    @Test func `ten fingers come one after the other under one lease, and each has its record`() async throws {
        let names = [
            "LEFT_THUMB", "LEFT_INDEX", "LEFT_MIDDLE", "LEFT_RING", "LEFT_LITTLE", "RIGHT_THUMB", "RIGHT_INDEX",
            "RIGHT_MIDDLE", "RIGHT_RING", "RIGHT_LITTLE",
        ]
        let hand = (1...10).flatMap { ["--finger", "\($0)"] }
        // Whatever a picture of this small sensor is worth, it is taken: each finger comes once only.
        let folder = try TemporaryFolder()
        let settings = try folder.write("pidd.conf", "[capture]\nquality-target = 0\n".utf8)
        let pidd = try await Pidd(
            .recorded(["nb1010", "--delay", "0.05"] + hand), arguments: ["--config", settings])
        var story = try await Story(of: "ten", at: pidd)
        let answer = try await pidd.request(
            "CAPTURE", "/rd/capture",
            body: pidOptions(["fCount": "10", "posh": names.joined(separator: ","), "timeout": "60000"]),
            more: ["--header", "Pidd-Request-Id: ten"])
        #expect(answer.attribute("errCode") == "0", "\(answer.body)")
        let verdict = try await verdict(of: answer.body, by: pidd)
        #expect(verdict.posh == names)
        #expect(verdict.types == names.map { _ in "FMR" })
        #expect(answer.attribute("qScore")?.split(separator: ",").count == 10)
        let events = try await story.whole()
        #expect(events.filter { $0 == "lease granted" }.count == 1)
        #expect(
            events.filter { $0.hasPrefix("put-finger") }
                == names.enumerated().map { "put-finger \($0 + 1)/10 \($1)" })
        // Each finger has left before the next is asked for.
        let steps = events.compactMap { ["captured", "finger-lifted"].contains($0) ? $0 : nil }
        #expect(steps == names.flatMap { _ in ["captured", "finger-lifted"] })
    }

    @Test func `one error of the scanner is overcome, a second one is told`() async throws {
        let pidd = try await Pidd(.virtual)
        for errors in 1...2 {
            let request = "stumble-\(errors)"
            var story = try await Story(of: request, at: pidd)
            async let answer = pidd.request(
                "CAPTURE", "/rd/capture", body: pidOptions(["timeout": "20000"]),
                more: ["--header", "Pidd-Request-Id: \(request)"])
            let glass = try await VirtualFinger(socketPath: pidd.glass)
            for _ in 0..<errors {
                try await story.hear("put-finger")
                // FP_DEVICE_ERROR_PROTO
                try await glass.fail(4)
            }
            if errors == 1 {
                try await story.hear("put-finger")
                try await glass.show(SyntheticFinger(seed: 7).impression(1, width: 388, height: 374, ppi: 500))
            }
            let code = try await answer.attribute("errCode")
            #expect(code == (errors == 1 ? "0" : "730"))
            let asked = try await story.whole().count { $0.hasPrefix("put-finger") }
            #expect(asked == 2, "it asks for the finger anew")
        }
    }

    @Test func `a finger that stays is asked to leave before the next`() async throws {
        let pidd = try await Pidd(.virtual)
        var story = try await Story(of: "stay", at: pidd)
        async let answer = pidd.request(
            "CAPTURE", "/rd/capture", body: pidOptions(["fCount": "2", "timeout": "20000"]),
            more: ["--header", "Pidd-Request-Id: stay"])
        let glass = try await VirtualFinger(socketPath: pidd.glass)
        try await glass.setAutomatic(false)
        for (seed, next) in [(3 as UInt64, "lift-finger"), (7, "captured")] {
            try await story.hear("put-finger")
            try await glass.setPresent(true)
            try await glass.show(SyntheticFinger(seed: seed).impression(1, width: 388, height: 374, ppi: 500))
            try await story.hear(next)
            try await glass.setPresent(false)
        }
        #expect(try await answer.attribute("errCode") == "0")
        #expect(try await verdict(of: answer.body, by: pidd).posh == ["UNKNOWN", "UNKNOWN"])
        let events = try await story.whole()
        let second = try #require(events.firstIndex(of: "put-finger 2/2 UNKNOWN"))
        #expect(events[..<second].suffix(2) == ["lift-finger 2/2 UNKNOWN", "finger-lifted"])
    }

    @Test func `a missing second finger ends the whole capture with 700 at the end of the one window`() async throws {
        let pidd = try await Pidd(.recorded(["uru4500", "--finger", "7"]))
        let answer = try await pidd.capture(pidOptions(["fCount": "2", "timeout": "1500"]))
        #expect(answer.attribute("errCode") == "700")
        #expect(answer.attribute("nmPoints") == "0")
    }

    @Test func `the best picture is given at the end, and a good one at once`() async throws {
        let pidd = try await Pidd(.virtual)
        let finger = SyntheticFinger(seed: 3)
        func touch(_ side: Int, at glass: borrowing VirtualFinger) async throws {
            try await glass.show(finger.impression(1, width: side, height: side, ppi: 500))
        }
        let start = SuspendingClock().now
        var story = try await Story(at: pidd)
        async let first = pidd.capture(pidOptions(["timeout": "40000"]))
        let glass = try await VirtualFinger(socketPath: pidd.glass)
        for side in [130, 388] {
            try await story.hear("put-finger")
            try await touch(side, at: glass)
        }
        try await story.hear("done")
        let good = try #require(try await first.attribute("qScore").flatMap { Int($0) })
        #expect(good >= 45)
        // It did not wait for the window to end.
        #expect(SuspendingClock().now - start < .seconds(35))

        async let second = pidd.capture(pidOptions(["timeout": "3000"]))
        for side in [130, 100] {
            try await story.hear("put-finger")
            try await touch(side, at: glass)
        }
        try await story.hear("done")
        let answer = try await second
        #expect(answer.attribute("errCode") == "0", "\(answer.body)")
        let best = try #require(answer.attribute("qScore").flatMap { Int($0) })
        #expect(best < 45)

        let custom = #"<CustOpts><Param name="minQuality" value="99"/></CustOpts>"#
        async let third = pidd.capture(
            pidOptions(["timeout": "3000"]).replacing("</PidOptions>", with: "\(custom)</PidOptions>"))
        try await story.hear("put-finger")
        try await touch(130, at: glass)
        let refused = try await third
        #expect(refused.attribute("errCode") == "730")
        #expect(refused.attribute("errInfo")?.contains("at least 99 is needed") == true)
    }
}

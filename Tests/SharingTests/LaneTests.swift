// One desk in front of several scanners.
import Sharing
import Testing

@Suite(.timeLimit(.minutes(5))) struct `Several scanners` {
    private func makeDesk() -> CaptureDesk { CaptureDesk(scanners: ["a": .ready, "b": .ready]) }

    @Test func `captures of two scanners go on at the same time, and each scanner has a line of its own`() async throws
    {
        let desk = makeDesk()
        let first = client(desk, .of(1, id: "first"), of: "a", capture: captureUntilCancelled)
        let second = client(desk, .of(1, id: "second"), of: "b", capture: captureUntilCancelled)
        let third = client(desk, .of(2, wait: .seconds(60)), of: "b") {}
        try await reach(desk) { now in
            now.lane("a")?.holder?.party.requestID == "first" && now.lane("b")?.holder?.party.requestID == "second"
                && now.lane("b")?.waiting.count == 1 && now.lane("a")?.waiting == []
        }
        #expect(await desk.cancel(requestID: "second", of: 1) == 1)
        #expect(await second.value == .refused(.cancelled))
        #expect(await third.value == .succeeded)
        #expect(await desk.overview().lane("a")?.state == .leased)
        first.cancel()
        #expect(await first.value == .refused(.cancelled))
        #expect(await desk.overview().counters.ended == [.succeeded: 1, .refused(.cancelled): 2])
    }

    @Test func `a scanner that is pulled takes its own requests with it only, and is not forgotten in the counters`()
        async throws
    {
        let desk = makeDesk()
        let staying = client(desk, .of(1), of: "a", capture: captureUntilCancelled)
        let lost = client(desk, .of(1), of: "b", capture: captureUntilCancelled)
        try await reach(desk) { $0.lane("a")?.holder != nil && $0.lane("b")?.holder != nil }
        await desk.scannersChanged(["a": .ready])
        #expect(await lost.value == .refused(.deviceLost))
        try await reach(desk) { $0.lanes.map(\.scanner) == ["a"] }
        let now = await desk.overview()
        #expect(now.lane("a")?.state == .leased)
        #expect(now.counters.asked == 2 && now.counters.ended == [.refused(.deviceLost): 1])
        #expect(await client(desk, .of(1), of: "b") {}.value == .refused(.deviceAbsent))
        #expect(await desk.overview().lanes.count == 1)
        #expect(await desk.overview().counters.asked == 3)
        staying.cancel()
        _ = await staying.value
    }

    @Test func `news of a finger on a scanner that was pulled do not concern the one that came in its place`()
        async throws
    {
        let desk = makeDesk()
        let old = try await desk.withLease(.of(1), of: "b") { $0.ticket }.get()
        await desk.scannersChanged(["a": .ready])
        await desk.scannersChanged(["a": .ready, "b": DeviceStatus(.ready, generation: 2)])
        let new = try await desk.withLease(.of(1), of: "b") { $0.ticket }.get()
        #expect(new > old)
        await desk.fingerLifted(on: "b", of: old)
        #expect(await desk.overview().lane("b")?.state == .lifting)
        await desk.fingerLifted(on: "b", of: new)
        #expect(await desk.overview().lane("b")?.state == .free)
    }

    @Test func `events say at which scanner, and closing is told once`() async throws {
        let desk = makeDesk()
        let (_, _, later) = await desk.watch()
        _ = try await desk.withLease(.of(1), of: "b") { _ in }
        await desk.scannersChanged(["b": .ready])
        await desk.shutDown()
        await desk.shutDown()
        let news = await later.reduce(into: []) { $0.append($1.element) }
        #expect(news.filter { $0.event == .closing } == [DeskNews(scanner: nil, event: .closing)])
        #expect(news.first?.scanner == "b")
        #expect(news.contains(DeskNews(scanner: "a", event: .device(.absent))))
        #expect(await client(desk, .of(1), of: "b") {}.value == .refused(.shuttingDown))
        #expect(await client(desk, .of(1), of: "c") {}.value == .refused(.shuttingDown))
    }
}

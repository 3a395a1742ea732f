// The desk with those who listen to it, and with crowds of clients on all threads.
import Sharing
import Testing

@Suite(.timeLimit(.minutes(5))) struct `Listening` {
    @Test func `a listener sees the whole life of a capture in order`() async throws {
        let (desk, _) = makeDesk()
        let (now, _, later) = await desk.watch()
        #expect(now.state == .free)
        _ = try await desk.withLease(.of(1, id: "a")) { _ in await desk.fingerPlaced() }
        await desk.fingerLifted()
        await desk.shutDown()
        var names: [String] = []
        var numbers: [UInt64] = []
        for await event in later {
            names.append(String("\(event.element.event)".prefix { $0.isLetter }))
            numbers.append(event.number)
        }
        #expect(names == ["granted", "ended", "removeFinger", "fingerGone", "closing"])
        #expect(numbers == [1, 2, 3, 4, 5])
    }

    @Test func `a listener that does not read loses the oldest events and can tell`() async throws {
        let broadcast = Broadcast<Int>(kept: 3)
        let stream = broadcast.listen().stream
        for number in 1...10 { broadcast.send(number) }
        broadcast.finish()
        let read = await stream.reduce(into: []) { $0.append(($1.number, $1.element)) }
        #expect(read.map(\.0) == [8, 9, 10])
        #expect(read.map(\.1) == [8, 9, 10])
    }

    @Test func `a listener that has left is forgotten`() async throws {
        let broadcast = Broadcast<Int>(kept: 3)
        let reading = Task { for await _ in broadcast.listen().stream {} }
        try await reach { broadcast.listenerCount == 1 }
        reading.cancel()
        await reading.value
        #expect(broadcast.listenerCount == 0)
        do { _ = broadcast.listen().stream }
        #expect(broadcast.listenerCount == 0)
        broadcast.finish()
        #expect(await broadcast.listen().stream.first { _ in true } == nil)
    }
}

@Suite(.timeLimit(.minutes(5))) struct `Crowds` {
    @Test func `of many clients who come and go on all threads one captures at a time and each is answered once`()
        async throws
    {
        let desk = CaptureDesk(device: .ready)
        let scanner = Scanner()
        let clients = 400
        let outcomes = await withTaskGroup(of: Outcome.self) { group in
            for number in 0..<clients {
                group.addTask {
                    let task = client(desk, .of(UInt32(number % 4), wait: .seconds(30))) {
                        scanner.enter()
                        defer { scanner.leave() }
                        await desk.fingerPlaced()
                        if number % 3 == 0 { try await Task.sleep(for: .milliseconds(1)) } else { await Task.yield() }
                        if number % 5 != 0 { await desk.fingerLifted() }
                    }
                    if number % 7 == 0 {
                        await Task.yield()
                        task.cancel()
                    }
                    return await task.value
                }
            }
            let lifting = Task {
                while !Task.isCancelled {
                    await desk.fingerLifted()
                    try? await Task.sleep(for: .milliseconds(1))
                }
            }
            defer { lifting.cancel() }
            return await group.reduce(into: [Outcome: UInt64]()) { $0[$1, default: 0] += 1 }
        }
        #expect(scanner.mostInside == 1)
        #expect(outcomes.values.reduce(0, +) == UInt64(clients))
        let counters = await desk.snapshot().counters
        // A client that had left before it asked is answered, but the desk never heard of it.
        var heard = outcomes
        let unheard = UInt64(clients) - counters.asked
        heard[.refused(.cancelled), default: 0] -= unheard
        if heard[.refused(.cancelled)] == 0 { heard[.refused(.cancelled)] = nil }
        #expect(counters.ended == heard)
        #expect(await desk.snapshot().holder == nil)
        #expect(await desk.snapshot().waiting.isEmpty)
    }

    @Test func `a desk that nobody needs any more goes away, with its alarm`() async throws {
        let time = ManualTime()
        weak var gone: CaptureDesk?
        do {
            let desk = CaptureDesk(device: .ready, time: time.forDesk)
            gone = desk
            _ = try await desk.withLease(.of(1)) { _ in }
            try await reach { time.sleeping == 1 }
        }
        try await reach { gone == nil && time.sleeping == 0 }
    }
}

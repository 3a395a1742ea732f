// The desk with real tasks: clients who leave, captures that hang, scanners that go.
import Sharing
import Synchronization
import Testing

private struct BadPicture: Error, Equatable {}

@Suite(.timeLimit(.minutes(5))) struct `Leases of tasks` {
    @Test func `what the capture returns or throws comes back`() async throws {
        let (desk, _) = makeDesk()
        let good = try await desk.withLease(.of(1)) { lease in lease.request.user + 41 }
        #expect(good.get() == 42)
        await desk.fingerLifted()
        let bad: Result<Int, BadPicture> = try await desk.withLease(.of(1)) { _ throws(BadPicture) in
            throw BadPicture()
        }
        #expect(throws: BadPicture.self) { try bad.get() }
        #expect(await desk.snapshot().counters.ended == [.succeeded: 1, .failed: 1])
    }

    @Test func `captures do not run on the desk, which answers meanwhile`() async throws {
        let (desk, _) = makeDesk()
        let result = try await desk.withLease(.of(1)) { _ in await desk.snapshot().state }
        #expect(result.get() == .leased)
    }

    @Test func `the next in line is served when the capture before has ended`() async throws {
        let (desk, _) = makeDesk()
        let places = Mutex<[Int]>([])
        let first = client(desk, .of(1), capture: captureUntilCancelled)
        try await reach(desk) { $0.state == .leased }
        let second = client(desk, .of(2)) {}
        try await reach(desk) { $0.waiting.count == 1 }
        let third = Task {
            try await desk.withLease(.of(2), onPosition: { place in places.withLock { $0.append(place) } }) { _ in
                places.withLock(\.self)
            }
        }
        try await reach(desk) { $0.waiting.count == 2 }
        first.cancel()
        #expect(await first.value == .refused(.cancelled))
        #expect(await second.value == .succeeded)
        await desk.fingerLifted()
        #expect(try await third.value.get() == [2, 1])
    }

    @Test func `a client that leaves the line frees its place`() async throws {
        let (desk, _) = makeDesk()
        let holder = client(desk, .of(1), capture: captureUntilCancelled)
        try await reach(desk) { $0.state == .leased }
        let waiting = (0..<4).map { _ in client(desk, .of(1)) {} }
        try await reach(desk) { $0.waiting.count == 4 }
        #expect(await client(desk, .of(1)) {}.value == .refused(.tooManyForUser))
        waiting[2].cancel()
        #expect(await waiting[2].value == .refused(.cancelled))
        let late = client(desk, .of(1)) {}
        try await reach(desk) { $0.waiting.count == 4 }
        for task in waiting + [late, holder] { task.cancel() }
        for task in waiting + [late, holder] { #expect(await task.value == .refused(.cancelled)) }
        #expect(await desk.snapshot().state == .free)
    }

    @Test func `a task that was cancelled before it asked does not reach the desk`() async throws {
        let (desk, _) = makeDesk()
        let cancelled = Task { () -> DeskRefusal? in
            try? await captureUntilCancelled()
            do throws(DeskRefusal) {
                _ = try await desk.withLease(.of(1)) { _ in }
                return nil
            } catch {
                return error
            }
        }
        cancelled.cancel()
        #expect(await cancelled.value?.reason == .cancelled)
        #expect(await desk.snapshot().counters.asked == 0)
    }

    @Test func `two programs that retry in a loop both finish, without an error`() async throws {
        // spec/peers.md F05
        let desk = CaptureDesk(device: .ready)
        let rounds = 200
        let programs = (1...2 as ClosedRange<UInt32>).map { user in
            Task {
                var outcomes: Set<Outcome> = []
                for _ in 0..<rounds {
                    outcomes.insert(
                        await client(desk, .of(user)) {
                            await Task.yield()
                            await desk.fingerLifted()
                        }.value)
                }
                return outcomes
            }
        }
        for program in programs { #expect(await program.value == [.succeeded]) }
        #expect(await desk.snapshot().counters.granted == UInt64(2 * rounds))
    }

    @Test func `requests are cancelled by their id, by their own user or an admin`() async throws {
        let (desk, _) = makeDesk()
        let holder = client(desk, .of(1, id: "a"), capture: captureUntilCancelled)
        try await reach(desk) { $0.state == .leased }
        let waiting = client(desk, .of(2, id: "b")) {}
        try await reach(desk) { $0.waiting.count == 1 }
        #expect(await desk.cancel(requestID: "a", of: 2) == 0)
        #expect(await desk.cancel(requestID: "b", of: nil) == 1)
        #expect(await waiting.value == .refused(.cancelled))
        #expect(await desk.cancel(requestID: "a", of: 1) == 1)
        #expect(await holder.value == .refused(.cancelled))
    }
}

@Suite(.timeLimit(.minutes(5))) struct `Time and scanner against tasks` {
    @Test func `a lease that runs out cancels its capture and the next is served`() async throws {
        // spec/peers.md F06
        let (desk, time) = makeDesk()
        let hanging = client(desk, .of(1, capture: .seconds(10)), capture: captureUntilCancelled)
        try await reach(desk) { $0.state == .leased }
        let next = client(desk, .of(2, wait: .seconds(60))) {}
        try await reach(desk) { $0.waiting.count == 1 }
        try await reach { time.sleeping == 1 }
        time.advance(by: .seconds(15))
        #expect(await hanging.value == .refused(.leaseExpired))
        #expect(await next.value == .succeeded)
    }

    @Test func `a client whose wait is over hears that the scanner is busy and who has it`() async throws {
        let (desk, time) = makeDesk()
        let holder = client(desk, .of(1), capture: captureUntilCancelled)
        try await reach(desk) { $0.state == .leased }
        let waiting = Task { () -> DeskRefusal? in
            do throws(DeskRefusal) {
                _ = try await desk.withLease(.of(2, wait: .seconds(5))) { _ in }
                return nil
            } catch {
                return error
            }
        }
        try await reach(desk) { $0.waiting.count == 1 }
        time.advance(by: .seconds(5))
        let refusal = await waiting.value
        #expect(refusal?.reason == .busy)
        #expect(refusal?.holder?.user == 1)
        holder.cancel()
        _ = await holder.value
    }

    @Test func `one task sleeps while there is something to wake up for, and none when there is not`() async throws {
        let (desk, time) = makeDesk()
        #expect(await desk.sleepingUntil == nil)
        let holder = client(desk, .of(1, capture: .seconds(10)), capture: captureUntilCancelled)
        let waiting = client(desk, .of(2, wait: .seconds(5))) {}
        try await reach(desk) { $0.waiting.count == 1 || $0.counters.asked == 2 }
        try await reach { time.sleeping == 1 }
        for task in [holder, waiting] { task.cancel() }
        for task in [holder, waiting] { _ = await task.value }
        await desk.fingerLifted()
        try await reach { time.sleeping == 0 }
        #expect(await desk.sleepingUntil == nil)
    }

    @Test func `the real clock wakes the desk`() async throws {
        let desk = CaptureDesk(device: .starting)
        let task = client(desk, .of(1, wait: .milliseconds(20))) {}
        #expect(await task.value == .refused(.deviceStarting))
    }

    @Test func `a scanner that is pulled out ends the capture and the waiting`() async throws {
        let (desk, _) = makeDesk()
        let holder = client(desk, .of(1), capture: captureUntilCancelled)
        try await reach(desk) { $0.state == .leased }
        let waiting = client(desk, .of(2)) {}
        try await reach(desk) { $0.waiting.count == 1 }
        await desk.deviceChanged(.absent)
        #expect(await holder.value == .refused(.deviceLost))
        #expect(await waiting.value == .refused(.deviceLost))
    }

    @Test func `what a capture returns after it was stopped does not count`() async throws {
        let (desk, _) = makeDesk()
        let stubborn = client(desk, .of(1)) { try? await captureUntilCancelled() }
        try await reach(desk) { $0.state == .leased }
        await desk.deviceChanged(DeviceStatus(.ready, generation: 2))
        #expect(await stubborn.value == .refused(.deviceReplaced))
        #expect(await desk.snapshot().counters.ended == [.refused(.deviceReplaced): 1])
    }

    @Test func `a lease that is lost before its capture has begun starts no capture`() async throws {
        let (desk, _) = makeDesk()
        #expect(await client(desk, .of(1)) {}.value == .succeeded)
        let scanner = Scanner()
        let waiting = client(desk, .of(2)) { scanner.enter() }
        try await reach(desk) { $0.waiting.count == 1 }
        await desk.liftAndLose()
        #expect(await waiting.value == .refused(.deviceLost))
        #expect(scanner.mostInside == 0)
        #expect(await desk.snapshot().counters.granted == 2)
    }

    @Test func `shutting down answers all and ends the streams of events`() async throws {
        // spec/peers.md F45
        let (desk, _) = makeDesk()
        let holder = client(desk, .of(1), capture: captureUntilCancelled)
        try await reach(desk) { $0.state == .leased }
        let waiting = client(desk, .of(2)) {}
        try await reach(desk) { $0.waiting.count == 1 }
        let (_, _, later) = await desk.watch()
        let reader = Task { await later.reduce(into: []) { $0.append($1.element.event) } }
        await desk.shutDown()
        #expect(await holder.value == .refused(.shuttingDown))
        #expect(await waiting.value == .refused(.shuttingDown))
        #expect(await client(desk, .of(3)) {}.value == .refused(.shuttingDown))
        let events = await reader.value
        #expect(events.first == .closing)
        guard case .ended(let party, .refused(.shuttingDown))? = events.last else {
            Issue.record("the last event is \(String(describing: events.last))")
            return
        }
        #expect(party.user == 1)
    }
}

extension CaptureDesk {
    /// Grants to the next and takes the scanner away in one go, before the next can begin.
    fileprivate func liftAndLose() {
        fingerLifted()
        deviceChanged(.absent)
    }
}

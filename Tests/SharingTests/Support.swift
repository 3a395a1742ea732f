// What the tests of this target share: random numbers that repeat, a clock that tests turn, short ways to ask.
import Sharing
import Synchronization
import Testing

/// Sebastiano Vigna's SplitMix64: the same seed gives the same numbers everywhere.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

@Test func `random numbers are those of the published generator`() {
    // First outputs for seed 1234567 of the reference implementation in C.
    var random = SplitMix64(seed: 1_234_567)
    #expect(random.next() == 6_457_827_717_110_365_317)
    #expect(random.next() == 3_203_168_211_198_807_973)
    #expect(random.next() == 9_817_491_932_198_370_423)
}

/// A clock that only moves when a test moves it.
final class ManualTime: Sendable {
    private struct Sleeper {
        let until: SuspendingClock.Instant
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now = SuspendingClock().now
        var sleepers: [UInt64: Sleeper] = [:]
        var cancelled: Set<UInt64> = []
        var last: UInt64 = 0
    }

    private let state = Mutex(State())

    var now: SuspendingClock.Instant { state.withLock { $0.now } }

    /// How many tasks sleep.
    var sleeping: Int { state.withLock { $0.sleepers.count } }

    var forDesk: DeskTime { DeskTime(now: { self.now }, sleep: { try await self.sleep(until: $0) }) }

    /// Moves the clock on and wakes those whose time has come.
    func advance(by duration: Duration) {
        let due = state.withLock { state in
            state.now = state.now.advanced(by: duration)
            let due = state.sleepers.filter { $0.value.until <= state.now }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in due { continuation.resume() }
    }

    private func sleep(until: SuspendingClock.Instant) async throws {
        let id = state.withLock { state in
            state.last += 1
            return state.last
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let answer: Result<Void, any Error>? = state.withLock { state in
                    if state.cancelled.remove(id) != nil { return .failure(CancellationError()) }
                    if until <= state.now { return .success(()) }
                    state.sleepers[id] = Sleeper(until: until, continuation: continuation)
                    return nil
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                if let sleeper = state.sleepers.removeValue(forKey: id) { return Optional(sleeper) }
                state.cancelled.insert(id)
                return nil
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }
}

/// Waits until the desk looks as wanted; thirty seconds are for machines that stall, it takes microseconds.
func reach(
    _ desk: CaptureDesk, _ wanted: @Sendable (DeskOverview) -> Bool,
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    try await reach(sourceLocation: sourceLocation) { wanted(await desk.overview()) }
}

func reach(
    sourceLocation: SourceLocation = #_sourceLocation, _ wanted: () async -> Bool
) async throws {
    let end = SuspendingClock().now.advanced(by: .seconds(30))
    while SuspendingClock().now < end {
        if await wanted() { return }
        try await Task.sleep(for: .milliseconds(1))
    }
    try #require(Bool(false), "not reached", sourceLocation: sourceLocation)
}

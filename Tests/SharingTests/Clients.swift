// Clients and scanners as tasks see them.
import Sharing
import Synchronization
import Testing

/// A desk with a ready scanner and a clock that only the test moves.
func makeDesk() -> (desk: CaptureDesk, time: ManualTime) {
    let time = ManualTime()
    return (CaptureDesk(device: .ready, time: time.forDesk), time)
}

/// A capture that goes on until it is cancelled.
@concurrent func captureUntilCancelled() async throws {
    try await Task.sleep(for: .seconds(3600))
}

/// Starts a request in a task of its own, as a connection does, and says how it ended.
func client(
    _ desk: CaptureDesk, _ request: LeaseRequest, capture: @escaping @Sendable () async throws -> Void
) -> Task<Outcome, Never> {
    Task {
        do throws(DeskRefusal) {
            switch try await desk.withLease(request, capture: { _ in try await capture() }) {
            case .success: return .succeeded
            case .failure: return .failed
            }
        } catch {
            return .refused(error.reason)
        }
    }
}

/// Counts the captures that use it at the same time.
final class Scanner: Sendable {
    private let state = Mutex((inside: 0, most: 0))

    func enter() {
        state.withLock { state in
            state.inside += 1
            state.most = max(state.most, state.inside)
        }
    }

    func leave() { state.withLock { $0.inside -= 1 } }

    var mostInside: Int { state.withLock { $0.most } }
}

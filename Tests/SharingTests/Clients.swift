// Clients and scanners as tasks see them.
import Sharing
import Synchronization
import Testing

/// The scanner of those desks that have one only.
let scannerID = "scanner"

extension CaptureDesk {
    /// A desk with one scanner.
    init(device: DeviceStatus, time: DeskTime = .system) { self.init(scanners: [scannerID: device], time: time) }

    func withLease<Value: Sendable, Failure: Error>(
        _ request: LeaseRequest, onPosition: @escaping @Sendable (Int) -> Void = { _ in },
        capture: @escaping @Sendable (Lease) async throws(Failure) -> Value
    ) async throws(DeskRefusal) -> Result<Value, Failure> {
        try await withLease(request, of: scannerID, onPosition: onPosition, capture: capture)
    }

    func deviceChanged(_ status: DeviceStatus) { scannersChanged([scannerID: status]) }
    func fingerPlaced() { fingerPlaced(on: scannerID) }
    func fingerLifted() { fingerLifted(on: scannerID) }
    func snapshot() -> DeskOverview { overview() }
}

extension DeskOverview {
    var state: DeskState? { lane(scannerID)?.state }
    var holder: DeskSnapshot.Holder? { lane(scannerID)?.holder }
    var waiting: [DeskSnapshot.Waiting] { lane(scannerID)?.waiting ?? [] }
}

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
    _ desk: CaptureDesk, _ request: LeaseRequest, of scanner: String = scannerID,
    capture: @escaping @Sendable () async throws -> Void
) -> Task<Outcome, Never> {
    Task {
        do throws(DeskRefusal) {
            switch try await desk.withLease(request, of: scanner, capture: { _ in try await capture() }) {
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

// A scanner of software, brought up and taken down around a test.
@testable import Scanner
import Synchronization
import Testing

/// All tests that use libfprint's virtual device: there is one of it in a process, so they go one after the other.
@Suite(.serialized, .timeLimit(.minutes(1))) enum WithVirtualScanner {}

/// What was reported during captures, in order.
final class EventLog: Sendable {
    private let log = Mutex<[FingerEvent]>([])
    var events: [FingerEvent] { log.withLock { $0 } }
    var report: @Sendable (FingerEvent) -> Void { { [self] event in log.withLock { $0.append(event) } } }
}

/// Polls until `condition` holds; records an issue when it does not within `seconds`.
func eventually(
    within seconds: Int = 5, _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async -> Bool
) async throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while await !condition() {
        guard ContinuousClock.now < deadline else {
            Issue.record(what, sourceLocation: sourceLocation)
            return
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// Runs `body` with an open virtual scanner and a finger connected to it.
func withScanner(_ body: (ScannerHost, VirtualSocket) async throws -> Void) async throws {
    _ = VirtualSocket.path
    let host = ScannerHost(configuration: ScannerConfiguration(allowVirtual: true))
    await host.start()
    do {
        try await eventually("the scanner becomes ready") { isReady(host.state) }
        try await body(host, VirtualSocket())
    } catch {
        await host.stop()
        throw error
    }
    await host.stop()
}

func isReady(_ state: ScannerState) -> Bool {
    if case .ready = state { true } else { false }
}

func isCapturing(_ state: ScannerState) -> Bool {
    if case .capturing = state { true } else { false }
}

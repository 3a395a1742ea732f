// What becomes of requests, in the journal and in numbers.
import LocalServer
import Sharing
import Synchronization

/// Notes how requests end; a client that fails in a loop fills neither the journal nor the disk (spec/peers.md F34).
final class RequestLog: Sendable {
    private struct State {
        var throttle = MessageThrottle()
        var captures: [String: UInt64] = [:]
    }

    private let journal: Journal
    private let state = Mutex(State())

    init(_ journal: Journal) { self.journal = journal }

    /// How many captures ended with each outcome.
    var captures: [String: UInt64] { state.withLock { $0.captures } }

    /// Notes the end of a capture; all that went well are written, of the others one a kind, user and ten seconds.
    func ended(_ end: CaptureEnd, of caller: Caller) {
        let repeated: UInt64? = state.withLock { state in
            state.captures[end.outcome, default: 0] += 1
            guard end.failure != nil else { return 0 }
            return state.throttle.admit("capture \(end.outcome)", user: caller.peer.uid, now: SuspendingClock().now)
        }
        guard let repeated else { return }
        let scanner = end.scanner.isEmpty ? [] : [("device", end.scanner)]
        var pairs =
            Self.pairs(caller) + scanner + [
                ("outcome", end.outcome), ("ms", "\(Int(end.duration / .milliseconds(1)))"),
            ]
        if let failure = end.failure {
            pairs.append(("cause", failure.cause))
            if !failure.nextStep.isEmpty { pairs.append(("next", failure.nextStep)) }
            if let holder = failure.holder { pairs += [("holder-uid", "\(holder.user)"), ("holder", holder.program)] }
        } else {
            pairs += [("nmPoints", Self.list(end.nmPoints)), ("qScore", Self.list(end.qScore))]
        }
        journal.note("capture", pairs + Self.count(repeated))
    }

    /// Notes a request that the access rules refused.
    func refused(_ refusal: AccessRefusal, _ caller: Caller) {
        let message = "refused \(refusal.operation.rawValue)"
        let repeated = state.withLock {
            $0.throttle.admit(message, user: caller.peer.uid, now: SuspendingClock().now)
        }
        guard let repeated else { return }
        journal.note(
            message,
            Self.pairs(caller) + [("outcome", refusal.code), ("rule", refusal.rule ?? "none")] + Self.count(repeated))
    }

    /// Notes a request that the loopback door did not let pass; one a cause, user and ten seconds is written.
    func turnedAway(_ failure: Failure, _ caller: Caller) {
        let message = "refused \(failure.code)"
        let repeated = state.withLock {
            $0.throttle.admit(message, user: caller.peer.uid, now: SuspendingClock().now)
        }
        guard let repeated else { return }
        journal.note(
            message, Self.pairs(caller) + [("cause", failure.cause), ("next", failure.nextStep)] + Self.count(repeated))
    }

    private static func pairs(_ caller: Caller) -> [(key: String, value: String)] {
        [
            ("request", caller.id), ("uid", "\(caller.peer.uid)"), ("pid", "\(caller.peer.pid)"),
            ("program", caller.peer.program),
        ]
    }

    private static func list(_ numbers: [Int]) -> String { numbers.map(String.init).joined(separator: ",") }

    /// How many of the same kind were left out before this one.
    private static func count(_ repeated: UInt64) -> [(key: String, value: String)] {
        repeated == 0 ? [] : [("repeated", "\(repeated)")]
    }
}

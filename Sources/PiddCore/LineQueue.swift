// Lines that nobody waits for: a thread of its own writes them.
import Dispatch
import Glibc
import Platform
import Synchronization

/// Lines on their way to a descriptor whose reader may be slow or stuck.
///
/// It lasts as long as the process. When it is full, lines are dropped until all that wait are written; how many were
/// dropped is the next line.
final class LineQueue: Sendable {
    private struct State {
        var lines: [String] = []
        var dropped = 0
        var isWriting = false
    }

    private let output: Int32
    /// One signal for each line, and one for each row of dropped ones.
    private let bell = DispatchSemaphore(value: 0)
    private let state = Mutex(State())

    init(to descriptor: Int32) {
        output = descriptor
        startThread("journal") { [self] in
            while let line = next() { print(line + "\n", to: output) }
        }
    }

    /// Adds a line; returns at once.
    func add(_ line: String) {
        let isNews = state.withLock { state in
            if state.dropped == 0, state.lines.count < Limits.journalLines {
                state.lines.append(line)
                return true
            }
            state.dropped += 1
            return state.dropped == 1
        }
        if isNews { bell.signal() }
    }

    /// Waits until all is written, at most for `time`; blocks the calling thread.
    func flush(within time: Duration) {
        let deadline = SuspendingClock().now + time
        while !isIdle, SuspendingClock().now < deadline { usleep(1000) }
    }

    private var isIdle: Bool { state.withLock { $0.lines.isEmpty && $0.dropped == 0 && !$0.isWriting } }

    /// The line to write when the one before is written; waits for it.
    private func next() -> String? {
        state.withLock { $0.isWriting = false }
        bell.wait()
        return state.withLock { state in
            state.isWriting = true
            if !state.lines.isEmpty { return state.lines.removeFirst() }
            defer { state.dropped = 0 }
            return state.dropped > 0 ? "journal dropped=\(state.dropped)" : nil
        }
    }
}

// One sender, many listeners, none of whom can hold up the others.
import Synchronization

/// Sends each element to everybody who listens at that moment.
///
/// A listener that does not keep up loses its oldest elements and sees that by their numbers. How many may listen is
/// bounded by who opens the door to them: each listener is a connection, and those are counted.
package final class Broadcast<Element: Sendable>: Sendable {
    /// An element and its place in all that was sent; a gap in the numbers shows what was lost.
    package struct Numbered: Sendable {
        package let number: UInt64
        package let element: Element

        package init(number: UInt64, element: Element) {
            self.number = number
            self.element = element
        }
    }

    private struct State {
        var sent: UInt64 = 0
        var lastListener: UInt64 = 0
        var listeners: [UInt64: AsyncStream<Numbered>.Continuation] = [:]
        var finished = false
    }

    private let kept: Int
    private let state = Mutex(State())

    /// Keeps at most `kept` unread elements for each listener.
    package init(kept: Int) { self.kept = kept }

    /// What is sent from now on, and the number of what was sent last before.
    ///
    /// The stream ends with `finish`; listening stops when its reader is cancelled or drops it.
    package func listen() -> (after: UInt64, stream: AsyncStream<Numbered>) {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Numbered.self, bufferingPolicy: .bufferingNewest(kept))
        let (after, number): (UInt64, UInt64?) = state.withLock { state in
            guard !state.finished else { return (state.sent, nil) }
            state.lastListener += 1
            state.listeners[state.lastListener] = continuation
            return (state.sent, state.lastListener)
        }
        guard let number else {
            continuation.finish()
            return (after, stream)
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.listeners.removeValue(forKey: number) }
        }
        return (after, stream)
    }

    /// Sends to everybody who listens.
    package func send(_ element: Element) {
        // Sent under the lock so that all listeners see the same order; a yield never waits and ends no stream.
        state.withLock { state in
            state.sent += 1
            for listener in state.listeners.values {
                listener.yield(Numbered(number: state.sent, element: element))
            }
        }
    }

    /// Ends all streams, and those asked for later at once.
    package func finish() {
        // Outside the lock, because finishing a stream calls its termination handler, which takes the lock.
        let listeners = state.withLock { state in
            state.finished = true
            defer { state.listeners = [:] }
            return state.listeners
        }
        for listener in listeners.values { listener.finish() }
    }

    /// How many listen.
    package var listenerCount: Int { state.withLock { $0.listeners.count } }
}

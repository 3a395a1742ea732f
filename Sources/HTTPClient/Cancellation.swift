// The way to stop a request from another thread.
import Synchronization

/// A switch that ends a running request within a fraction of a second, from any thread.
package final class Cancellation: Sendable {
    private let flag = Atomic(false)

    package init() {}

    /// Ends the request that was given this switch, and every later one.
    package func cancel() { flag.store(true, ordering: .releasing) }

    package var isCancelled: Bool { flag.load(ordering: .acquiring) }
}

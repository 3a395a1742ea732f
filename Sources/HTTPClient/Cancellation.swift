// The way to stop a request from another thread.
import Synchronization

/// A switch that ends a running request within a fraction of a second, from any thread.
package final class Cancellation: Sendable {
    private let flag = Atomic(false)
    private let endedOne = Atomic(false)

    package init() {}

    /// Ends the request that was given this switch, and every later one.
    package func cancel() { flag.store(true, ordering: .releasing) }

    package var isCancelled: Bool { flag.load(ordering: .acquiring) }

    /// Whether a request has ended by this switch: then somebody knows that it was used.
    package var hasEndedRequest: Bool { endedOne.load(ordering: .acquiring) }

    func noteEnd() { endedOne.store(true, ordering: .releasing) }
}

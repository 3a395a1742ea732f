// Whether anybody is served, for a daemon that leaves when nobody is.
import Synchronization

/// Whether there is a client; written by the net thread, read by anybody.
final class Occupancy: Sendable {
    private let isThere = Atomic(false)
    private let onChange: @Sendable () -> Void

    /// - Parameter onChange: called by the net thread after each change; must return at once.
    init(onChange: @escaping @Sendable () -> Void) { self.onChange = onChange }

    var hasClients: Bool { isThere.load(ordering: .acquiring) }

    func set(_ value: Bool) {
        if isThere.exchange(value, ordering: .acquiringAndReleasing) != value { onChange() }
    }
}

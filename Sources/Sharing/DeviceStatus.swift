// What the desk must know of the scanner in front of which it stands.

/// The state of the scanner, pushed in by whoever owns it.
package struct DeviceStatus: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable {
        /// No scanner, or one that has failed for good: requests are refused at once.
        ///
        /// Nobody can tell when, or whether, a person plugs it in again, so letting clients wait would only delay the
        /// answer that tells that person to do so.
        case absent
        /// Being opened, reset or retried: requests wait as long as they said they would.
        case starting
        /// Ready to capture, perhaps after it was opened.
        case ready
    }

    package let state: State
    /// Rises each time that the scanner appears anew; nothing that belongs to one generation survives it.
    package let generation: UInt64

    package init(_ state: State, generation: UInt64) {
        self.state = state
        self.generation = generation
    }
}

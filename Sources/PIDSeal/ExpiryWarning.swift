// When the end of a certificate is warned of: 14, 7 and 1 days before, each once, and when it has come.

/// A step on the way to the end of a pair.
package struct ExpiryWarning: Sendable, Equatable {
    /// The days of the step: 14, 7, 1, or 0 when the end has passed.
    package let days: Int
    /// The end in seconds since the Unix epoch.
    package let until: Int64

    /// The step that is reached at a time; nil while the end is more than 14 days away.
    package static func days(until end: Int64, at time: Int64) -> Int? {
        guard time <= end else { return 0 }
        return Limits.warnings.filter { end - time <= Int64($0) * 86_400 }.min()
    }
}

/// Says each warning once, for pairs that come and go.
package struct ExpiryWatch: Sendable {
    private var told: [String: ExpiryWarning] = [:]

    package init() {}

    /// The warning that is due for a pair now, unless it was given before; a new pair begins anew.
    ///
    /// - Parameters:
    ///   - pair: names it.
    ///   - end: in seconds since the Unix epoch.
    ///   - time: now, likewise.
    /// - Returns: what to tell; nil when there is nothing new.
    package mutating func warning(for pair: String, until end: Int64, at time: Int64) -> ExpiryWarning? {
        guard let days = ExpiryWarning.days(until: end, at: time) else {
            told[pair] = nil
            return nil
        }
        let warning = ExpiryWarning(days: days, until: end)
        guard told[pair] != warning else { return nil }
        told[pair] = warning
        return warning
    }
}

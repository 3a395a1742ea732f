// Those who were told that the scanner is busy: what keeps them in the round although they do not stand in line.

/// Users who were turned away, and who has had the scanner since.
///
/// Browsers and RD clients do not wait in line, they ask again. So that those who do wait cannot take every turn, a user who was
/// turned away has a turn too: whoever has had the scanner since then leaves it to that user for a moment. Users are compared by
/// turns and not by time; of two users therefore never each has to yield to the other.
struct TurnedAway: Sendable {
    /// The number of the last lease.
    private var turn: UInt64 = 0
    /// For each user who was turned away the turn in which that first happened.
    private var since: [UInt32: UInt64] = [:]
    /// The last turn of the user who has it now, and of those who have had one while somebody was turned away.
    private var last: [UInt32: UInt64] = [:]
    /// The most users who are remembered.
    private let bound: Int

    init(bound: Int) { self.bound = bound }

    var isEmpty: Bool { since.isEmpty }

    /// Whether anybody but this user was turned away.
    func hasOthers(than user: UInt32) -> Bool { since.contains { $0.key != user } }

    /// Whether a user has had the scanner since another one was turned away.
    func mustYield(_ user: UInt32) -> Bool {
        guard let last = last[user] else { return false }
        return since.contains { $0.key != user && $0.value <= last }
    }

    mutating func add(_ user: UInt32) {
        if since[user] == nil, since.count < bound { since[user] = turn }
    }

    /// Hears that a user has got the scanner, which makes good for having been turned away.
    mutating func granted(_ user: UInt32) {
        turn += 1
        since[user] = nil
        // With more users than that in turn, nobody can be sure of one.
        if since.isEmpty || last.count >= bound { forget() }
        last[user] = turn
    }

    /// Forgets all of them, who had their chance.
    mutating func forget() { (since, last) = ([:], [:]) }
}

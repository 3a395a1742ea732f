// The waiting line: first come first served for one user, turn by turn between users.

/// Requests that wait, in the order in which they will be served.
///
/// Users take turns. A user who comes joins the end of the round, and so does one who has just been served and still
/// waits for more. So between two turns of one user every other user has at most one, and a request at place p of its
/// own user is served after at most p times the number of users grants, whoever else comes.
struct FairLine: Sendable {
    /// One waiting request.
    struct Entry: Sendable, Equatable {
        let ticket: Ticket
        let request: LeaseRequest
        let arrived: SuspendingClock.Instant
        let waitUntil: SuspendingClock.Instant
    }

    /// The users who wait, the next to be served first.
    private var turns: [UInt32] = []
    /// What each of them waits for, the oldest first; never an empty list.
    private var waiting: [UInt32: [Entry]] = [:]

    var count: Int { waiting.values.reduce(0) { $0 + $1.count } }

    func count(of user: UInt32) -> Int { waiting[user]?.count ?? 0 }

    /// Whether anybody but this user waits.
    func hasOthers(than user: UInt32) -> Bool { turns.contains { $0 != user } }

    /// When the first of them gives up waiting.
    var earliestEnd: SuspendingClock.Instant? {
        waiting.values.joined().map(\.waitUntil).min()
    }

    /// All of them in the order of service if nobody came or left: everybody's first in turn, everybody's second, and
    /// so on.
    var inOrder: [Entry] {
        let rounds = waiting.values.map(\.count).max() ?? 0
        return (0..<rounds).flatMap { round in
            turns.compactMap { user in
                guard let own = waiting[user], own.count > round else { return nil }
                return own[round]
            }
        }
    }

    mutating func append(_ entry: Entry) {
        let user = entry.request.user
        if waiting[user] == nil { turns.append(user) }
        waiting[user, default: []].append(entry)
    }

    /// Takes the next one out whose user may be served, and sends that user to the end of the round.
    mutating func removeFirst(where mayBeServed: (UInt32) -> Bool) -> Entry? {
        guard let turn = turns.firstIndex(where: mayBeServed) else { return nil }
        let user = turns[turn]
        guard let entry = waiting[user]?.first else { return nil }
        turns.remove(at: turn)
        waiting[user]?.removeFirst()
        if waiting[user] == [] { waiting[user] = nil } else { turns.append(user) }
        return entry
    }

    /// Takes out those who leave, in the order in which they would have been served; the others keep their turns.
    mutating func remove(where leaves: (Entry) -> Bool) -> [Entry] {
        let leaving = inOrder.filter(leaves)
        for entry in leaving {
            let user = entry.request.user
            waiting[user]?.removeAll { $0.ticket == entry.ticket }
            if waiting[user] == [] {
                waiting[user] = nil
                turns.removeAll { $0 == user }
            }
        }
        return leaving
    }
}

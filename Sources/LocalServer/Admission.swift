// Who is let in, and who gives way, when places are short.

/// A place that somebody takes: whose, and at which kind of door.
///
/// Users are counted at each kind of door for itself, so that what a web page makes a browser do to the loopback door does
/// not lock its user out of the Unix socket.
struct Place: Hashable {
    let uid: UInt32
    let isLoopback: Bool

    init(_ uid: UInt32, at door: Door) {
        self.uid = uid
        isLoopback = door != .unixSocket
    }

    /// Whether it may use the places that are kept for root.
    var isRoots: Bool { uid == 0 && !isLoopback }
}

/// What there is too little of for a newcomer.
enum Shortage {
    case own, loopback, all

    /// What is said to whoever has to go without a place.
    var refusal: Refusal { self == .own ? .tooManyOfUID : .full }

    /// Whether a connection at `place` would make room if it gave way.
    ///
    /// Another user's gives way only when everybody's places are taken, and that of a Unix socket never to a newcomer at the
    /// loopback door.
    func isEased(by place: Place, for newcomer: Place) -> Bool {
        switch self {
        case .own: place == newcomer
        case .loopback: place.isLoopback
        case .all: place.isLoopback || !newcomer.isLoopback
        }
    }
}

extension ServerLimits {
    /// What is short for a newcomer beside those who have places; nil when there is room.
    func shortage(for newcomer: Place, beside taken: some Sequence<Place>) -> Shortage? {
        var (all, own, loopback) = (0, 0, 0)
        for place in taken {
            all += 1
            if place == newcomer { own += 1 }
            if place.isLoopback { loopback += 1 }
        }
        if own >= connectionsPerUID { return .own }
        if newcomer.isLoopback, loopback >= loopbackConnections { return .loopback }
        return all >= connections + (newcomer.isRoots ? rootConnections : 0) ? .all : nil
    }
}

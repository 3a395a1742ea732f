// Who asks, under which id, and how long it will wait: what the head of a request says.
import HTTPWire
import LocalServer
import Platform
import Sharing

/// Whether a text can be a request id: 1 to 64 of `A-Z a-z 0-9 . _ -`.
///
/// Nothing in it needs quoting in a URL, a header, JSON or the journal.
func isRequestID(_ text: some StringProtocol) -> Bool {
    isPlainName(text, length: 1...Limits.requestID)
}

/// One request's sender and its wishes.
struct Caller: Sendable {
    /// The client's own id, or one that the daemon made.
    let id: String
    /// Whether the client gave an id that cannot be one.
    let hasBadID: Bool
    var peer: Peer
    /// How long it will wait in line.
    let wait: Duration
    let isAdmin: Bool
    /// What the loopback door adds; nil at the Unix socket.
    var loopback: LoopbackCall?

    init(id: String, peer: Peer, wait: Duration = Limits.wait, isAdmin: Bool = false) {
        self.id = id
        hasBadID = false
        self.peer = peer
        self.wait = wait
        self.isAdmin = isAdmin
    }

    /// Reads the head of a request at the Unix socket.
    ///
    /// - Parameters:
    ///   - exchange: the request and its sender.
    ///   - run: names this run of the daemon, so that ids of two runs differ in one journal.
    ///   - rules: who is an admin.
    init(_ exchange: Exchange, run: String, rules: AccessRules) {
        let wait = exchange.request.path.hasPrefix("/v1/") ? Limits.strictWait : Limits.wait
        self.init(exchange, run: run, wait: wait) { rules.allows(.admin, to: $0.access) }
    }

    /// Reads the head of a request at the loopback door, which lets in no admin, and where nobody waits without asking for it.
    init(_ exchange: Exchange, run: String, at call: LoopbackCall) {
        self.init(exchange, run: run, wait: .zero) { _ in false }
        loopback = call
        if let name = call.visitor.name {
            peer = Peer(
                pid: peer.pid, uid: peer.uid, gid: peer.gid, groups: peer.groups, program: name,
                socketInode: peer.socketInode)
        }
    }

    private init(_ exchange: Exchange, run: String, wait standard: Duration, isAdmin: (Peer) -> Bool) {
        let headers = exchange.request.headers
        let wanted = headers["Pidd-Request-Id"]
        let own = wanted.flatMap { isRequestID($0) ? $0 : nil }
        id = own ?? run + "-" + String(exchange.id)
        hasBadID = wanted != nil && own == nil
        peer = exchange.peer
        wait = Self.wait(headers.list(of: "Prefer")) ?? standard
        self.isAdmin = isAdmin(peer)
    }

    /// The first `wait=N` among the preferences (RFC 7240 section 4.3); others are ignored, as that RFC asks.
    private static func wait(_ preferences: [String]) -> Duration? {
        for preference in preferences {
            let pair = preference.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].trimmed == "wait" else { continue }
            let digits = pair[1].trimmed.filter { $0 != "\"" }
            guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            // Numbers that are too large for any type are larger than the limit too.
            return min(Int(digits).map { .seconds(min($0, 1 << 30)) } ?? Limits.longestWait, Limits.longestWait)
        }
        return nil
    }
}

extension StringProtocol {
    fileprivate var trimmed: String { String(self).filter { $0 != " " && $0 != "\t" } }
}

extension Peer {
    /// What access rules look at.
    var access: AccessPeer { AccessPeer(user: uid, group: gid, groups: groups) }
}

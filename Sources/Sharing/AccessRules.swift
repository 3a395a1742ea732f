// Who may do what: the rules `info`, `capture` and `admin`, decided by user and group ids alone.

/// What a client may be allowed to do.
package enum AccessOperation: String, CaseIterable, Sendable {
    /// Ask about the service and the scanner.
    case info
    /// Capture, and cancel one's own captures.
    case capture
    /// See and cancel what belongs to other users.
    case admin
}

/// Who a client is, as the kernel says.
package struct AccessPeer: Sendable, Equatable {
    package let user: UInt32
    /// The primary group.
    package let group: UInt32
    /// All other groups.
    package let groups: [UInt32]

    package init(user: UInt32, group: UInt32, groups: [UInt32]) {
        self.user = user
        self.group = group
        self.groups = groups
    }

    func isMember(of group: UInt32) -> Bool { self.group == group || groups.contains(group) }
}

/// One name in a list of those who may.
package struct AccessRule: Sendable, Equatable {
    package enum Subject: Sendable, Equatable {
        case everybody
        case user(UInt32)
        case group(UInt32)
    }

    package let subject: Subject
    /// The name as it was written.
    package let text: String

    func covers(_ peer: AccessPeer) -> Bool {
        switch subject {
        case .everybody: true
        case .user(let user): peer.user == user
        // A group that the kernel cannot name may be any group.
        case .group(let group): group != AccessRules.overflowID && peer.isMember(of: group)
        }
    }
}

/// Says no to a client, by which rule, and what can be done about it.
///
/// It has the members of `ExplainedError` (target Platform), so `extension AccessRefusal: ExplainedError {}` makes it
/// one.
package struct AccessRefusal: Error, Sendable, Equatable {
    package let operation: AccessOperation
    /// The rule that refused, as it stands in the settings; nil when no setting can allow it.
    package let rule: String?
    package let code: String
    package let cause: String
    package let nextStep: String
}

/// The lists of those who may, one for each operation.
///
/// A rule means what it says: nobody is allowed anything for being root, and `admin` does not include `capture`.
/// Without settings everybody whom the mode of the socket lets in may ask and capture, and only root is an admin.
package struct AccessRules: Sendable, Equatable {
    /// The id that the kernel shows for users and groups that it cannot name, such as those of other user namespaces.
    ///
    /// It may be anybody, so it is never allowed anything (spec/peers.md F44).
    package static let overflowID: UInt32 = 65534

    private var info = [AccessRule(subject: .everybody, text: "*")]
    private var capture = [AccessRule(subject: .everybody, text: "*")]
    private var admin = [AccessRule(subject: .user(0), text: "root")]

    /// What holds without settings: info and capture for everybody who may open the socket, admin for root.
    package static let standard = AccessRules()

    /// The list of those who may do something; an empty one allows it to nobody.
    package internal(set) subscript(operation: AccessOperation) -> [AccessRule] {
        get {
            switch operation {
            case .info: info
            case .capture: capture
            case .admin: admin
            }
        }
        set {
            switch operation {
            case .info: info = newValue
            case .capture: capture = newValue
            case .admin: admin = newValue
            }
        }
    }

    /// Which rule allows the operation.
    ///
    /// - Throws: `AccessRefusal` when none does.
    @discardableResult
    package func allow(_ operation: AccessOperation, to peer: AccessPeer) throws(AccessRefusal) -> AccessRule {
        if let rule = rule(for: operation, covering: peer) { return rule }
        guard peer.user != Self.overflowID else {
            throw AccessRefusal(
                operation: operation, rule: nil, code: "unknown-user",
                cause: "the client runs as uid \(Self.overflowID), which may be any user of another user namespace",
                nextStep: "run the client as a user of this machine, outside of containers with users of their own")
        }
        let list = self[operation]
        let names = list.isEmpty ? "nobody" : list.map(\.text).joined(separator: ", ")
        throw AccessRefusal(
            operation: operation, rule: "\(operation.rawValue) = \(list.map(\.text).joined(separator: ", "))",
            code: "not-permitted",
            cause: "uid \(peer.user) may not use operation \(operation.rawValue), which is for \(names)",
            nextStep: "let an administrator add the user or one of its groups to \(operation.rawValue) in pidd.conf")
    }

    /// Whether a rule allows the operation; quicker than `allow`, which explains a refusal.
    package func allows(_ operation: AccessOperation, to peer: AccessPeer) -> Bool {
        rule(for: operation, covering: peer) != nil
    }

    private func rule(for operation: AccessOperation, covering peer: AccessPeer) -> AccessRule? {
        guard peer.user != Self.overflowID else { return nil }
        return self[operation].first { $0.covers(peer) }
    }
}

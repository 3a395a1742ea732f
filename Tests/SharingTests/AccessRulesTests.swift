// Who may do what, and what those are told who may not.
import Sharing
import Testing

private let accounts = AccountLookup(
    user: { ["root": 0, "alice": 1000, "nobody": 65534][$0] },
    group: { ["clerks": 200, "nogroup": 65534][$0] })

/// A user and its groups, the primary one first.
private func peer(_ user: UInt32, _ groups: UInt32...) -> AccessPeer {
    AccessPeer(user: user, group: groups.first ?? 9999, groups: Array(groups.dropFirst()))
}

@Suite struct `Access rules` {
    @Test func `without settings everybody may ask and capture, and root alone is an admin`() throws {
        let rules = AccessRules.standard
        #expect(try rules.allow(.info, to: peer(1000)).text == "*")
        #expect(try rules.allow(.capture, to: peer(1000)).text == "*")
        #expect(try rules.allow(.admin, to: peer(0)).text == "root")
        #expect(throws: AccessRefusal.self) { try rules.allow(.admin, to: peer(1000)) }
    }

    @Test func `users, groups and ids are allowed by the rule that names them`() throws {
        let rules = try AccessRules(reading: [.capture: " alice,\t@clerks , 42, @43 "], accounts: accounts)
        #expect(try rules.allow(.capture, to: peer(1000)).text == "alice")
        #expect(try rules.allow(.capture, to: peer(7, 6, 200)).text == "@clerks")
        #expect(try rules.allow(.capture, to: peer(42)).text == "42")
        #expect(try rules.allow(.capture, to: peer(7, 43)).text == "@43")
        // The id of a user is not that of a group.
        #expect(throws: AccessRefusal.self) { try rules.allow(.capture, to: peer(43, 1000)) }
        // What is not set stays as it was.
        #expect(try rules.allow(.info, to: peer(7)).text == "*")
    }

    @Test func `a refusal names the rule and what to do`() throws {
        let rules = try AccessRules(reading: [.capture: "alice, @clerks"], accounts: accounts)
        let refusal = #expect(throws: AccessRefusal.self) { try rules.allow(.capture, to: peer(1001, 1001)) }
        #expect(refusal?.rule == "capture = alice, @clerks")
        #expect(refusal?.code == "not-permitted")
        #expect(refusal?.cause == "uid 1001 may not use operation capture, which is for alice, @clerks")
        #expect(
            refusal?.nextStep
                == "let an administrator add the user or one of its groups to capture in pidd.conf")
    }

    @Test func `root needs a rule like everybody else`() throws {
        let rules = try AccessRules(reading: [.capture: "alice", .admin: "@clerks"], accounts: accounts)
        #expect(throws: AccessRefusal.self) { try rules.allow(.capture, to: peer(0, 0)) }
        #expect(throws: AccessRefusal.self) { try rules.allow(.admin, to: peer(0, 0)) }
    }

    @Test func `an empty list is nobody`() throws {
        let rules = try AccessRules(reading: [.admin: ""], accounts: accounts)
        let refusal = #expect(throws: AccessRefusal.self) { try rules.allow(.admin, to: peer(0)) }
        #expect(refusal?.cause.hasSuffix("which is for nobody") == true)
        #expect(refusal?.rule == "admin = ")
    }

    @Test func `the overflow user is never allowed anything, not even by a star`() throws {
        // spec/peers.md F44
        for operation in AccessOperation.allCases {
            let refusal = #expect(throws: AccessRefusal.self) {
                try AccessRules.standard.allow(operation, to: peer(65534, 0, 200))
            }
            #expect(refusal?.code == "unknown-user")
            #expect(refusal?.rule == nil)
        }
    }

    @Test func `the overflow user and group cannot be named in a rule`() {
        for name in ["nobody", "@nogroup", "65534", "@65534"] {
            let error = #expect(throws: AccessRuleError.self) {
                try AccessRules(reading: [.capture: name], accounts: accounts)
            }
            #expect(error?.code == "access-rule-overflow-id", "\(name)")
        }
    }

    @Test(arguments: [
        ("mallory", "access-rule-no-such-user"), ("@mallory", "access-rule-no-such-group"),
        ("alice,,root", "access-rule-empty-name"), ("alice,", "access-rule-empty-name"),
        ("@", "access-rule-empty-name"),
        ("4294967296", "access-rule-no-such-user"), ("-1", "access-rule-no-such-user"),
        ("alice @clerks", "access-rule-no-such-user"),
    ])
    func `a list that does not say who is meant is an error`(list: String, code: String) {
        let error = #expect(throws: AccessRuleError.self) {
            try AccessRules(reading: [.capture: list], accounts: accounts)
        }
        #expect(error?.code == code)
        #expect(error?.nextStep.isEmpty == false)
    }

    @Test func `a list has a bound`() {
        let list = [String](repeating: "alice", count: 65).joined(separator: ",")
        let error = #expect(throws: AccessRuleError.self) {
            try AccessRules(reading: [.info: list], accounts: accounts)
        }
        #expect(error?.code == "access-rule-too-long")
    }
}

// The written form of the access rules: `alice, @clerks, 1000, *`.

/// Finds the ids of names; the answers come from the machine's user and group files.
package struct AccountLookup: Sendable {
    /// The id of a user, nil if there is none of that name.
    package let user: @Sendable (String) -> UInt32?
    /// The id of a group, nil if there is none of that name.
    package let group: @Sendable (String) -> UInt32?

    package init(user: @escaping @Sendable (String) -> UInt32?, group: @escaping @Sendable (String) -> UInt32?) {
        self.user = user
        self.group = group
    }
}

/// Says what is wrong with a list of access rules.
///
/// It has the members of `ExplainedError` (target Platform), so `extension AccessRuleError: ExplainedError {}` makes it
/// one.
package struct AccessRuleError: Error, Sendable, Equatable {
    package let code: String
    package let cause: String
    package let nextStep: String
}

extension AccessRules {
    /// Reads the lists that the settings give; an operation that they do not name keeps its standard list.
    ///
    /// A list is names separated by commas: a user name or id, a group name or id after `@`, or `*` for everybody. An
    /// empty list is nobody.
    ///
    /// - Throws: `AccessRuleError` for names that nobody has, and for the overflow id, which can never be allowed.
    package init(
        reading lists: [AccessOperation: String], accounts: AccountLookup
    ) throws(AccessRuleError) {
        self = Self.standard
        for operation in AccessOperation.allCases {
            guard let list = lists[operation] else { continue }
            self[operation] = try Self.read(list, for: operation, accounts)
        }
    }

    private static func read(
        _ list: String, for operation: AccessOperation, _ accounts: AccountLookup
    ) throws(AccessRuleError) -> [AccessRule] {
        let list = list.trimmed
        guard !list.isEmpty else { return [] }
        let names = list.split(separator: ",", omittingEmptySubsequences: false)
        guard names.count <= mostNamesInAccessRule else {
            throw AccessRuleError(
                code: "access-rule-too-long",
                cause: "\(operation.rawValue) has \(names.count) names, at most \(mostNamesInAccessRule) are read",
                nextStep: "put the users into a group and name that, as @group")
        }
        var rules: [AccessRule] = []
        for name in names { rules.append(try readOne(name.trimmed, for: operation, accounts)) }
        return rules
    }

    private static func readOne(
        _ text: String, for operation: AccessOperation, _ accounts: AccountLookup
    ) throws(AccessRuleError) -> AccessRule {
        if text == "*" { return AccessRule(subject: .everybody, text: text) }
        let isGroup = text.hasPrefix("@")
        let name = isGroup ? String(text.dropFirst()) : text
        guard !name.isEmpty else {
            throw AccessRuleError(
                code: "access-rule-empty-name", cause: "\(operation.rawValue) has an empty name",
                nextStep: "write users as name, groups as @name, everybody as *, separated by commas")
        }
        let isNumber = name.utf8.allSatisfy { UInt8(ascii: "0") <= $0 && $0 <= UInt8(ascii: "9") }
        guard let id = isNumber ? UInt32(name) : isGroup ? accounts.group(name) : accounts.user(name) else {
            throw AccessRuleError(
                code: isGroup ? "access-rule-no-such-group" : "access-rule-no-such-user",
                cause: "\(operation.rawValue) names the \(isGroup ? "group" : "user") \(name), which does not exist",
                nextStep: "correct the name, or check it with: getent \(isGroup ? "group" : "passwd") \(name)")
        }
        guard id != overflowID else {
            throw AccessRuleError(
                code: "access-rule-overflow-id",
                cause: "\(operation.rawValue) names \(text), the id \(overflowID) of all whom the kernel cannot name",
                nextStep: "name a user or group of this machine")
        }
        return AccessRule(subject: isGroup ? .group(id) : .user(id), text: text)
    }
}

extension StringProtocol {
    /// Without the spaces and tabs around it.
    fileprivate var trimmed: String {
        var rest = self[...]
        while rest.first == " " || rest.first == "\t" { rest.removeFirst() }
        while rest.last == " " || rest.last == "\t" { rest.removeLast() }
        return String(rest)
    }
}

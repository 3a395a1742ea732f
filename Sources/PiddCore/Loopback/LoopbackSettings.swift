// Section [loopback] of the settings: the door for browsers and for clients that know TCP only.
import Settings

/// How the loopback door is opened, and to which web pages.
package struct LoopbackSettings: Sendable, Equatable {
    /// Who may ask RDSERVICE whether a scanner is there.
    package enum Discovery: String, Sendable, CaseIterable {
        /// Listed origins and local programs.
        case origins
        /// Every web page too: it then learns of the scanner's maker and model, and can recognise the machine by it.
        case everyone
    }

    /// The content type of RD documents for clients that do not ask for XML.
    package enum DocumentType: String, Sendable, CaseIterable {
        /// Pages of the family that parses a string, which is the larger one.
        case plain = "text/plain"
        /// Pages of the family that takes a document from jQuery.
        case xml = "text/xml"
        case applicationXML = "application/xml"
    }

    /// Off unless it is asked for; sockets that the service manager hands over open it too.
    package var isEnabled = false
    /// The first free one is taken.
    package var ports: ClosedRange<UInt16> = 11100...11120
    /// Web pages that may capture.
    package var origins: [OriginRule] = []
    /// Names of this machine beside 127.0.0.1, ::1 and localhost that stand in `Host`.
    package var hosts: Set<String> = []
    package var discovery = Discovery.origins
    package var documentType = DocumentType.plain

    package init() {}

    static let section = "loopback"
    static let keys = Set(["enabled", "ports", "origins", "hosts", "discovery", "content-type"])

    /// Reads the section over the built-in values.
    ///
    /// - Throws: `SettingsError` naming file and line of a value that cannot be used.
    mutating func read(_ settings: Settings) throws(SettingsError) {
        if let entry = settings.entry("enabled", in: Self.section) {
            isEnabled = try Self.choice(entry, ["no": false, "yes": true])
        }
        if let entry = settings.entry("ports", in: Self.section) { ports = try Self.ports(entry) }
        if let entry = settings.entry("origins", in: Self.section) { origins = try Self.origins(entry) }
        if let entry = settings.entry("hosts", in: Self.section) { hosts = try Self.hosts(entry) }
        if let entry = settings.entry("discovery", in: Self.section) {
            discovery = try Self.choice(
                entry, Dictionary(uniqueKeysWithValues: Discovery.allCases.map { ($0.rawValue, $0) }))
        }
        if let entry = settings.entry("content-type", in: Self.section) {
            documentType = try Self.choice(
                entry, Dictionary(uniqueKeysWithValues: DocumentType.allCases.map { ($0.rawValue, $0) }))
        }
    }

    private static func choice<Value>(
        _ entry: Settings.Entry, _ choices: [String: Value]
    ) throws(SettingsError) -> Value {
        if let value = choices[entry.value] { return value }
        throw wrong(
            entry, "'\(entry.value)' is not a value of \(entry.key)",
            "write one of: \(choices.keys.sorted().joined(separator: ", "))")
    }

    private static func ports(_ entry: Settings.Entry) throws(SettingsError) -> ClosedRange<UInt16> {
        let ends = entry.value.split(separator: "-", omittingEmptySubsequences: false).map {
            UInt16($0.filter { $0 != " " })
        }
        guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first > 0,
            first <= last
        else { throw wrong(entry, "'\(entry.value)' is no range of ports", "write it as 11100-11120, or one port") }
        return first...last
    }

    private static func origins(_ entry: Settings.Entry) throws(SettingsError) -> [OriginRule] {
        var rules: [OriginRule] = []
        for word in words(entry) {
            guard let rule = OriginRule(word) else {
                throw wrong(
                    entry, "'\(word)' is not the origin of a web page",
                    "write https://portal.example or https://*.portal.example, with a port where it has one, without a path"
                )
            }
            rules.append(rule)
        }
        guard rules.count <= Limits.origins else {
            throw wrong(entry, "more than \(Limits.origins) origins are listed", "list fewer")
        }
        return rules
    }

    private static func hosts(_ entry: Settings.Entry) throws(SettingsError) -> Set<String> {
        var hosts: Set<String> = []
        for word in words(entry) {
            guard let (host, port) = splitHost(word), port == nil else {
                throw wrong(
                    entry, "'\(word)' is not the name of a host", "write names without ports, such as till.example")
            }
            hosts.insert(host)
        }
        return hosts
    }

    private static func words(_ entry: Settings.Entry) -> [String] {
        entry.value.split { ", \t".contains($0) }.map(String.init)
    }

    private static func wrong(_ entry: Settings.Entry, _ what: String, _ nextStep: String) -> SettingsError {
        SettingsError(cause: "\(entry.place): \(what)", nextStep: nextStep)
    }
}

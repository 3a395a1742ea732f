// What an administrator has told Chromium about pages that speak to this machine (Local Network Access).
import FoundationEssentials
import Platform
import Scanner

/// The lists of a policy file that let web pages speak to services of the machine without asking the person.
struct BrowserPolicy: Decodable {
    private let loopback: [String]?
    private let local: [String]?

    private enum CodingKeys: String, CodingKey {
        case loopback = "LoopbackNetworkAllowedForUrls"
        case local = "LocalNetworkAccessAllowedForUrls"
    }

    private var patterns: [String] { (loopback ?? []) + (local ?? []) }

    /// Whether the policies of some folders let the pages of listed origins in.
    static func checks(of origins: [OriginRule], in folders: [String], group: String) -> [Check] {
        let remote = origins.filter { !$0.isOfThisMachine }
        guard !remote.isEmpty else { return [] }
        let paths = folders.flatMap { folder in
            folderNames(folder).filter { $0.hasSuffix(".json") }.sorted().map { "\(folder)/\($0)" }
        }
        var patterns: [String] = []
        var checks: [Check] = []
        for path in paths {
            let bytes = (try? readFile(path, limit: DoctorLimits.policy)) ?? []
            if let policy = try? JSONDecoder().decode(BrowserPolicy.self, from: Data(bytes)) {
                patterns += policy.patterns
            } else {
                checks.append(
                    Check(
                        group, "policy", .warn, "\(path) is no policy that Chromium can read",
                        nextStep: "check it with: python3 -m json.tool \(path)"))
            }
        }
        let missing = remote.filter { rule in !patterns.contains { covers($0, rule) } }
        guard !missing.isEmpty else {
            return checks + [Check(group, "policy", .ok, "Chromium lets the listed pages speak to this machine")]
        }
        let quoted = missing.map { "\"\($0.policyPattern)\"" }.joined(separator: ", ")
        return checks + [
            Check(
                group, "policy", .warn,
                "Chromium asks the person before \(missing.map(\.text).joined(separator: ", ")) may speak to this machine",
                nextStep: "write {\"LoopbackNetworkAllowedForUrls\": [\(quoted)]} to \(folders.first ?? "")/pidd.json")
        ]
    }

    /// The forms of patterns that people write for whole sites; others are taken for not covering.
    private static func covers(_ pattern: String, _ rule: OriginRule) -> Bool {
        if pattern == "*" || pattern == "https://*" { return true }
        let wanted = rule.policyPattern
        if pattern == wanted || pattern == "\(wanted)/" { return true }
        let hosts = pattern.hasPrefix("https://") ? String(pattern.dropFirst(8)) : pattern
        guard hosts.hasPrefix("[*.]"), wanted.hasPrefix("https://") else { return "https://\(hosts)" == wanted }
        let (name, host) = (hosts.dropFirst(4), wanted.dropFirst(8))
        return host == name || host.hasSuffix(".\(name)") || host == hosts
    }
}

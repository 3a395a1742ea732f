// What `pidd doctor` found: for people, for scripts, and to be sent to somebody.
import FoundationEssentials
package import Platform

/// All checks of one visit.
package struct DoctorReport: Sendable {
    package let checks: [Check]
    /// Serial numbers of attached scanners, which `redactedText` takes out.
    private let serials: [String]
    /// What else helps those who help, by the name of its file in the bundle.
    let papers: [(name: String, text: String)]

    package init(_ checks: [Check], serials: [String] = [], papers: [(name: String, text: String)] = []) {
        self.checks = checks
        self.serials = serials
        self.papers = papers
    }

    /// Whether nothing failed; warnings do not count.
    package var isHealthy: Bool { count(.fail) == 0 }

    /// A headline a group, a line a check, the next step below it.
    package var text: String { reportText(checks) }

    /// One JSON object on one line, names in snake case.
    package var jsonLine: String {
        struct Body: Encodable {
            struct Entry: Encodable {
                let group, name, verdict, finding, nextStep: String
            }
            let version: String
            let healthy: Bool
            let checks: [Entry]
        }
        let entries = checks.map {
            Body.Entry(
                group: $0.group, name: $0.name, verdict: $0.verdict.rawValue, finding: $0.finding,
                nextStep: $0.nextStep)
        }
        return String(
            decoding: json(Body(version: piddVersion, healthy: isHealthy, checks: entries)), as: UTF8.self)
    }

    /// A text without what names a scanner, a person or a home folder, to be shown to other people.
    ///
    /// - Parameters:
    ///   - text: what was found.
    ///   - home: the folder of the person who asks; nil when there is none.
    /// - Returns: the text with `<serial>`, `~` and `<number>` in their places.
    func redacted(_ text: String, home: String?) -> String {
        // In front of serial numbers: they are parts of these paths.
        var text = Self.redactingIdentityFolders(text)
        for serial in serials where serial.count >= DoctorLimits.redactedSerial {
            text = text.replacing(serial, with: "<serial>")
        }
        if let home, home.count > 1 { text = text.replacing(home, with: "~") }
        return Self.redactingLongNumbers(text)
    }

    private func count(_ verdict: Verdict) -> Int { checks.count { $0.verdict == verdict } }

    /// The folder below `identity/` is named after the scanner's serial number.
    private static func redactingIdentityFolders(_ text: String) -> String {
        var result = ""
        for (index, part) in text.split(separator: "/identity/", omittingEmptySubsequences: false).enumerated() {
            guard index > 0 else {
                result += part
                continue
            }
            let name = part.prefix { !$0.isWhitespace && $0 != "/" }
            result += "/identity/\(name == "any" ? "any" : "<serial>")\(part.dropFirst(name.count))"
        }
        return result
    }

    /// Numbers of twelve digits and more could be of a person; nothing that helps here is that long.
    private static func redactingLongNumbers(_ text: String) -> String {
        var result = ""
        var digits = ""
        func flushed() -> String { digits.count >= 12 ? "<number>" : digits }
        for character in text {
            if character.isNumber {
                digits.append(character)
                continue
            }
            result += flushed()
            digits = ""
            result.append(character)
        }
        return result + flushed()
    }
}

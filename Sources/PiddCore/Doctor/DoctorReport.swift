// What `pidd doctor` found: for people, for scripts, and to be sent to somebody.
import FoundationEssentials
package import Platform

/// All checks of one visit.
package struct DoctorReport: Sendable {
    package let checks: [Check]
    /// Serial numbers of attached scanners, which `redactedText` takes out.
    private let serials: [String]

    package init(_ checks: [Check], serials: [String] = []) {
        self.checks = checks
        self.serials = serials
    }

    /// Whether nothing failed; warnings do not count.
    package var isHealthy: Bool { count(.fail) == 0 }

    /// A headline a group, a line a check, the next step below it.
    package var text: String {
        let width = checks.map(\.name.count).max() ?? 0
        var lines: [String] = []
        var group = ""
        for check in checks {
            if check.group != group {
                group = check.group
                lines.append(group)
            }
            let name = check.name + String(repeating: " ", count: width - check.name.count)
            let verdict = check.verdict.rawValue + String(repeating: " ", count: 4 - check.verdict.rawValue.count)
            lines.append("  \(verdict)  \(name)  \(check.finding)")
            if !check.nextStep.isEmpty {
                lines.append(String(repeating: " ", count: width + 10) + "-> \(check.nextStep)")
            }
        }
        lines.append("\(count(.ok)) ok, \(count(.warn)) to mind, \(count(.fail)) failed")
        return lines.joined(separator: "\n") + "\n"
    }

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

    /// The text with what it was found on, and without what names a scanner, a person or a home folder.
    ///
    /// - Parameters:
    ///   - system: a line about the machine.
    ///   - home: the folder of the person who asks; nil when there is none.
    /// - Returns: the report for other people.
    package func redactedText(system: String, home: String?) -> String {
        var text = "pidd \(piddVersion) on \(system)\n\n\(self.text)"
        // In front of serial numbers: they are parts of these paths.
        text = Self.redactingIdentityFolders(text)
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

    /// Writes the redacted text to a file of mode 0600.
    ///
    /// - Throws: `FileError`.
    package func write(bundle path: String, home: String?) throws(FileError) {
        let text = redactedText(system: systemDescription(), home: home)
        let bytes = Array(text.utf8)
        try unsafe bytes.withUnsafeBufferPointer { (bytes) throws(FileError) in
            try unsafe writeFileAtomically(path, UnsafeRawBufferPointer(bytes), mode: 0o600)
        }
    }
}

/// Distribution and kernel, without the machine's name.
private func systemDescription() -> String {
    let release = (try? readFile("/etc/os-release", limit: 16 * 1024)) ?? []
    let name = String(decoding: release, as: UTF8.self).split(separator: "\n")
        .first { $0.hasPrefix("PRETTY_NAME=") }.map { $0.dropFirst(12).filter { $0 != "\"" } }
    let kernel = (try? readKernelFile("/proc/sys/kernel/osrelease", limit: 256)) ?? []
    return "\(name ?? "Linux"), kernel \(String(decoding: kernel, as: UTF8.self).filter { !$0.isWhitespace })"
}

// One thing that was looked at: what was found, and what to do about it; the common look of both doctors.

/// What a check came to.
package enum Verdict: String, Sendable {
    case ok
    /// Captures work, or may work, but not for long or not as well as they could.
    case warn
    /// Captures do not work because of this.
    case fail
}

/// One thing that `pidd doctor` or `ekyc-client doctor` looked at.
///
/// The texts hold no secret and no serial number but as part of a path or of the id of a scanner.
package struct Check: Equatable, Sendable {
    /// What it belongs to, such as `scanner`; checks of a group stand together.
    package let group: String
    /// A stable short name for scripts.
    package let name: String
    package let verdict: Verdict
    /// What was found, without a full stop.
    package let finding: String
    /// What can be done; empty when nothing has to be.
    package let nextStep: String

    package init(_ group: String, _ name: String, _ verdict: Verdict, _ finding: String, nextStep: String = "") {
        self.group = group
        self.name = name
        self.verdict = verdict
        self.finding = finding
        self.nextStep = nextStep
    }

    /// A check that failed because of an error.
    package init(_ group: String, _ name: String, failed error: some ExplainedError) {
        self.init(group, name, .fail, error.cause, nextStep: error.nextStep)
    }
}

/// Checks as people read them: a headline a group, a line a check, the next step below it, and a count.
package func reportText(_ checks: [Check]) -> String {
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
    func count(_ verdict: Verdict) -> Int { checks.count { $0.verdict == verdict } }
    lines.append("\(count(.ok)) ok, \(count(.warn)) to mind, \(count(.fail)) failed")
    return lines.joined(separator: "\n") + "\n"
}

// One thing that was looked at: what was found, and what to do about it.

/// What a check came to.
package enum Verdict: String, Sendable {
    case ok
    /// Captures work, or may work, but not for long or not as well as they could.
    case warn
    /// Captures do not work because of this.
    case fail
}

/// One thing that `pidd doctor` looked at.
///
/// The texts hold no secret and no serial number but as part of a path.
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
}

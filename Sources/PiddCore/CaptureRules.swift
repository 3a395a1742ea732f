// What the settings say of captures, and how good a picture has to be.
import Biometrics

/// What the settings say of captures.
package struct CaptureRules: Sendable, Equatable {
    /// Whether PidOptions have to follow docs/schema/PidOptions.xsd.
    package var isStrict = false
    package var quality = QualityRule()
    /// How many times the pictures of FIR records are compressed, one of `BiometricLimits.imageRates`.
    package var imageRate = BiometricLimits.usualImageRate

    package init() {}
}

/// How good the picture of a finger has to be, as `qScore` counts: 0...100.
package struct QualityRule: Sendable, Equatable {
    /// A picture of this quality ends the search for a better one; portals in use warn of less.
    package var target = 45
    /// Without a picture of this quality a capture fails; 0 takes what there is.
    package var minimum = 0

    package init() {}

    /// The rule for a request that asks for a quality of its own; nobody can ask for less than the settings.
    func raised(to minimum: Int?) -> QualityRule {
        var rule = self
        rule.minimum = max(self.minimum, minimum ?? 0)
        rule.target = max(target, rule.minimum)
        return rule
    }
}

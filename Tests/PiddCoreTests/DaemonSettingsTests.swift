// The settings file: access rules with the line of what is wrong in them.
@testable import PiddCore
import Settings
import Sharing
import TestSupport
import Testing

struct DaemonSettingsTests {
    private func read(_ text: String) throws -> DaemonSettings {
        let folder = try TemporaryFolder()
        var settings = DaemonSettings()
        _ = try settings.read(file: try folder.write("pidd.conf", text.utf8))
        return settings
    }

    @Test func `a rule replaces the standard one of its operation only`() throws {
        let access = try read("[access]\ncapture = root, @0\n").access
        #expect(access.rules[.capture]?.map(\.subject) == [.user(0), .group(0)])
        #expect(access.rules[.info] == AccessRules.standard.rules[.info])
        #expect(access.rules[.admin] == AccessRules.standard.rules[.admin])
    }

    @Test func `a name that nobody has is refused with its line`() throws {
        let error = try #require(throws: SettingsError.self) {
            _ = try read("[access]\n# who\ncapture = no-such-user-here\n")
        }
        #expect(error.cause.contains("pidd.conf:3: "))
        #expect(error.code == "access-rule-no-such-user")
    }

    @Test func `section capture says how strict and how choosy pidd is`() throws {
        let standard = try read("").capture
        #expect(!standard.isStrict && standard.quality == QualityRule())
        let rules = try read("[capture]\nstrict = yes\nquality-target = 70\nquality-minimum = 25\nfir-ratio = 12\n")
            .capture
        #expect(rules.isStrict && rules.quality.target == 70 && rules.quality.minimum == 25 && rules.imageRate == 12)
        for wrong in ["strict = maybe", "quality-target = 101", "quality-minimum = x", "fir-ratio = 9"] {
            let error = try #require(throws: SettingsError.self) { _ = try read("[capture]\n\(wrong)\n") }
            #expect(error.cause.contains("pidd.conf:2: "))
        }
    }

    @Test func `a request may ask for a better picture than the settings, never for a worse one`() {
        var rule = QualityRule()
        (rule.target, rule.minimum) = (50, 30)
        #expect(rule.raised(to: nil) == rule)
        #expect(rule.raised(to: 20) == rule)
        #expect(rule.raised(to: 40).minimum == 40 && rule.raised(to: 40).target == 50)
        #expect(rule.raised(to: 80).minimum == 80 && rule.raised(to: 80).target == 80)
    }
}

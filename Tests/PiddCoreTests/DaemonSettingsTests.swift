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
}

// The settings file: access rules with the line of what is wrong in them.
import Foundation
import Glibc
import Platform
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
        #expect(access[.capture].map(\.subject) == [.user(0), .group(0)])
        #expect(access[.info] == AccessRules.standard[.info])
        #expect(access[.admin] == AccessRules.standard[.admin])
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

    @Test func `files of conf.d go over the main file, in the order of their names`() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("pidd.conf", "[server]\nsocket = /a\nidle-exit = 5\nold = 1\n".utf8)
        try #require(unsafe mkdir(folder.file("conf.d"), 0o700) == 0)
        _ = try folder.write("conf.d/20-b.conf", "[server]\nsocket = /c\n".utf8)
        _ = try folder.write("conf.d/10-a.conf", "[server]\nsocket = /b\nmode = 0600\nnew = 1\n".utf8)
        _ = try folder.write("conf.d/10-a.conf.bak", "no settings at all".utf8)
        var settings = DaemonSettings()
        let warnings = try settings.read(file: file)
        #expect(settings.socket == "/c")
        #expect(settings.socketMode == 0o600)
        #expect(settings.idle.quiet == .seconds(5))
        #expect(warnings.count == 2)
        #expect(warnings.first?.contains("pidd.conf:4: there is no key 'old' in section [server]") == true)
        #expect(warnings.last?.contains("conf.d/10-a.conf:4: there is no key 'new'") == true)
    }

    /// Each would leave `capture` open to everybody.
    @Test(arguments: [
        ("[acess]\ncapture = root\n", "there is no section [acess]"), ("capture = root\n", "there is no section []"),
        ("[access]\ncaptures = root\n", "there is no key 'captures' in section [access]"),
        ("[loopback]\norigin = x\n", "there is no key 'origin' in section [loopback]"),
    ])
    func `a misspelt rule is refused with its line, not warned of`(text: String, cause: String) throws {
        let error = try #require(throws: SettingsError.self) { _ = try read(text) }
        #expect(error.cause.contains("pidd.conf:\(text.hasPrefix("[") ? 2 : 1): \(cause)"), "\(error)")
        #expect(error.code == "settings-invalid")
    }

    /// As somebody else than root, whom the kernel keeps out.
    @Test(.enabled(if: geteuid() == 0, "only root can become somebody else"))
    func `rules in a folder that may not be read are not passed over`() async throws {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let file = try folder.write("pidd.conf", [], mode: 0o644)
            try makeFolders(folder.file("conf.d"), mode: 0o700)
            _ = try folder.write("conf.d/x.conf", "[access]\ncapture = root\n".utf8, mode: 0o644)
            try #require(unsafe chmod(folder.path, 0o755) == 0)
            try #require(setgid(65534) == 0 && setuid(65534) == 0)
            var settings = DaemonSettings()
            let error = try #require(throws: SettingsError.self) { _ = try settings.read(file: file) }
            #expect(error.code == "file-forbidden" && error.cause.contains("conf.d"), "\(error)")
        }
    }

    @Test(arguments: ["pidd.conf", "conf.d", "conf.d/x.conf"])
    func `settings that others may change are refused`(name: String) throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("pidd.conf", [])
        try makeFolders(folder.file("conf.d"), mode: 0o755)
        _ = try folder.write("conf.d/x.conf", "[access]\ncapture = root\n".utf8, mode: 0o644)
        var settings = DaemonSettings()
        #expect(try settings.read(file: file) == [])
        try #require(unsafe chmod(folder.file(name), 0o777) == 0)
        let error = try #require(throws: SettingsError.self) { _ = try settings.read(file: file) }
        #expect(error.code == "writable-by-others" && error.nextStep == "run: chmod go-w \(folder.file(name))")
        try #require(unsafe chmod(folder.file(name), 0o755) == 0)
        guard geteuid() == 0 else { return }
        try #require(unsafe chown(folder.file(name), 12345, 0) == 0)
        let other = try #require(throws: SettingsError.self) { _ = try settings.read(file: file) }
        #expect(other.code == "owner-not-trusted")
    }

    @Test(arguments: ["-1", "soon", "86401", ""]) func `a quiet time that is none is refused`(_ value: String) {
        let error = #expect(throws: SettingsError.self) { _ = try read("[server]\nidle-exit = \(value)\n") }
        #expect(error?.cause.contains("pidd.conf:2: '\(value)' is no number of seconds") == true)
    }

    @Test func `the manual page and the file of the package name every key`() throws {
        let root = #filePath.components(separatedBy: "/Tests/")[0]
        let page = String(decoding: try readFile("\(root)/share/man/pidd.conf.5", limit: 1 << 20), as: UTF8.self)
        let file = String(decoding: try readFile("\(root)/share/pidd/pidd.conf", limit: 1 << 20), as: UTF8.self)
        for (section, keys) in DaemonSettings.known {
            #expect(page.contains(".Ss [\(section)]\n"))
            let part = file.components(separatedBy: "\n[\(section)]\n").last?.components(separatedBy: "\n[")[0] ?? ""
            for key in keys {
                #expect(page.contains(" \(key)\n") || page.contains(" \(key) "), "\(section) \(key)")
                #expect("\n\(part)".contains("\n#\(key) ="), "\(section) \(key)")
            }
        }
        // As it is shipped, and with every line in force, it has nothing that is warned of.
        let folder = try TemporaryFolder()
        for text in [
            file, file.replacing("\n#group = pidd", with: "").replacing(/\n#([a-z-]+ =)/, with: { "\n\($0.1)" }),
        ] {
            var settings = DaemonSettings()
            #expect(try settings.read(file: folder.write("pidd.conf", text.utf8)) == [])
        }
    }
}

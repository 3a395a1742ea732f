// What the daemon is told: built-in values, the settings file, the command line.
import Biometrics
import Glibc
import Platform
import Scanner
package import Settings
package import Sharing

/// How the daemon runs; the defaults are those of an installed service.
package struct DaemonSettings: Sendable {
    /// The settings file that is read when none is named; it may be missing.
    package static let standardFile = "/etc/pidd/pidd.conf"

    /// The Unix socket that clients connect to.
    package var socket = "/run/pidd/pidd.sock"
    /// Its mode: who may connect is decided by the kernel first.
    package var socketMode: UInt32 = 0o660
    /// The group it belongs to; nil leaves the group of the process.
    package var socketGroup: String?
    /// When to leave; only a daemon whose socket the service manager keeps does, and a quiet time of 0 stands for never.
    package var idle = IdleLimits()
    /// Where identities are kept, one folder for each scanner.
    package var state = "/var/lib/pidd"
    /// The folder of settings; UIDAI's certificates are below it, in `uidai`, for identities that have none of their own.
    package var configuration = "/etc/pidd"
    /// What `pidd provision` needs; the daemon does not.
    package var provider = ProviderSettings()
    /// Who may do what.
    package var access = AccessRules.standard
    /// How captures are taken.
    package var capture = CaptureRules()
    /// The table of scanners (docs/architecture.md, Scanners); nil for the installed one, or the one built in.
    package var scannerTable: String?
    /// The id of the scanner to use, as the journal names it; nil takes the first that can be used.
    package var scannerID: String?
    /// The door for browsers.
    package var loopback = LoopbackSettings()
    /// Whether scanners made of software count.
    ///
    /// Only a command line switch sets it, never the file.
    package var allowVirtualScanner = false

    package init() {}

    /// The keys of each section.
    static let known = [
        "server": Set(["socket", "mode", "group", "idle-exit"]),
        "identity": Set(["state", "configuration"]),
        "scanner": Set(["table", "id"]),
        "capture": Set(["strict", "quality-target", "quality-minimum", "fir-ratio"]),
        LoopbackSettings.section: LoopbackSettings.keys,
        "provider": ProviderSettings.known,
        "access": Set(AccessOperation.allCases.map(\.rawValue)),
    ]

    /// The sections that say who may do what: a misspelt key in them is refused, in others it is warned of.
    private static let guarding: Set = ["access", LoopbackSettings.section]

    /// Reads a settings file, and those beside it in `conf.d`, over the built-in values.
    ///
    /// The files of `conf.d` whose names end with `.conf` are read in the order of their names; each goes over those before
    /// it, key by key.
    ///
    /// - Parameter path: nil for the standard file, which may be missing.
    /// - Returns: a line for each key that is not known, with file and line.
    /// - Throws: `SettingsError` naming file and line of a value that cannot be used, of a section that nobody knows, and of a
    ///   key that nobody knows where a rule would be lost with it; and the file or folder that others may change, or that this
    ///   user may not read.
    package mutating func read(file path: String?) throws(SettingsError) -> [String] {
        let main = path ?? Self.standardFile
        var settings = Settings()
        var unknown: [Settings.Entry] = []
        for file in [main] + (try Self.additions(to: main)) {
            do throws(SettingsError) {
                try Self.checkPlace(file)
                let more = try Settings(path: file)
                unknown += more.unknown(besides: Self.known)
                settings = more.over(settings)
            } catch  where error.code == "file-missing" && (path == nil || file != main) {}
        }
        try take(settings)
        try Self.refuse(unknown)
        return unknown.map { "\($0.place): there is no key '\($0.key)' in section [\($0.section)]; it is ignored" }
    }

    /// The files of `conf.d` beside a file; none when there is no such folder.
    ///
    /// One that cannot be read is an error: rules of access in it would silently not be in force.
    private static func additions(to file: String) throws(SettingsError) -> [String] {
        let folder = (file.lastIndex(of: "/").map { String(file[...$0]) } ?? "") + "conf.d"
        do throws(FileError) {
            let names = try namesInFolder(folder)
            try checkTrusted(folder)
            return names.filter { $0.hasSuffix(".conf") && !$0.hasPrefix(".") }.sorted().map { "\(folder)/\($0)" }
        } catch {
            guard error.code == "file-missing" else { throw SettingsError(error) }
            return []
        }
    }

    /// Who may change the settings may capture: they name rules of access, and the hook that gets certificates.
    private static func checkPlace(_ file: String) throws(SettingsError) {
        do { try checkTrusted(file) } catch { throw SettingsError(error) }
    }

    /// Refuses what nobody knows where a rule could be lost with it, so that more would be allowed than is written.
    private static func refuse(_ unknown: [Settings.Entry]) throws(SettingsError) {
        for entry in unknown {
            guard let keys = known[entry.section] else {
                throw SettingsError(
                    cause: "\(entry.place): there is no section [\(entry.section)]",
                    nextStep: "correct or remove it; the sections are \(known.keys.sorted().joined(separator: ", "))")
            }
            guard !guarding.contains(entry.section) else {
                throw SettingsError(
                    cause: "\(entry.place): there is no key '\(entry.key)' in section [\(entry.section)]",
                    nextStep: "correct or remove it; the keys are \(keys.sorted().joined(separator: ", "))")
            }
        }
    }

    private mutating func take(_ settings: Settings) throws(SettingsError) {
        if let value = settings.value("socket", in: "server") { socket = value }
        if let value = settings.value("group", in: "server") { socketGroup = value }
        if let value = settings.value("state", in: "identity") { state = value }
        if let value = settings.value("table", in: "scanner") { scannerTable = value }
        if let value = settings.value("id", in: "scanner") { scannerID = value }
        if let value = settings.value("configuration", in: "identity") { configuration = value }
        if let entry = settings.entry("mode", in: "server") {
            guard let mode = UInt32(entry.value, radix: 8), mode & ~0o777 == 0 else {
                throw SettingsError(
                    cause: "\(entry.place): '\(entry.value)' is no file mode",
                    nextStep: "write it in octal, such as 0660")
            }
            socketMode = mode
        }
        capture = try Self.captureRules(settings)
        try loopback.read(settings)
        if let entry = settings.entry("idle-exit", in: "server") {
            guard let seconds = Int64(entry.value), (0...86400).contains(seconds) else {
                throw SettingsError(
                    cause: "\(entry.place): '\(entry.value)' is no number of seconds from 0 to 86400",
                    nextStep: "write for example 60, or 0 for never")
            }
            idle.quiet = .seconds(seconds)
        }
        provider = try ProviderSettings(settings)
        access = try Self.accessRules(settings)
    }

    /// The rules of section `capture`.
    private static func captureRules(_ settings: Settings) throws(SettingsError) -> CaptureRules {
        func value<Value>(_ key: String, _ form: String, _ read: (String) -> Value?) throws(SettingsError) -> Value? {
            guard let entry = settings.entry(key, in: "capture") else { return nil }
            guard let value = read(entry.value) else {
                throw SettingsError(
                    cause: "\(entry.place): '\(entry.value)' is no value of '\(key)'", nextStep: "write \(form)")
            }
            return value
        }
        func quality(_ key: String) throws(SettingsError) -> Int? {
            try value(key, "a number from 0 to 100") { Int($0).flatMap { (0...100).contains($0) ? $0 : nil } }
        }
        var rules = CaptureRules()
        rules.isStrict = try value("strict", "yes or no") { ["yes": true, "no": false][$0] } ?? rules.isStrict
        rules.quality.target = try quality("quality-target") ?? rules.quality.target
        rules.quality.minimum = try quality("quality-minimum") ?? rules.quality.minimum
        let rates = BiometricLimits.imageRates
        rules.imageRate =
            try value("fir-ratio", "a number from \(Int(rates.lowerBound)) to \(Int(rates.upperBound))") {
                Double($0).flatMap { rates.contains($0) ? $0 : nil }
            } ?? rules.imageRate
        return rules
    }

    /// The rules of section `access`; an operation without a key keeps its standard rule.
    private static func accessRules(_ settings: Settings) throws(SettingsError) -> AccessRules {
        let entries = AccessOperation.allCases.compactMap { operation in
            settings.entry(operation.rawValue, in: "access").map { (operation, $0) }
        }
        // One at a time, so that a name that nobody has is told with its line.
        for (operation, entry) in entries {
            do throws(AccessRuleError) {
                _ = try AccessRules(reading: [operation: entry.value], accounts: .machine)
            } catch {
                throw SettingsError(code: error.code, cause: "\(entry.place): \(error.cause)", nextStep: error.nextStep)
            }
        }
        let lists = Dictionary(uniqueKeysWithValues: entries.map { ($0, $1.value) })
        do throws(AccessRuleError) {
            return try AccessRules(reading: lists, accounts: .machine)
        } catch {
            throw SettingsError(error)
        }
    }
}

// Section [provider] of the settings: what devices are registered as, where keys are made, and the hook.
package import PIDSeal
import Settings

/// What `pidd provision` is told of the device provider.
package struct ProviderSettings: Sendable {
    package var dpId = ""
    package var rdsId = ""
    package var mi = ""
    /// Nil is the standard rule.
    package var idHash: IdHashRule?
    /// `file`, `tpm`, or the URI of a key.
    package var key: String?
    /// The executable that reaches the provider's server.
    package var hook: String?

    package init() {}

    static let known: Set<String> = ["dpId", "rdsId", "mi", "idHash", "key", "hook"]

    /// - Throws: `SettingsError` naming the line of a rule that is none.
    init(_ settings: Settings) throws(SettingsError) {
        func value(_ key: String) -> String? { settings.value(key, in: "provider").flatMap { $0.isEmpty ? nil : $0 } }
        dpId = value("dpId") ?? ""
        rdsId = value("rdsId") ?? ""
        mi = value("mi") ?? ""
        key = value("key")
        hook = value("hook")
        if let entry = settings.entry("idHash", in: "provider") {
            guard let rule = IdHashRule(text: entry.value) else {
                throw SettingsError(
                    cause: "\(entry.place): '\(entry.value)' is no rule for idHash",
                    nextStep: "write serial:HEX, serial:hex, serial:base64, the same with dc:, or given:TEXT")
            }
            idHash = rule
        }
    }
}

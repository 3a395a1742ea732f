// The names that a device is registered under before it has a device code.
import Platform
import Settings

/// What a device provider knows of a model and of this program; the device code comes with the registration.
package struct Registration: Sendable, Equatable {
    package let dpId: String
    package let rdsId: String
    package let rdsVer: String
    package let mi: String
    package let idHashRule: IdHashRule
    /// Vendor and product on USB of the scanner, `vvvv:pppp`; nil in requests from before there was this value.
    package let usb: String?

    /// - Throws: `IdentityError` when a name is empty, too long, holds white space, or belongs to test identities, or `usb`
    ///   has another form.
    package init(
        dpId: String, rdsId: String, rdsVer: String, mi: String, idHashRule: IdHashRule, usb: String? = nil
    ) throws(IdentityError) {
        for (name, value) in [("dpId", dpId), ("rdsId", rdsId), ("rdsVer", rdsVer), ("mi", mi)] {
            guard DeviceIdentity.isPossible(value) else {
                throw IdentityError(
                    "registration-incomplete",
                    value.isEmpty
                        ? "\(name) is not set" : "\(name) is not 1 to \(Limits.identityValue) visible characters",
                    nextStep:
                        "set it in section [provider] of the settings or on the command line, as the device provider says"
                )
            }
        }
        guard dpId != DeviceIdentity.testProvider else {
            throw IdentityError(
                "test-provider-reserved", "\(dpId) is the provider of test identities, which register with nobody",
                nextStep: "make a test identity with: pidd provision --test")
        }
        guard usb.map(isUSBModel) ?? true else {
            throw IdentityError(
                "registration-incomplete", "the model on USB is not four lower-case hexadecimal digits twice",
                nextStep: "write it as lsusb does, such as --usb 298d:1010")
        }
        self.dpId = dpId
        self.rdsId = rdsId
        self.rdsVer = rdsVer
        self.mi = mi
        self.idHashRule = idHashRule
        self.usb = usb
    }

    init(of identity: DeviceIdentity) {
        dpId = identity.dpId
        rdsId = identity.rdsId
        rdsVer = identity.rdsVer
        mi = identity.mi
        idHashRule = identity.idHashRule
        usb = identity.usb
    }

    private static let section = "request"
    private static let keys: Set<String> = ["dpId", "rdsId", "rdsVer", "mi", "idHashRule", "usb"]

    /// Reads a request.conf.
    init(path: String) throws(IdentityError) {
        try checkPlace(path)
        let settings: Settings
        do { settings = try Settings(path: path) } catch { throw IdentityError(error) }
        func value(_ key: String) -> String { settings.value(key, in: Self.section) ?? "" }
        guard settings.unknown(besides: [Self.section: Self.keys]).isEmpty,
            let rule = IdHashRule(text: value("idHashRule"))
        else {
            throw IdentityError(
                "request-invalid", "\(path) is damaged",
                nextStep: "make a new request with: pidd provision request --force")
        }
        try self.init(
            dpId: value("dpId"), rdsId: value("rdsId"), rdsVer: value("rdsVer"), mi: value("mi"), idHashRule: rule,
            usb: settings.value("usb", in: Self.section))
    }

    /// The content of a request.conf.
    var configuration: String {
        """
        # What this device is to be registered as.
        [\(Self.section)]
        dpId = \(dpId)
        rdsId = \(rdsId)
        rdsVer = \(rdsVer)
        mi = \(mi)
        idHashRule = \(idHashRule.text)\(usb.map { "\nusb = \($0)" } ?? "")

        """
    }
}

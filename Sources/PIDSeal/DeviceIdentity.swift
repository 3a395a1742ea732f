// Who a scanner is to UIDAI: the registered names and codes of identity.conf (spec/rd-service.md 1.3).
import Crypto
import Platform
package import RDProtocol
import Settings

/// The identity that a device provider registered for one scanner.
package struct DeviceIdentity: Sendable, Equatable {
    /// Device provider id.
    package let dpId: String
    /// Registered RD service id.
    package let rdsId: String
    package let rdsVer: String
    /// Device code: a lower-case UUID.
    package let dc: String
    /// Model id.
    package let mi: String
    /// The text that was sent to UIDAI at registration for the physical device; usually upper-case hex of SHA-256(serial).
    package let idHash: String
    /// How idHash was made.
    package let idHashRule: IdHashRule
    /// Vendor and product on USB of the scanner, `vvvv:pppp`; nil where it was not told, as before there was this value.
    ///
    /// It is pidd's own: UIDAI is told the serial number only, in idHash.
    package let usb: String?
    /// Whether the identity is made up for tests.
    package let isTest: Bool

    /// The device provider id of all test identities; no licensed provider has it.
    package static let testProvider = "TEST.PIDD"

    /// Takes names and codes; without a rule, idHash counts as given by the provider.
    package init(
        dpId: String, rdsId: String, rdsVer: String, dc: String, mi: String, idHash: String,
        idHashRule: IdHashRule? = nil, usb: String? = nil
    ) {
        self.dpId = dpId
        self.rdsId = rdsId
        self.rdsVer = rdsVer
        self.dc = dc
        self.mi = mi
        self.idHash = idHash
        self.idHashRule = idHashRule ?? .given(idHash)
        self.usb = usb
        isTest = dpId == Self.testProvider
    }

    /// The identity of a scanner that was registered.
    init(_ registration: Registration, serial: String, dc: String) {
        self.init(
            dpId: registration.dpId, rdsId: registration.rdsId, rdsVer: registration.rdsVer, dc: dc,
            mi: registration.mi, idHash: registration.idHashRule.idHash(serial: serial, dc: dc) ?? "",
            idHashRule: registration.idHashRule, usb: registration.usb)
    }

    /// Whether idHash is that of a scanner: an identity must not move to another one.
    func belongs(to serial: String) -> Bool { idHashRule.idHash(serial: serial, dc: dc) == idHash }

    /// Checks that the scanner which has this identity's serial number is the one that was registered.
    ///
    /// A test identity serves every scanner.
    ///
    /// - Parameters:
    ///   - model: `vvvv:pppp` of the scanner; nil when it is not on USB.
    ///   - statesSerial: whether it states a serial number, and pidd knows all of it.
    /// - Throws: `IdentityError` when nothing tells the scanner from others, or it is of another model.
    package func check(model: String?, statesSerial: Bool) throws(IdentityError) {
        guard !isTest else { return }
        guard statesSerial else { throw .noSerial }
        guard usb == nil || usb == model else {
            throw IdentityError(
                "identity-of-another-scanner",
                "the identity is that of a scanner \(usb ?? ""), not of one that is \(model ?? "not on USB")",
                nextStep: "register this scanner for itself; an identity does not move to another one")
        }
    }

    /// The device info hash of the PID block: base64 of SHA-256 over the names and codes (spec/rd-service.md 2.3).
    package var dih: String { base64(sha256(Array((dpId + rdsId + rdsVer + dc + mi + idHash).utf8))) }

    /// What the device says of itself.
    ///
    /// - Parameters:
    ///   - mc: the device certificate as base64 of its DER, empty in failures.
    ///   - parameters: Params of additional_info, see `DeviceInfo.parameters`.
    /// - Returns: the names and codes without idHash.
    package func info(mc: String, parameters: [DeviceInfo.Parameter]) -> DeviceInfo {
        DeviceInfo(dpId: dpId, rdsId: rdsId, rdsVer: rdsVer, dc: dc, mi: mi, mc: mc, parameters: parameters)
    }
}

extension DeviceIdentity {
    private static let section = "identity"
    private static let keys: Set<String> = [
        "dpId", "rdsId", "rdsVer", "dc", "mi", "idHash", "idHashRule", "usb", "test",
    ]

    /// Whether a text can be a value: it goes into files, documents and hashes as it is.
    static func isPossible(_ value: String) -> Bool {
        (1...Limits.identityValue).contains(value.utf8.count) && value.utf8.allSatisfy { (33...126).contains($0) }
    }

    /// Reads an identity.conf.
    ///
    /// - Throws: `IdentityError` when others may change the file, when a value is missing, unknown or not possible, or when the name of the test provider and
    ///   the line `test = yes` do not come together.
    init(path: String) throws(IdentityError) {
        try checkPlace(path)
        let settings: Settings
        do { settings = try Settings(path: path) } catch { throw IdentityError(error) }
        if let stranger = settings.unknown(besides: [Self.section: Self.keys]).first {
            throw .invalid("\(stranger.place): \(safe(stranger.key)) is not known in an identity")
        }
        var values: [String: String] = [:]
        for key in Self.keys.subtracting(["test", "idHashRule", "usb"]) {
            let value = settings.value(key, in: Self.section) ?? ""
            guard Self.isPossible(value) else { throw .invalid("\(path) has no usable \(key)") }
            values[key] = value
        }
        let idHash = values["idHash", default: ""]
        let ruleText = settings.value("idHashRule", in: Self.section) ?? "given"
        let rule = ruleText == "given" ? IdHashRule.given(idHash) : IdHashRule(text: ruleText)
        guard let rule else { throw .invalid("\(path) has no usable idHashRule") }
        let usb = settings.value("usb", in: Self.section)
        guard usb.map(isUSBModel) ?? true else { throw .invalid("\(path) has no usable usb") }
        self.init(
            dpId: values["dpId", default: ""], rdsId: values["rdsId", default: ""],
            rdsVer: values["rdsVer", default: ""], dc: values["dc", default: ""], mi: values["mi", default: ""],
            idHash: idHash, idHashRule: rule, usb: usb)
        guard isDeviceCode(dc) else { throw .invalid("dc in \(path) is not a lower-case UUID") }
        let test = settings.value("test", in: Self.section) ?? "no"
        guard test == (isTest ? "yes" : "no") else {
            throw .invalid("\(path) has to say test = yes if and only if its dpId is \(Self.testProvider)")
        }
    }

    /// The content of an identity.conf.
    var configuration: String {
        """
        # Identity of a registered device, read by pidd.
        [\(Self.section)]
        dpId = \(dpId)
        rdsId = \(rdsId)
        rdsVer = \(rdsVer)
        dc = \(dc)
        mi = \(mi)
        idHash = \(idHash)
        idHashRule = \(idHashRule == .given(idHash) ? "given" : idHashRule.text)\(usb.map { "\nusb = \($0)" } ?? "")
        test = \(isTest ? "yes" : "no")

        """
    }
}

extension IdentityError {
    static func invalid(_ cause: String) -> Self {
        IdentityError("identity-invalid", cause, nextStep: "provision the device again")
    }

    /// Nothing tells the scanner from the next one that is plugged in where it was.
    package static let noSerial = IdentityError(
        "scanner-without-serial",
        "the scanner states no serial number, or one of which pidd cannot keep every character",
        nextStep: "register a scanner that states one; for tests, make a test identity")
}

/// `vvvv:pppp` in lower-case hexadecimal.
func isUSBModel(_ text: String) -> Bool {
    let numbers = text.split(separator: ":", omittingEmptySubsequences: false)
    return numbers.map(\.utf8.count) == [4, 4]
        && numbers.allSatisfy { $0.utf8.allSatisfy("0123456789abcdef".utf8.contains) }
}

/// 8-4-4-4-12 lower-case hexadecimal digits.
func isDeviceCode(_ text: String) -> Bool {
    let groups = text.split(separator: "-", omittingEmptySubsequences: false)
    return groups.map(\.utf8.count) == [8, 4, 4, 4, 12]
        && groups.allSatisfy { $0.utf8.allSatisfy("0123456789abcdef".utf8.contains) }
}

/// A word of a file for an error text.
private func safe(_ word: String) -> String {
    String(decoding: word.utf8.prefix(40).map { (33...126).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
}

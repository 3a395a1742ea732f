// Is the scanner registered, and do its keys and certificates hold?
import Crypto
import Glibc
import PIDSeal
import Platform
import RDProtocol
import Scanner

/// The checks of group `identity`.
struct IdentityChecks {
    let state: String
    let configuration: String
    /// The program that reaches the device provider, if the settings name one.
    var hook: String?
    /// The attached scanners that can be driven.
    let scanners: [USBDevice]
    /// The names of all folders with identities, for when no scanner is attached.
    let known: [String]
    /// Seconds since the Unix epoch.
    let now: Int64

    private static let group = "identity"

    func checks() -> [Check] {
        let folder = "\(state)/identity"
        if unsafe access(folder, R_OK | X_OK) != 0, errno == EACCES {
            return [
                Check(
                    Self.group, "identity", .warn, "user \(geteuid()) may not look into \(folder)",
                    nextStep: "run pidd doctor as root or as the user of the daemon")
            ]
        }
        let found =
            scanners.isEmpty
            ? (known.isEmpty ? [""] : known).flatMap { checks(of: $0, attached: nil) }
            : scanners.flatMap { checks(of: $0.registeredName, attached: $0) }
        return found + provisioning()
    }

    /// What decides which keys are taken next; what there is not is nobody's.
    private func provisioning() -> [Check] {
        let authorities = "\(configuration)/provider.pem"
        return [("provider", exists(authorities) ? authorities : nil), ("hook", hook)].compactMap { name, path in
            guard let path else { return nil }
            do throws(FileError) {
                try checkTrusted(path)
                return Check(Self.group, name, .ok, "nobody but root and user \(geteuid()) may change \(path)")
            } catch {
                return Check(Self.group, name, failed: error)
            }
        }
    }

    private func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    private func checks(of serial: String, attached: USBDevice?) -> [Check] {
        let store = KeyStore(state: state, configuration: configuration)
        do {
            let identity = try store.identity(scanner: serial)
            if let attached {
                try identity.check(model: attached.vendorProduct, statesSerial: attached.serial?.isWhole == true)
            }
            let folders = KeyFolder.all(of: serial, state: state, configuration: configuration)
            let head =
                [
                    identity.isTest
                        ? Check(
                            Self.group, "identity", .warn,
                            "a test identity (\(identity.dpId)), which UIDAI does not accept",
                            nextStep: "for real captures, get an identity from a licensed device provider")
                        : Check(Self.group, "identity", .ok, "registered by \(identity.dpId) as model \(identity.mi)")
                ] + binding(of: identity, to: attached)
            guard !folders.isEmpty else {
                return head + [
                    Check(
                        Self.group, "keys", .fail, "the identity has keys for no environment",
                        nextStep: "provision the device again")
                ]
            }
            return head + folders.flatMap { checks(of: $0, serial: serial, store: store) }
        } catch {
            return [Self.failed("identity", error)]
        }
    }

    /// Identities from before the model was kept are bound to the serial number alone.
    private func binding(of identity: DeviceIdentity, to attached: USBDevice?) -> [Check] {
        guard !identity.isTest, identity.usb == nil, let attached else { return [] }
        let file = "\(state)/identity/\(attached.registeredName)/identity.conf"
        return [
            Check(
                Self.group, "binding", .warn,
                "the identity would serve a scanner of another model with the same serial number",
                nextStep: "add this line to \(file): usb = \(attached.vendorProduct)")
        ]
    }

    private func checks(of folder: KeyFolder, serial: String, store: KeyStore) -> [Check] {
        let suffix = "-\(folder.environment.rawValue)"
        var checks: [Check] = []
        do {
            try folder.checkKey()
            checks.append(Check(Self.group, "key\(suffix)", .ok, "the device key is private to its owner"))
        } catch {
            checks.append(Self.failed("key\(suffix)", error))
        }
        do {
            checks.append(
                validity(
                    of: try folder.deviceCertificate(), "device-certificate\(suffix)", "the device certificate",
                    renewal: DeviceKeys.renewal))
        } catch {
            checks.append(Self.failed("device-certificate\(suffix)", error))
        }
        do {
            checks.append(
                validity(
                    of: try folder.uidaiCertificate(), "uidai-certificate\(suffix)", "UIDAI's certificate",
                    renewal: "install UIDAI's current certificate for environment \(folder.environment.rawValue)"))
        } catch {
            checks.append(Self.failed("uidai-certificate\(suffix)", error))
        }
        guard !checks.contains(where: { $0.verdict == .fail }) else { return checks }
        // Only what each file cannot show by itself is left: that they belong together.
        do {
            _ = try store.keys(scanner: serial, environment: folder.environment, at: now)
        } catch {
            checks.append(Self.failed("key\(suffix)", error))
        }
        return checks
    }

    private func validity(of certificate: Certificate, _ name: String, _ words: String, renewal: String) -> Check {
        Self.validity(
            from: certificate.notBefore, to: certificate.notAfter, now: now, name: name, words: words, renewal: renewal)
    }

    /// The check of a certificate's time, all in seconds since the Unix epoch.
    static func validity(
        from start: Int64, to end: Int64, now: Int64, name: String, words: String, renewal: String
    ) -> Check {
        guard now >= start else {
            return Check(
                group, name, .fail, "\(words) begins on \(CivilTime(secondsSinceEpoch: start).iso) UTC",
                nextStep: "check the clock")
        }
        let date = CivilTime(secondsSinceEpoch: end).iso
        guard now <= end else {
            return Check(group, name, .fail, "\(words) expired on \(date) UTC", nextStep: renewal)
        }
        let days = (end - now) / 86_400
        let finding = "\(words) holds for \(days) more day\(days == 1 ? "" : "s"), until \(date) UTC"
        if days < DoctorLimits.verySoon {
            return Check(group, name, .warn, finding, nextStep: "\(renewal) now, before captures are refused")
        }
        return days < DoctorLimits.soon
            ? Check(group, name, .warn, finding, nextStep: "\(renewal) soon") : Check(group, name, .ok, finding)
    }

    private static func failed(_ name: String, _ error: IdentityError) -> Check {
        Check(group, name, .fail, error.cause, nextStep: error.nextStep)
    }
}

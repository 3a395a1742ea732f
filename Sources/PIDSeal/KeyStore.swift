// Finds the identity and keys of a scanner in pidd's state folder.
import Crypto
import Glibc
import Platform
package import RDProtocol
import Secrets

/// The folders that hold identities and keys.
///
/// Below the state folder: `identity/<serial>/identity.conf`, and per environment (`P`, `PP`, `S`) `device.key` (see `KeyHome`, mode 0600),
/// `mc.cer` and `uidai.cer` (PEM or DER). Where there is no `uidai.cer`, `uidai/<environment>.cer` below the
/// configuration folder counts. Nobody but the daemon's user and root may be able to change any of these files, or put others in their
/// places: who can, chooses the keys (`checkTrusted`). `identity/any` stands for every scanner without a folder of its own, for test identities only.
package struct KeyStore: Sendable {
    let state: String
    let configuration: String

    /// Names the folders; nothing is read yet.
    ///
    /// - Parameters:
    ///   - state: such as `/var/lib/pidd`.
    ///   - configuration: such as `/etc/pidd`.
    package init(state: String, configuration: String) {
        self.state = state
        self.configuration = configuration
    }

    /// The name of the folder that stands for every scanner.
    static let anyScanner = "any"

    /// The identity of a scanner.
    ///
    /// - Parameter serial: as the scanner reports it; may be empty.
    /// - Returns: the identity that was provisioned for it, or for any scanner.
    /// - Throws: `IdentityError`: not registered, in a place that others may change, or damaged.
    package func identity(scanner serial: String) throws(IdentityError) -> DeviceIdentity {
        try locate(serial).identity
    }

    /// The identity and keys of a scanner for an environment, checked.
    ///
    /// - Parameters:
    ///   - serial: as the scanner reports it; may be empty.
    ///   - environment: the one the client asks for.
    ///   - time: seconds since the Unix epoch.
    /// - Returns: keys that fit together and are valid at that time.
    /// - Throws: `IdentityError`: not registered, a place that others may change, a key that others may read, a key that does not fit, a certificate that is missing or expired.
    package func keys(
        scanner serial: String, environment: Environment, at time: Int64
    ) throws(IdentityError) -> DeviceKeys {
        let (folder, identity) = try locate(serial)
        let place = "\(folder)/\(environment.rawValue)"
        // A rotation may put another pair in place between two files, so what was read counts only if the folder has stayed
        // the same one.
        for _ in 0..<Limits.readings {
            let before = folderNumber(place)
            do throws(IdentityError) {
                let keys = try read(place, identity, environment, at: time)
                if folderNumber(place) == before { return keys }
            } catch {
                if folderNumber(place) == before { throw error }
            }
        }
        throw IdentityError(
            "identity-changing", "\(place) changes while it is read", nextStep: "try again when provisioning has ended")
    }

    private func read(
        _ place: String, _ identity: DeviceIdentity, _ environment: Environment, at time: Int64
    ) throws(IdentityError) -> DeviceKeys {
        if exists(place) { try checkPlace(place) }
        guard exists("\(place)/device.key"), exists("\(place)/mc.cer") else {
            throw IdentityError(
                "not-registered", "the device is not registered for environment \(environment.rawValue)",
                nextStep: "provision it for this environment")
        }
        let uidaiPath = [
            "\(place)/uidai.cer", "\(configuration)/uidai/\(environment.rawValue).cer",
        ].first(where: exists)
        guard let uidaiPath else {
            throw IdentityError(
                "uidai-certificate-missing", "the UIDAI certificate for \(environment.rawValue) is missing",
                nextStep: "put it into \(configuration)/uidai/\(environment.rawValue).cer")
        }
        return try DeviceKeys(
            identity: identity, environment: environment, privateKey: readKey("\(place)/device.key"),
            certificate: readCertificate("\(place)/mc.cer"), uidai: readCertificate(uidaiPath), at: time)
    }

    private func locate(_ serial: String) throws(IdentityError) -> (folder: String, identity: DeviceIdentity) {
        for name in [Self.folderName(serial), Self.anyScanner] where exists("\(state)/identity/\(name)/identity.conf") {
            let folder = "\(state)/identity/\(name)"
            for checked in [state, "\(state)/identity", folder] { try checkPlace(checked) }
            let identity = try DeviceIdentity(path: "\(folder)/identity.conf")
            guard name != Self.anyScanner || identity.isTest else {
                throw .invalid("\(folder) may hold a test identity only")
            }
            guard identity.belongs(to: Self.serial(ofFolder: name)) else {
                throw IdentityError(
                    "identity-of-another-scanner", "the idHash in \(folder) is not that of this scanner",
                    nextStep: "register this scanner for itself; an identity does not move to another one")
            }
            return (folder, identity)
        }
        let others = IdentityPlace.all(state: state).contains { exists($0.identityFile) }
        throw IdentityError(
            "not-registered",
            others ? "the scanner is not registered, though another one is" : "the scanner is not registered",
            nextStep: "provision it, for tests with: pidd provision --test --state \(state)")
    }

    /// A serial number as the name of a folder.
    ///
    /// Scanners report what they like, so all but letters, digits, hyphen, underscore and inner dots becomes `%` and two hexadecimal digits.
    static func folderName(_ serial: String) -> String {
        guard !serial.isEmpty else { return anyScanner }
        return serial.utf8.enumerated().map { place, byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                String(UnicodeScalar(byte))
            case UInt8(ascii: ".") where place > 0: "."
            default: "%" + upperHex([byte])
            }
        }.joined()
    }

    /// The serial number that a folder was made for, `any` for the one that stands for every scanner.
    static func serial(ofFolder name: String) -> String {
        let parts = name.split(separator: "%", omittingEmptySubsequences: false)
        let bytes = parts.dropFirst().reduce(Array(parts[0].utf8)) { bytes, part in
            bytes + [UInt8(part.prefix(2), radix: 16) ?? 0] + Array(part.dropFirst(2).utf8)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

/// What tells a folder from another one that was put in its place.
private func folderNumber(_ path: String) -> UInt64 {
    var status = stat()
    return unsafe stat(path, &status) == 0 ? UInt64(status.st_ino) : 0
}

/// Checks that nobody but root and this process's user can change a file or folder, or put another one in its place.
///
/// - Throws: `IdentityError` naming what others may change, see `checkTrusted`.
func checkPlace(_ path: String) throws(IdentityError) {
    do { try checkTrusted(path) } catch { throw IdentityError(error) }
}

/// Reads a certificate, PEM or DER.
///
/// - Throws: `IdentityError` when others may change it, or it cannot be read or is none.
func readCertificate(_ path: String) throws(IdentityError) -> Certificate {
    try checkPlace(path)
    let bytes: [UInt8]
    do { bytes = try readFile(path, limit: Limits.certificateFile) } catch { throw IdentityError(error) }
    do { return try Certificate(pemOrDER: bytes) } catch {
        throw IdentityError(
            "certificate-invalid", "\(path) holds no X.509 certificate", nextStep: "replace it by a valid one")
    }
}

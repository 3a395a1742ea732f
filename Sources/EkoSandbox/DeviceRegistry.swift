// What UIDAI knows: its own key pair, the device provider's authority, and the registered devices.
import Crypto
import Platform
import Secrets
import Settings

/// A device as it was registered.
struct RegisteredDevice: Sendable, Equatable {
    let dpId: String
    let rdsId: String
    let rdsVer: String
    let mi: String
    let idHash: String

    /// The device info hash of a device code (spec/rd-service.md 2.3).
    func deviceHash(dc: String) -> String { base64(sha256(Array((dpId + rdsId + rdsVer + dc + mi + idHash).utf8))) }
}

/// The registry of a stand-in UIDAI, read from a folder.
package struct DeviceRegistry: Sendable {
    let key: PrivateKey
    let certificate: Certificate
    let providerAuthority: Certificate
    /// By device code.
    let devices: [String: RegisteredDevice]

    /// Reads `uidai.key`, `uidai.cer`, `provider-ca.cer` and `devices.conf` in a folder, as `pidd provision --test` makes them.
    ///
    /// - Throws: `FileError`, `CryptoError` or `SettingsError`, naming the file.
    package init(folder: String) throws {
        key = try PrivateKey(pem: Self.secretKey(in: folder))
        certificate = try Certificate(pemOrDER: readFile("\(folder)/uidai.cer", limit: Limits.keyFile))
        providerAuthority = try Certificate(pemOrDER: readFile("\(folder)/provider-ca.cer", limit: Limits.keyFile))
        guard certificate.matches(key) else {
            throw CryptoError(
                "key-mismatch", "\(folder)/uidai.key is not the key of uidai.cer",
                nextStep: "make the folder anew with: pidd provision --test")
        }
        devices = try Self.devices(in: Settings(path: "\(folder)/devices.conf"), folder)
    }

    /// The file that tells whether the folder is the right one at all.
    private static func secretKey(in folder: String) throws(FileError) -> SecretBytes {
        do { return try readSecretFile("\(folder)/uidai.key", limit: Limits.keyFile) } catch {
            guard error.code == "file-missing" else { throw error }
            throw FileError(
                code: error.code, cause: error.cause,
                nextStep: "make it with: pidd provision --test --state DIR, and name the folder DIR/stand-in")
        }
    }

    private static func devices(in settings: Settings, _ folder: String) throws -> [String: RegisteredDevice] {
        var devices: [String: RegisteredDevice] = [:]
        guard !settings.sections.isEmpty, settings.sections.count <= Limits.devices else {
            throw SettingsError(
                cause:
                    "\(folder)/devices.conf has \(settings.sections.count) devices, 1 to \(Limits.devices) are taken",
                nextStep: "make the folder anew with: pidd provision --test")
        }
        for dc in settings.sections {
            func value(_ key: String) throws -> String {
                if let value = settings.value(key, in: dc), !value.isEmpty { return value }
                throw SettingsError(
                    cause: "\(folder)/devices.conf: [\(dc)] lacks \(key)", nextStep: "add the line \(key) = ...")
            }
            devices[dc] = RegisteredDevice(
                dpId: try value("dpId"), rdsId: try value("rdsId"), rdsVer: try value("rdsVer"), mi: try value("mi"),
                idHash: try value("idHash"))
        }
        return devices
    }
}

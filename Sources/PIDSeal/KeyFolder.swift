// The files of one identity and environment, each judged by itself, for those who look for what is wrong.
package import Crypto
package import RDProtocol

/// The folder with a scanner's keys for one environment, as `KeyStore` describes it.
package struct KeyFolder: Sendable {
    package let environment: Environment
    /// Such as `/var/lib/pidd/identity/ABC/P`.
    package let path: String
    let configuration: String

    /// The folders that a scanner has: its own identity's, or those of the identity for any scanner.
    ///
    /// - Parameters:
    ///   - serial: as for `KeyStore.identity`.
    ///   - state: such as `/var/lib/pidd`.
    ///   - configuration: such as `/etc/pidd`.
    /// - Returns: one for each environment with a folder; none when the scanner is not registered.
    package static func all(of serial: String, state: String, configuration: String) -> [KeyFolder] {
        let names = [KeyStore.folderName(serial), KeyStore.anyScanner]
        guard let name = names.first(where: { exists("\(state)/identity/\($0)/identity.conf") }) else { return [] }
        return Environment.allCases.compactMap { environment in
            let path = "\(state)/identity/\(name)/\(environment.rawValue)"
            return exists(path)
                ? KeyFolder(environment: environment, path: path, configuration: configuration) : nil
        }
    }

    /// The file of the device key.
    package var keyFile: String { "\(path)/device.key" }

    /// Reads the device key and forgets it.
    ///
    /// - Throws: `IdentityError` when it is missing, others may read it, or it is no RSA key.
    package func checkKey() throws(IdentityError) { _ = try readKey(keyFile) }

    /// The device certificate mc.
    ///
    /// - Throws: `IdentityError` when it cannot be read or is none.
    package func deviceCertificate() throws(IdentityError) -> Certificate { try readCertificate("\(path)/mc.cer") }

    /// UIDAI's encryption certificate: the identity's own, or that of the configuration folder.
    ///
    /// - Throws: `IdentityError` when it cannot be read or is none.
    package func uidaiCertificate() throws(IdentityError) -> Certificate {
        let own = "\(path)/uidai.cer"
        return try readCertificate(exists(own) ? own : "\(configuration)/uidai/\(environment.rawValue).cer")
    }
}

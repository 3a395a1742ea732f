// A stand-in for UIDAI and a device provider: keys, certificates and a register of devices, for tests and demonstrations.
import Crypto
import Glibc
import Platform
import Secrets
import Settings

/// A folder that plays UIDAI and a device provider for test devices.
///
/// `uidai.key`, `uidai.cer`: the key pair that PIDs are encrypted for. `provider-ca.key`, `provider-ca.cer`: the authority that signs
/// device certificates. `devices.conf`: one section per registered device, named by its dc. All but the keys may be public.
struct StandIn {
    private let folder: String
    let uidai: Certificate
    let provider: CertificateAuthority

    /// Opens the folder, or makes it with new keys when there is none.
    ///
    /// - Throws: `IdentityError` when it cannot be written, lacks a part, or its certificates have expired.
    init(folder: String, at time: Int64) throws(IdentityError) {
        self.folder = folder
        if !exists("\(folder)/uidai.key") { try Self.make(folder, at: time) }
        uidai = try readCertificate("\(folder)/uidai.cer")
        provider = CertificateAuthority(
            certificate: try readCertificate("\(folder)/provider-ca.cer"), key: try readKey("\(folder)/provider-ca.key")
        )
        guard uidai.matches(try readKey("\(folder)/uidai.key")), provider.certificate.matches(provider.key) else {
            throw IdentityError(
                "stand-in-invalid", "keys and certificates in \(folder) do not belong together",
                nextStep: "remove the folder and provision again")
        }
        guard time <= min(uidai.notAfter, provider.certificate.notAfter) else {
            throw IdentityError(
                "stand-in-expired", "the stand-in certificates in \(folder) have expired",
                nextStep: "remove the folder and provision again")
        }
    }

    private static func make(_ folder: String, at time: Int64) throws(IdentityError) {
        let validity = (time - Limits.testClockSkew)..<(time + Limits.testAuthorityValidity)
        let uidai: CertificateAuthority
        let provider: CertificateAuthority
        do throws(CryptoError) {
            uidai = try CertificateAuthority(
                selfSigned: .init(commonName: "TEST stand-in, not UIDAI", validity: validity))
            provider = try CertificateAuthority(
                selfSigned: .init(commonName: "TEST device provider, not UIDAI", isAuthority: true, validity: validity))
        } catch { throw IdentityError(error) }
        try createFolder(folder)
        // uidai.key comes last: where it is, the rest is whole.
        try write("\(folder)/provider-ca.cer", provider.certificate.pem, mode: 0o644)
        try write("\(folder)/provider-ca.key", provider.key)
        try write("\(folder)/uidai.cer", uidai.certificate.pem, mode: 0o644)
        try write("\(folder)/uidai.key", uidai.key)
    }

    /// A device certificate of 30 days, or until the provider's own ends.
    func certificate(dc: String, for key: PublicKey, at time: Int64) throws(CryptoError) -> Certificate {
        let end = min(time + Limits.testDeviceValidity, provider.certificate.notAfter)
        return try provider.issue(
            .init(commonName: "rd_device_\(dc)", validity: (time - Limits.testClockSkew)..<end), for: key)
    }

    /// Writes a device into the register.
    ///
    /// - Parameters:
    ///   - device: the new one.
    ///   - old: the device whose place it takes, if any.
    /// - Throws: `IdentityError` when the register cannot be read or written.
    func register(_ device: DeviceIdentity, replacing old: DeviceIdentity?) throws(IdentityError) {
        let path = "\(folder)/devices.conf"
        var register = Settings()
        if exists(path) {
            do { register = try Settings(path: path) } catch { throw IdentityError(error) }
        }
        var text = "# Devices that the stand-in for UIDAI knows.\n"
        for section in register.sections where section != old?.dc {
            text += "\n[\(section)]\n"
            for entry in register.entries where entry.section == section { text += "\(entry.key) = \(entry.value)\n" }
        }
        text += """

            [\(device.dc)]
            dpId = \(device.dpId)
            rdsId = \(device.rdsId)
            rdsVer = \(device.rdsVer)
            mi = \(device.mi)
            idHash = \(device.idHash)

            """
        try write(path, text, mode: 0o644)
    }
}

/// Writes a text that is not secret.
func write(_ path: String, _ text: String, mode: UInt32) throws(IdentityError) {
    let bytes = Array(text.utf8)
    do throws(FileError) {
        try unsafe bytes.withUnsafeBufferPointer { (bytes) throws(FileError) in
            unsafe try writeFileAtomically(path, UnsafeRawBufferPointer(bytes), mode: mode)
        }
    } catch { throw IdentityError(error) }
}

/// Writes a private key for its owner only.
func write(_ path: String, _ key: PrivateKey) throws(IdentityError) {
    let pem: SecretBytes
    do { pem = try key.pem } catch { throw IdentityError(error) }
    try write(path, pem)
}

/// Makes a folder, and those above it, for its owner only.
func createFolder(_ path: String) throws(IdentityError) {
    do { try makeFolders(path, mode: 0o700) } catch { throw IdentityError(error) }
}

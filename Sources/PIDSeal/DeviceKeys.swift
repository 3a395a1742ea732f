// The keys and certificates of one scanner for one of UIDAI's environments, checked before they are used.
import Crypto
import Platform
package import RDProtocol
import Secrets

/// What a scanner needs to sign and encrypt for one environment.
package struct DeviceKeys: Sendable {
    package let identity: DeviceIdentity
    package let environment: Environment
    let privateKey: PrivateKey
    let certificate: Certificate
    let uidai: Certificate
    let uidaiKey: PublicKey

    /// Takes keys that belong together.
    ///
    /// - Parameters:
    ///   - identity: whose keys they are.
    ///   - environment: what they are for.
    ///   - privateKey: signs biometric records.
    ///   - certificate: the device certificate mc.
    ///   - uidai: UIDAI's encryption certificate.
    ///   - time: seconds since the Unix epoch.
    /// - Throws: `IdentityError` when the key is not the certificate's, a key is not RSA-2048, or a certificate is not valid now.
    init(
        identity: DeviceIdentity, environment: Environment, privateKey: PrivateKey, certificate: Certificate,
        uidai: Certificate, at time: Int64
    ) throws(IdentityError) {
        self.identity = identity
        self.environment = environment
        self.privateKey = privateKey
        self.certificate = certificate
        self.uidai = uidai
        do { uidaiKey = try uidai.publicKey } catch {
            throw IdentityError(
                "uidai-certificate-not-rsa", "the UIDAI certificate has no RSA key",
                nextStep: "install UIDAI's encryption certificate for environment \(environment.rawValue)")
        }
        guard privateKey.bits == Limits.rsaBits, uidaiKey.bits == Limits.rsaBits else {
            throw IdentityError(
                "key-size", "the device key and UIDAI's key have to be RSA with \(Limits.rsaBits) bits",
                nextStep: "provision the device again")
        }
        guard certificate.matches(privateKey) else {
            throw IdentityError(
                "key-mismatch", "the device key does not belong to the device certificate mc",
                nextStep: "provision the device again")
        }
        try checkValidity(at: time)
    }

    /// What helps when the device certificate ends.
    package static let renewal =
        "run 'pidd provision rotate' as the daemon's user, which gets a new key and certificate"

    /// Checks that both certificates are valid.
    ///
    /// - Parameter time: seconds since the Unix epoch.
    /// - Throws: `IdentityError` naming the certificate and the end of its validity.
    package func checkValidity(at time: Int64) throws(IdentityError) {
        try Self.check(
            certificate, "device certificate mc", "mc", at: time, renewal: Self.renewal)
        try Self.check(
            uidai, "UIDAI certificate", "uidai-certificate", at: time,
            renewal: "install UIDAI's current certificate for environment \(environment.rawValue)")
    }

    private static func check(
        _ certificate: Certificate, _ name: String, _ code: String, at time: Int64, renewal: String
    ) throws(IdentityError) {
        guard time <= certificate.notAfter else {
            let end = CivilTime(secondsSinceEpoch: certificate.notAfter).iso
            throw IdentityError("\(code)-expired", "the \(name) expired on \(end) UTC", nextStep: renewal)
        }
        guard time >= certificate.notBefore else {
            let start = CivilTime(secondsSinceEpoch: certificate.notBefore).iso
            throw IdentityError(
                "\(code)-not-yet-valid", "the \(name) begins on \(start) UTC", nextStep: "check the clock")
        }
    }

    /// The device certificate as DeviceInfo has it: base64 of its DER on one line.
    package var mc: String { base64(certificate.der) }
}

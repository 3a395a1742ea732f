// Who the sandbox is on the wire: a certificate for localhost and its key.
package import Crypto
import Platform
import Secrets

/// A server certificate and its private key.
package struct TLSIdentity: Sendable {
    package let certificate: Certificate
    package let key: PrivateKey

    /// An identity from PEM files.
    ///
    /// - Throws: `FileError` when a file cannot be read or the key file is open to others; `CryptoError` when they hold
    ///   something else or do not belong together.
    package init(certificateFile: String, keyFile: String) throws {
        certificate = try Certificate(pemOrDER: readFile(certificateFile, limit: Limits.keyFile))
        key = try PrivateKey(pem: readSecretFile(keyFile, limit: Limits.keyFile))
        guard certificate.matches(key) else {
            throw CryptoError(
                "key-mismatch", "\(keyFile) is not the key of \(certificateFile)", nextStep: "name a matching pair")
        }
    }

    private init(certificate: Certificate, key: PrivateKey) { (self.certificate, self.key) = (certificate, key) }

    /// A new authority and a certificate of it for this machine's loopback names, good for a week.
    ///
    /// The authority's key is forgotten on return, so that nothing else can ever be signed with it.
    ///
    /// - Throws: `CryptoError` when libcrypto fails.
    package static func throwAway() throws(CryptoError) -> (identity: TLSIdentity, authority: Certificate) {
        let now = wallClockSeconds()
        let validity = (now - 300)..<(now + 7 * 24 * 3600)
        let authority = try CertificateAuthority(
            selfSigned: .init(commonName: "eko-sandbox throw-away CA", isAuthority: true, validity: validity))
        let key = try PrivateKey(generatingBits: 2048)
        let certificate = try authority.issue(
            .init(
                commonName: "localhost", alternativeNames: ["DNS:localhost", "IP:127.0.0.1", "IP:::1"],
                validity: validity), for: key.publicKey)
        return (TLSIdentity(certificate: certificate, key: key), authority.certificate)
    }
}

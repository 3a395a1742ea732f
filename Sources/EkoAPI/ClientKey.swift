// The key of a TLS client certificate, checked before a person is asked for a finger.
import Crypto
import Platform
import Secrets

/// Makes sure that a file holds a private key in PEM, as libcurl will read it; certificates may stand beside it.
///
/// - Throws: `FileError` when others may read it, `InvalidInput` when it holds no key or one under a passphrase.
package func checkClientKey(_ path: String) throws {
    let pem = try readSecretFile(path, limit: Limits.clientKey)
    do {
        try checkPrivateKey(pem: pem)
    } catch  where error.code == "key-encrypted" {
        throw InvalidInput(
            "client-key-encrypted", "the client key in \(path) is under a passphrase, and nobody is there to give it",
            nextStep: "save it without one: openssl pkey -in \(path) -out NEWFILE")
    } catch {
        throw InvalidInput(
            "client-key-invalid", "\(path) holds no private key",
            nextStep: "name the PEM file of the key with --client-key, EKO_CLIENT_KEY or [eko] client-key")
    }
}

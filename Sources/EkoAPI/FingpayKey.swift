// The Aadhaar number as Fingpay wants it: under its public key (7 of the API notes).
import Crypto
import Platform
import Secrets

/// An Aadhaar number under Fingpay's key.
package struct EncryptedAadhaar: Sendable, CustomStringConvertible {
    /// Base64 of one RSA block, 172 characters for the usual key of 1024 bits.
    let base64: SecretBytes
    /// The masked number.
    package let description: String
}

/// Fingpay's public RSA key, from a file of the one who runs this: Eko gives it out and may change it.
package struct FingpayKey: Sendable {
    private let key: PublicKey

    /// Reads a public key in PEM, or the bare base64 of its DER as Eko's pages show it.
    ///
    /// - Throws: `FileError` when the file cannot be read, `InvalidInput` when it holds no usable RSA key.
    package init(path: String) throws {
        try self.init(parsing: readFile(path, limit: Limits.secretFile), from: path)
    }

    init(parsing text: [UInt8], from path: String) throws(InvalidInput) {
        let lines = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline)
        let bare = lines.filter { !$0.hasPrefix("-----") }.joined().filter { !$0.isWhitespace }
        do {
            key = try PublicKey(der: decodeBase64(bare.utf8))
        } catch {
            throw InvalidInput(
                "fingpay-key-invalid", "\(path) holds no RSA public key",
                nextStep: "save the key that Eko's console shows, in PEM or as bare base64")
        }
        // 1024 bits are weak by today's measure, but they are what Fingpay has.
        guard key.bits >= 1024 else {
            throw InvalidInput(
                "fingpay-key-short", "the key in \(path) has only \(key.bits) bits", nextStep: "get the key from Eko")
        }
    }

    package var bits: Int { key.bits }

    /// SHA-256 of the key's DER in hexadecimal, to compare with what Eko says.
    package var fingerprint: String {
        sha256(key.der).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    /// The key's SubjectPublicKeyInfo.
    var der: [UInt8] { key.der }

    /// Encrypts the 12 digits with PKCS#1 v1.5 padding; each time another text comes out.
    ///
    /// - Throws: `InvalidInput` when libcrypto refuses.
    package func encrypt(_ aadhaar: Aadhaar) throws(InvalidInput) -> EncryptedAadhaar {
        do {
            let text = base64(try key.encryptPKCS1(aadhaar.digits))
            return EncryptedAadhaar(base64: SecretBytes(copying: text.utf8), description: aadhaar.description)
        } catch {
            throw InvalidInput(
                "aadhaar-encryption", "the Aadhaar number cannot be encrypted: \(error.cause)",
                nextStep: "check the key file")
        }
    }
}

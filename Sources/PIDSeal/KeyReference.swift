// What a file device.key may hold: a key, a key that a TPM wrapped, or the name of a key in a token or TPM.
import Crypto
import Glibc
import Platform
import Secrets

/// Where a device key lives.
package enum KeyHome: String, Sendable {
    /// In a file of mode 0600, and in memory while it is used.
    case file
    /// In a TPM 2.0; the file holds a blob that only this TPM can open.
    case tpm
    /// In a PKCS#11 token; the file holds an RFC 7512 URI.
    case pkcs11
    /// At a persistent handle of a TPM 2.0; the file holds `handle:0x8...`.
    case tpmHandle = "tpm-handle"

    /// What the content of a key file is, by its beginning; nil when it is nothing known.
    init?(of content: SecretBytes) {
        func begins(_ text: String) -> Bool {
            content.withSpan { bytes in
                let text = Array(text.utf8)
                return bytes.count >= text.count && text.indices.allSatisfy { bytes[$0] == text[$0] }
            }
        }
        if begins("pkcs11:") {
            self = .pkcs11
        } else if begins("handle:") {
            self = .tpmHandle
        } else if begins(
            PrivateKey.tpmLabel)
        {
            self = .tpm
        } else if begins("-----BEGIN ") {
            self = .file
        } else {
            return nil
        }
    }
}

/// A private key with what its file holds.
struct DeviceKey {
    let key: PrivateKey
    let home: KeyHome
    let content: SecretBytes

    /// Opens what a key file holds.
    ///
    /// - Throws: `IdentityError` when it is no RSA key, or token or TPM do not give it.
    init(content: SecretBytes, path: String) throws(IdentityError) {
        guard let home = KeyHome(of: content) else { throw Self.invalid(path) }
        self.home = home
        self.content = content
        do throws(CryptoError) {
            switch home {
            case .file:
                do { key = try PrivateKey(pem: content) } catch { throw CryptoError("key-invalid", error.cause) }
            case .tpm: key = try PrivateKey(wrapped: content, in: .tpm)
            case .tpmHandle: key = try PrivateKey(uri: Self.line(content), in: .tpm)
            case .pkcs11:
                let token = try TokenURI(Self.line(content))
                key = try PrivateKey(token: token.uri, module: token.module)
            }
        } catch {
            switch error.code {
            case "key-invalid": throw Self.invalid(path)
            case "crypto-failed":
                throw IdentityError(
                    "key-unavailable", "the key that \(path) names cannot be had: \(error.cause)",
                    nextStep:
                        "check that \(home == .pkcs11 ? "the token" : "the TPM") is there, holds the key, and may be used by this user"
                )
            default: throw IdentityError(error)
            }
        }
    }

    /// Makes a new RSA-2048 key.
    ///
    /// - Throws: `IdentityError` when the generator or the TPM fails.
    init(new home: KeyHome) throws(IdentityError) {
        self.home = home
        do throws(CryptoError) {
            key = try home == .tpm ? PrivateKey(generatingIn: .tpm) : PrivateKey(generatingBits: Limits.rsaBits)
            content = try key.pem
        } catch { throw IdentityError(error) }
    }

    /// Takes a key of a token or TPM by its URI.
    init(uri: String) throws(IdentityError) {
        guard uri.hasPrefix("pkcs11:") || uri.hasPrefix("handle:") else {
            throw IdentityError(
                "key-uri-unknown", "a key is 'file', 'tpm', pkcs11:... or handle:0x...", nextStep: "name one of these")
        }
        try self.init(content: SecretBytes(copying: Array("\(uri)\n".utf8)), path: "the URI")
    }

    /// The one line of a file that holds a URI, which is no secret.
    private static func line(_ content: SecretBytes) -> String {
        content.trimmingWhitespace().withSpan { bytes in
            String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
        }
    }

    private static func invalid(_ path: String) -> IdentityError {
        IdentityError("key-invalid", "\(path) holds no RSA key in PEM", nextStep: "provision the device again")
    }
}

/// A PKCS#11 URI (RFC 7512) in its parts that matter here.
struct TokenURI {
    /// Without `module-path`, which OpenSSL's engine takes otherwise.
    let uri: String
    let module: String?

    /// - Throws: `CryptoError` when the PIN stands in it, the file with the PIN is missing or open to others, or others may
    ///   change the module.
    init(_ text: String) throws(CryptoError) {
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var module: String?
        var pinFile: String?
        var kept: [Substring] = []
        for attribute in parts.count == 2 ? parts[1].split(separator: "&") : [] {
            let value = Self.decoded(attribute.drop { $0 != "=" }.dropFirst())
            if attribute.hasPrefix("module-path=") { module = value } else { kept.append(attribute) }
            if attribute.hasPrefix("pin-source=") {
                pinFile = value.hasPrefix("file:") ? String(value.dropFirst("file:".count)) : value
            }
        }
        guard !text.contains("pin-value=") else {
            throw CryptoError(
                "key-uri-pin", "the PIN stands in the URI of the key",
                nextStep: "put it into a file of mode 0600 and write pin-source=/path/of/the/file")
        }
        guard let pinFile else {
            throw CryptoError(
                "key-uri-pin", "the URI of the key does not say where its PIN is",
                nextStep: "put the PIN into a file of mode 0600 and add ?pin-source=/path/of/the/file")
        }
        do { _ = try openForReading(pinFile, limit: Limits.pinFile, privacy: .secret) } catch {
            throw CryptoError(error.code, error.cause, nextStep: error.nextStep)
        }
        // Its code runs in this process.
        if let module {
            do { try checkTrusted(module) } catch {
                throw CryptoError(error.code, error.cause, nextStep: error.nextStep)
            }
        }
        self.module = module
        uri = String(parts[0]) + "?" + kept.joined(separator: "&")
    }

    /// Percent-decoded.
    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            if byte == UInt8(ascii: "%"), digits.utf8.count == 2, let value = UInt8(digits, radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Reads a device key from a file that only its owner may read.
///
/// - Throws: `IdentityError` when it cannot be read, others may read it, or it is no RSA key.
func readDeviceKey(_ path: String) throws(IdentityError) -> DeviceKey {
    let content: SecretBytes
    do { content = try readSecretFile(path, limit: Limits.keyFile) } catch { throw IdentityError(error) }
    return try DeviceKey(content: content, path: path)
}

/// Reads the private key of such a file.
func readKey(_ path: String) throws(IdentityError) -> PrivateKey { try readDeviceKey(path).key }

/// Writes a secret for its owner only.
func write(_ path: String, _ secret: SecretBytes) throws(IdentityError) {
    do throws(FileError) {
        try unsafe secret.withUnsafeBuffer { (bytes) throws(FileError) in
            unsafe try writeFileAtomically(path, UnsafeRawBufferPointer(bytes), mode: 0o600)
        }
    } catch { throw IdentityError(error) }
}

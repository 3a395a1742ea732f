// RSA keys: the public half that encrypts and verifies, the private half that signs and decrypts.
import CCrypto
package import Secrets

/// An RSA public key.
package final class PublicKey: Sendable {
    /// The EVP_PKEY, which this object owns; libcrypto locks what it caches inside, so threads may share it.
    private let address: UInt

    init(owning key: OpaquePointer) throws(CryptoError) {
        address = UInt(bitPattern: key)
        // The object exists from here on, so that its deinit frees what is refused.
        guard unsafe EVP_PKEY_is_a(key, "RSA") == 1 else {
            throw CryptoError("key-not-rsa", "the key is not an RSA key")
        }
    }

    /// Reads a SubjectPublicKeyInfo.
    ///
    /// - Throws: `CryptoError` when it does not parse or is not RSA.
    package convenience init(der: [UInt8]) throws(CryptoError) {
        let key = unsafe der.withUnsafeBufferPointer { bytes in
            var next = bytes.baseAddress
            return unsafe d2i_PUBKEY(nil, &next, bytes.count)
        }
        unsafe try self.init(owning: made(key, "reading the public key"))
    }

    deinit { unsafe EVP_PKEY_free(raw) }

    var raw: OpaquePointer { unsafe OpaquePointer(bitPattern: address)! }

    package var bits: Int { Int(unsafe EVP_PKEY_get_bits(raw)) }

    /// The SubjectPublicKeyInfo in DER.
    package var der: [UInt8] {
        var bytes: UnsafeMutablePointer<UInt8>?
        let count = unsafe i2d_PUBKEY(raw, &bytes)
        defer { unsafe ccrypto_free(bytes) }
        return unsafe Array(UnsafeBufferPointer(start: bytes, count: Int(max(count, 0))))
    }

    /// RSAES-PKCS1-v1_5, as Skey (spec/rd-service.md 2.5) and Eko's Aadhaar encryption (spec/eko-api.md 7) want it.
    ///
    /// - Throws: `CryptoError` when the plaintext is too long for the key.
    package func encryptPKCS1(_ plaintext: SecretBytes) throws(CryptoError) -> [UInt8] {
        let context = unsafe try KeyContext(raw)
        unsafe try check(EVP_PKEY_encrypt_init(context.raw), "RSA encryption")
        unsafe try check(EVP_PKEY_CTX_set_rsa_padding(context.raw, RSA_PKCS1_PADDING), "RSA encryption")
        var output = [UInt8](repeating: 0, count: Int(unsafe EVP_PKEY_get_size(raw)))
        var length = output.count
        try unsafe plaintext.withUnsafeBuffer { (input) throws(CryptoError) in
            unsafe try check(
                EVP_PKEY_encrypt(context.raw, &output, &length, input.baseAddress, input.count), "RSA encryption")
        }
        return Array(output.prefix(length))
    }

    /// Whether `signature` is RSASSA-PKCS1-v1_5 with SHA-256 by this key over `message`.
    package func verifiesSHA256(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        guard let context = unsafe EVP_MD_CTX_new() else { return false }
        defer {
            unsafe EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        return unsafe EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, raw) == 1
            && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }
}

/// An RSA private key, in memory or, by reference only, in a token or TPM; libcrypto wipes it when the last reference goes.
package final class PrivateKey: Sendable {
    /// See `PublicKey.address`.
    private let address: UInt
    /// What signs with it; nil is libcrypto's default provider or, for tokens, the engine that the key brings along.
    let provider: KeyProvider?

    init(owning key: OpaquePointer, in provider: KeyProvider? = nil) throws(CryptoError) {
        address = UInt(bitPattern: key)
        self.provider = provider
        guard unsafe EVP_PKEY_is_a(key, "RSA") == 1 else {
            throw CryptoError("key-not-rsa", "the key is not an RSA key")
        }
    }

    /// Makes a new key pair.
    ///
    /// - Throws: `CryptoError` when the generator fails.
    package convenience init(generatingBits bits: Int) throws(CryptoError) {
        unsafe try self.init(owning: made(ccrypto_generate_rsa(UInt32(bits)), "making an RSA key"))
    }

    /// Reads an unencrypted PEM file's content (PKCS#8 or PKCS#1).
    ///
    /// - Throws: `CryptoError` when it holds no private RSA key, or one under a passphrase.
    package convenience init(pem: SecretBytes) throws(CryptoError) {
        let key = unsafe pem.withUnsafeBuffer { bytes -> OpaquePointer? in
            guard let bio = unsafe BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else { return nil }
            defer { unsafe BIO_free(bio) }
            // A passphrase callback that gives none: libcrypto would otherwise ask on the terminal.
            return unsafe PEM_read_bio_PrivateKey(bio, nil, { _, _, _, _ in -1 }, nil)
        }
        unsafe try self.init(owning: made(key, "reading the private key"))
    }

    deinit { unsafe EVP_PKEY_free(raw) }

    var raw: OpaquePointer { unsafe OpaquePointer(bitPattern: address)! }

    package var bits: Int { Int(unsafe EVP_PKEY_get_bits(raw)) }

    /// The public half.
    ///
    /// - Throws: `CryptoError` when libcrypto cannot export it.
    package var publicKey: PublicKey {
        get throws(CryptoError) {
            var bytes: UnsafeMutablePointer<UInt8>?
            let count = unsafe i2d_PUBKEY(raw, &bytes)
            defer { unsafe ccrypto_free(bytes) }
            guard count > 0 else { throw CryptoError(failed: "exporting the public key") }
            return try PublicKey(der: unsafe Array(UnsafeBufferPointer(start: bytes, count: Int(count))))
        }
    }

    /// The key as an unencrypted PKCS#8 PEM, for a 0600 file; a TPM's as the PEM of a blob that only that TPM can open.
    ///
    /// - Throws: `CryptoError` when libcrypto cannot export it.
    package var pem: SecretBytes {
        get throws(CryptoError) {
            // Secure memory BIO: its buffer is wiped when it is freed.
            let bio = unsafe try made(BIO_new(BIO_s_secmem()), "writing the private key")
            defer { unsafe BIO_free(bio) }
            unsafe try check(PEM_write_bio_PrivateKey(bio, raw, nil, nil, 0, nil, nil), "writing the private key")
            var data: UnsafeMutablePointer<CChar>?
            let count = unsafe ccrypto_bio_mem_data(bio, &data)
            return unsafe SecretBytes(copying: UnsafeRawBufferPointer(start: data, count: count))
        }
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256 (`bs` of the PID block, spec/rd-service.md 2.2).
    ///
    /// - Throws: `CryptoError` when the key cannot sign.
    package func signSHA256(_ message: [UInt8]) throws(CryptoError) -> [UInt8] {
        let context = unsafe try made(EVP_MD_CTX_new(), "signing")
        defer { unsafe EVP_MD_CTX_free(context) }
        unsafe try beginSigning(context)
        var signature = [UInt8](repeating: 0, count: Int(unsafe EVP_PKEY_get_size(raw)))
        var length = signature.count
        unsafe try check(EVP_DigestSign(context, &signature, &length, message, message.count), "signing")
        return Array(signature.prefix(length))
    }

    /// Prepares a context for RSASSA-PKCS1-v1_5 with SHA-256.
    func beginSigning(_ context: OpaquePointer) throws(CryptoError) {
        unsafe try check(
            EVP_DigestSignInit_ex(context, nil, "SHA256", provider?.library, provider?.query, raw, nil), "signing")
    }

    /// Undoes `PublicKey.encryptPKCS1`.
    ///
    /// - Throws: `CryptoError` when the padding is wrong.
    package func decryptPKCS1(_ ciphertext: [UInt8]) throws(CryptoError) -> SecretBytes {
        let context = unsafe try KeyContext(raw)
        unsafe try check(EVP_PKEY_decrypt_init(context.raw), "RSA decryption")
        unsafe try check(EVP_PKEY_CTX_set_rsa_padding(context.raw, RSA_PKCS1_PADDING), "RSA decryption")
        return try unsafe SecretBytes(capacity: Int(EVP_PKEY_get_size(raw))) { (room) throws(CryptoError) -> Int in
            var length = room.count
            unsafe try check(
                EVP_PKEY_decrypt(context.raw, room.baseAddress, &length, ciphertext, ciphertext.count), "RSA decryption"
            )
            return length
        }
    }
}

/// Makes sure that PEM holds a private key of any kind that needs no passphrase.
///
/// - Throws: `CryptoError` when it holds none, with code `key-encrypted` when there is one under a passphrase.
package func checkPrivateKey(pem: SecretBytes) throws(CryptoError) {
    var isEncrypted = false
    let key = unsafe pem.withUnsafeBuffer { bytes -> OpaquePointer? in
        guard let bio = unsafe BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else { return nil }
        defer { unsafe BIO_free(bio) }
        return unsafe withUnsafeMutablePointer(to: &isEncrypted) { isEncrypted in
            unsafe PEM_read_bio_PrivateKey(
                bio, nil,
                { _, _, _, target in
                    unsafe target?.assumingMemoryBound(to: Bool.self).pointee = true
                    return -1
                }, isEncrypted)
        }
    }
    guard !isEncrypted else {
        ERR_clear_error()
        throw CryptoError("key-encrypted", "the private key is under a passphrase")
    }
    let found = unsafe try made(key, "reading the private key")
    unsafe EVP_PKEY_free(found)
}

/// An EVP_PKEY_CTX with one owner.
@safe private struct KeyContext: ~Copyable {
    let raw: OpaquePointer

    init(_ key: OpaquePointer) throws(CryptoError) { unsafe raw = try made(EVP_PKEY_CTX_new(key, nil), "RSA") }

    deinit { unsafe EVP_PKEY_CTX_free(raw) }
}

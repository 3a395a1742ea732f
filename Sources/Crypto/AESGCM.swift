// AES-256-GCM with a 16-byte tag behind the ciphertext.
import CCrypto
package import Secrets

/// AES-256-GCM as the PID block uses it (spec/rd-service.md 2.5): 12-byte nonce, tag appended.
package enum AESGCM {
    package static let tagLength = 16

    /// Encrypts `plaintext`; the result is the ciphertext followed by the tag.
    ///
    /// - Throws: `CryptoError` when key or nonce have another length, or libcrypto fails.
    package static func seal(
        key: SecretBytes, nonce: [UInt8], aad: [UInt8], plaintext: SecretBytes
    ) throws(CryptoError) -> [UInt8] {
        let context = try Context()
        try context.begin(key: key, nonce: nonce, aad: aad, encrypting: true)
        var sealed = [UInt8](repeating: 0, count: plaintext.count + tagLength)
        var length: Int32 = 0
        try unsafe plaintext.withUnsafeBuffer { (input) throws(CryptoError) in
            unsafe try check(
                EVP_EncryptUpdate(context.raw, &sealed, &length, input.baseAddress, Int32(input.count)), "AES-GCM")
        }
        var end = [UInt8](repeating: 0, count: tagLength)
        unsafe try check(EVP_EncryptFinal_ex(context.raw, &end, &length), "AES-GCM")
        unsafe try check(EVP_CIPHER_CTX_ctrl(context.raw, EVP_CTRL_AEAD_GET_TAG, Int32(tagLength), &end), "AES-GCM tag")
        sealed.replaceSubrange(plaintext.count..., with: end)
        return sealed
    }

    /// Decrypts what `seal` made.
    ///
    /// - Throws: `CryptoError` with code `gcm-tag-mismatch` when anything was changed.
    package static func open(
        key: SecretBytes, nonce: [UInt8], aad: [UInt8], sealed: [UInt8]
    ) throws(CryptoError) -> SecretBytes {
        guard sealed.count >= tagLength else {
            throw CryptoError("gcm-too-short", "the sealed text is shorter than its tag")
        }
        let context = try Context()
        try context.begin(key: key, nonce: nonce, aad: aad, encrypting: false)
        var tag = Array(sealed.suffix(tagLength))
        let count = sealed.count - tagLength
        return try unsafe SecretBytes(capacity: count) { (room) throws(CryptoError) -> Int in
            var length: Int32 = 0
            unsafe try check(EVP_DecryptUpdate(context.raw, room.baseAddress, &length, sealed, Int32(count)), "AES-GCM")
            unsafe try check(
                EVP_CIPHER_CTX_ctrl(context.raw, EVP_CTRL_AEAD_SET_TAG, Int32(tagLength), &tag), "AES-GCM tag")
            var end = [UInt8](repeating: 0, count: tagLength)
            guard unsafe EVP_DecryptFinal_ex(context.raw, &end, &length) == 1 else {
                ERR_clear_error()
                throw CryptoError("gcm-tag-mismatch", "the sealed text or its tag was changed")
            }
            return count
        }
    }

    /// An EVP context, keyed; libcrypto wipes it when it is freed.
    @safe private struct Context: ~Copyable {
        let raw: OpaquePointer

        init() throws(CryptoError) { unsafe raw = try made(EVP_CIPHER_CTX_new(), "AES-GCM") }

        func begin(key: SecretBytes, nonce: [UInt8], aad: [UInt8], encrypting: Bool) throws(CryptoError) {
            guard key.count == 32, nonce.count == 12 else {
                throw CryptoError("gcm-parameters", "AES-256-GCM needs a key of 32 and a nonce of 12 bytes")
            }
            try unsafe key.withUnsafeBuffer { (key) throws(CryptoError) in
                unsafe try check(
                    EVP_CipherInit_ex(raw, EVP_aes_256_gcm(), nil, key.baseAddress, nonce, encrypting ? 1 : 0),
                    "AES-GCM")
            }
            var length: Int32 = 0
            unsafe try check(EVP_CipherUpdate(raw, nil, &length, aad, Int32(aad.count)), "AES-GCM")
        }

        deinit { unsafe EVP_CIPHER_CTX_free(raw) }
    }
}

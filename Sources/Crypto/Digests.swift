// SHA-256, HMAC-SHA-256 and random bytes.
import CCrypto
package import Secrets

/// The 32 bytes of SHA-256.
package func sha256(_ bytes: [UInt8]) -> [UInt8] {
    unsafe bytes.withUnsafeBytes { unsafe sha256($0) }
}

/// The 32 bytes of SHA-256 over a secret.
package func sha256(_ secret: SecretBytes) -> [UInt8] {
    unsafe secret.withUnsafeBuffer { unsafe sha256(UnsafeRawBufferPointer($0)) }
}

private func sha256(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    unsafe EVP_Digest(bytes.baseAddress, bytes.count, &digest, nil, EVP_sha256(), nil)
    return digest
}

/// The 32 bytes of HMAC-SHA-256.
package func hmacSHA256(key: SecretBytes, message: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    var length: UInt32 = 0
    unsafe key.withUnsafeBuffer { key in
        _ = unsafe HMAC(EVP_sha256(), key.baseAddress, Int32(key.count), message, message.count, &digest, &length)
    }
    return digest
}

/// Fresh random bytes for a key.
///
/// - Throws: `CryptoError` when the generator cannot be seeded.
package func randomSecret(count: Int) throws(CryptoError) -> SecretBytes {
    try unsafe SecretBytes(capacity: count) { (room) throws(CryptoError) -> Int in
        unsafe try check(RAND_priv_bytes(room.baseAddress, Int32(count)), "random bytes")
        return count
    }
}

/// Fresh random bytes for what is not secret, such as an identifier.
///
/// - Throws: `CryptoError` when the generator cannot be seeded.
package func randomBytes(count: Int) throws(CryptoError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    unsafe try check(RAND_bytes(&bytes, Int32(count)), "random bytes")
    return bytes
}

/// Upper-case hexadecimal, two digits a byte.
package func upperHex(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789ABCDEF")
    return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
}

// Base64: standard alphabet, padded, on one line.
import CCrypto
package import Secrets

/// Base64 text of bytes that are not secret.
package func base64(_ bytes: [UInt8]) -> String {
    var text = [UInt8](repeating: 0, count: base64Length(bytes.count) + 1)
    let count = unsafe EVP_EncodeBlock(&text, bytes, Int32(bytes.count))
    return String(decoding: text.prefix(Int(count)), as: UTF8.self)
}

/// Base64 text of a secret, itself a secret.
package func base64(_ secret: SecretBytes) -> SecretBytes {
    unsafe SecretBytes(capacity: base64Length(secret.count) + 1) { room in
        unsafe secret.withUnsafeBuffer {
            Int(unsafe EVP_EncodeBlock(room.baseAddress, $0.baseAddress, Int32($0.count)))
        }
    }
}

/// The bytes of a base64 text.
///
/// - Throws: `CryptoError` for another alphabet, white space, missing padding, or bits that padding should have left 0.
package func decodeBase64(_ text: some Collection<UInt8>) throws(CryptoError) -> [UInt8] {
    let secret = try decodeSecretBase64(text)
    return unsafe secret.withUnsafeBuffer { unsafe Array($0) }
}

/// The bytes of a base64 text, kept secret.
///
/// - Throws: as `decodeBase64`.
package func decodeSecretBase64(_ text: some Collection<UInt8>) throws(CryptoError) -> SecretBytes {
    let secret = SecretBytes(copying: text)
    let padding = secret.withSpan { text in
        text.indices.reversed().prefix { text[$0] == UInt8(ascii: "=") }.count
    }
    let strict = secret.withSpan { text in
        text.count % 4 == 0 && padding <= 2 && text.indices.dropLast(padding).allSatisfy { isBase64(text[$0]) }
    }
    guard strict else { throw CryptoError("base64-invalid", "the text is not base64") }
    let decoded = try unsafe SecretBytes(capacity: secret.count / 4 * 3) { (room) throws(CryptoError) -> Int in
        let count = unsafe secret.withUnsafeBuffer {
            unsafe EVP_DecodeBlock(room.baseAddress, $0.baseAddress, Int32($0.count))
        }
        guard count >= 0 else { throw CryptoError("base64-invalid", "the text is not base64") }
        return Int(count) - padding
    }
    // Only one text stands for these bytes: refuse the others.
    guard base64(decoded).isEqual(to: secret) else { throw CryptoError("base64-invalid", "the text is not base64") }
    return decoded
}

private func base64Length(_ count: Int) -> Int { (count + 2) / 3 * 4 }

private func isBase64(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
        true
    default: false
    }
}

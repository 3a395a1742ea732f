// Encrypts a PID block for UIDAI, exactly as its receivers expect it (spec/rd-service.md 2.5).
import Crypto
import Platform
package import RDProtocol
import Secrets

/// Makes sealed PIDs with the keys of one scanner and environment.
package struct Seal: Sendable {
    private let keys: DeviceKeys
    private let sessionKey: @Sendable () throws(CryptoError) -> SecretBytes

    /// A seal that draws a fresh session key for every PID.
    package init(keys: DeviceKeys) {
        self.init(keys: keys) { () throws(CryptoError) in try randomSecret(count: 32) }
    }

    /// A seal with session keys of somebody's choice, which only the test vectors need.
    init(keys: DeviceKeys, sessionKey: @escaping @Sendable () throws(CryptoError) -> SecretBytes) {
        self.keys = keys
        self.sessionKey = sessionKey
    }

    /// Signs, writes and encrypts the records of one capture.
    ///
    /// All that is secret on the way is wiped when this returns; the records stay with the caller.
    ///
    /// - Parameters:
    ///   - records: of one capture.
    ///   - options: what the client asked for.
    ///   - time: now, in seconds since the Unix epoch, taken once.
    /// - Returns: the texts of Skey, Hmac and Data.
    /// - Throws: `RDError` 740 when a certificate has expired since it was loaded, 200 for a Demo that protobuf cannot hold, 999
    ///   when libcrypto fails.
    package func seal(
        _ records: [BiometricRecord], for options: PidOptions, at time: Int64
    ) throws(RDError) -> SealedPID {
        do { try keys.checkValidity(at: time) } catch { throw error.rdError }
        let timestamp = PIDTimestamp(secondsSinceEpoch: time)
        let plaintext = try Self.plaintext(records, options, timestamp, keys)
        do throws(CryptoError) {
            let key = try sessionKey()
            let (data, hmac) = try Self.encrypt(plaintext, key: key, timestamp: timestamp)
            return SealedPID(
                skey: base64(try keys.uidaiKey.encryptPKCS1(key)), ci: keys.uidai.expiryDate, hmac: hmac, data: data,
                dataType: options.format == .xml ? "X" : "P")
        } catch {
            throw RDError(.internalError, because: error)
        }
    }

    /// The PID block in the format that the client asked for.
    private static func plaintext(
        _ records: [BiometricRecord], _ options: PidOptions, _ timestamp: PIDTimestamp, _ keys: DeviceKeys
    ) throws(RDError) -> SecretBytes {
        switch options.format {
        case .xml:
            do throws(CryptoError) {
                return try PIDBlock(records, options: options, timestamp: timestamp, keys: keys).xml
            } catch { throw RDError(.internalError, because: error) }
        case .protobuf:
            return try PIDBlock.protobuf(records, options: options, timestamp: timestamp, keys: keys)
        }
    }

    /// The texts of Data and Hmac.
    ///
    /// Both are encrypted under the same key and nonce. That is against all advice for GCM, but receivers expect it, and
    /// it is why a session key must never be used for a second PID.
    static func encrypt(
        _ plaintext: SecretBytes, key: SecretBytes, timestamp: PIDTimestamp
    ) throws(CryptoError) -> (data: String, hmac: String) {
        func encrypted(_ bytes: SecretBytes) throws(CryptoError) -> [UInt8] {
            try AESGCM.seal(key: key, nonce: timestamp.nonce, aad: timestamp.additionalData, plaintext: bytes)
        }
        let digest = SecretBytes(copying: sha256(plaintext))
        return (base64(timestamp.bytes + (try encrypted(plaintext))), base64(try encrypted(digest)))
    }
}

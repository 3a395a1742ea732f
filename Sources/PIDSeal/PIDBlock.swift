// The PID block: the XML that is encrypted for UIDAI (spec/rd-service.md 2.1).
package import Biometrics
import Crypto
import RDProtocol
package import Secrets

/// One biometric record of a capture.
package struct BiometricRecord: Sendable {
    /// What Bio/@type says.
    package enum Kind: String, Sendable {
        /// Minutiae, ISO/IEC 19794-2.
        case minutiae = "FMR"
        /// A picture, ISO/IEC 19794-4.
        case image = "FIR"
    }

    package let kind: Kind
    package let position: FingerPosition
    package let bytes: SecretBytes

    package init(kind: Kind, position: FingerPosition, bytes: SecretBytes) {
        self.kind = kind
        self.position = position
        self.bytes = bytes
    }
}

/// The plaintext of a PID: no declaration, no namespace, no white space, since vendors' PIDs have none.
struct PIDBlock: Sendable {
    let xml: SecretBytes

    /// Writes the block; each record is signed on the way.
    ///
    /// - Parameters:
    ///   - records: in the order in which they are to stand.
    ///   - options: give wadh, Demo and OTP.
    ///   - timestamp: the one of the whole PID.
    ///   - keys: sign the records and give dih.
    /// - Throws: `CryptoError` when the key cannot sign.
    init(
        _ records: [BiometricRecord], options: PidOptions, timestamp: PIDTimestamp, keys: DeviceKeys
    ) throws(CryptoError) {
        let writer = XMLWriter()
        writer.start("Pid")
        writer.attribute("ts", timestamp.text)
        writer.attribute("ver", PidOptions.pidVer)
        writer.attribute("wadh", options.wadh)
        if let demo = options.demo { writer.verbatim(demo) }
        writer.start("Bios")
        writer.attribute("dih", keys.identity.dih)
        for record in records {
            writer.start("Bio")
            writer.attribute("type", record.kind.rawValue)
            writer.attribute("posh", record.position.posh)
            writer.attribute("bs", base64(try Self.sign(record.bytes, timestamp, keys)))
            writer.verbatim(base64(record.bytes))
            writer.end()
        }
        writer.end()
        if let otp = options.otp {
            writer.start("Pv")
            writer.attribute("otp", otp)
            writer.end()
        }
        writer.end()
        xml = writer.finishSecret()
    }

    /// The biometric signature over the raw record, the time and the device (spec/rd-service.md 2.2).
    ///
    /// A secret, since a string of its size is in blocks that malloc does not overwrite.
    static func sign(
        _ record: SecretBytes, _ timestamp: PIDTimestamp, _ keys: DeviceKeys
    ) throws(CryptoError) -> SecretBytes {
        SecretBytes(copying: try keys.privateKey.signSHA256(signedMessage(record, timestamp, dc: keys.identity.dc)))
    }

    /// What `bs` signs: SHA-256 of the record, ts and dc, 87 bytes.
    static func signedMessage(_ record: SecretBytes, _ timestamp: PIDTimestamp, dc: String) -> [UInt8] {
        sha256(record) + timestamp.bytes + Array(dc.utf8)
    }
}

// What a client asks a capture for (spec/rd-service.md 3.5): the values, and what a client sends.
import Platform
package import Secrets

/// Which records of a finger go into the PID (`fType`).
package enum FingerRecordType: Int, Sendable {
    /// FMR: minutiae, ISO/IEC 19794-2.
    case minutiae = 0
    /// FIR: the picture, ISO/IEC 19794-4.
    case image = 1
    /// FMR and FIR of the same capture.
    case both = 2

    /// How many fingers may be asked for.
    package var countLimits: ClosedRange<Int> { self == .minutiae ? 1...10 : 1...2 }
}

/// How the PID block is written (`format`).
package enum PidFormat: Int, Sendable {
    case xml = 0
    case protobuf = 1
}

/// Which of UIDAI's systems a PID is for; each has its own keys and certificates (`env`).
package enum Environment: String, CaseIterable, Sendable {
    case production = "P"
    case preProduction = "PP"
    case staging = "S"
}

/// A finger, iris or face that a client names (`posh`, spec/rd-service.md 5.2).
package enum Posh: String, CaseIterable, Sendable {
    case leftThumb = "LEFT_THUMB"
    case leftIndex = "LEFT_INDEX"
    case leftMiddle = "LEFT_MIDDLE"
    case leftRing = "LEFT_RING"
    case leftLittle = "LEFT_LITTLE"
    case rightThumb = "RIGHT_THUMB"
    case rightIndex = "RIGHT_INDEX"
    case rightMiddle = "RIGHT_MIDDLE"
    case rightRing = "RIGHT_RING"
    case rightLittle = "RIGHT_LITTLE"
    case leftIris = "LEFT_IRIS"
    case rightIris = "RIGHT_IRIS"
    case face = "FACE"

    package var isIris: Bool { self == .leftIris || self == .rightIris }
    package var isFace: Bool { self == .face }
    package var isFinger: Bool { !isIris && !isFace }
}

/// What a client asks a capture for.
///
/// `init(parsing:)` reads what clients really send; `check(supported:)` then says whether a service can do it.
package struct PidOptions: Sendable, Equatable {
    /// Fingers wanted, 0...10.
    package var fCount: Int
    package var fType: FingerRecordType
    /// Irises wanted; only 1 and 2 have a meaning.
    package var iCount: Int
    package var iType: Int
    /// Faces wanted; only 1 has a meaning.
    package var pCount: Int
    package var pType: Int
    package var format: PidFormat
    /// How long the capture may last, 1...99999 milliseconds.
    package var timeoutMilliseconds: Int
    /// A one-time password of 6 digits as second factor.
    package var otp: SecretBytes?

    /// Whether a secret can be an OTP: 6 digits.
    package static func isOTP(_ secret: SecretBytes) -> Bool {
        secret.count == 6 && secret.withSpan { bytes in bytes.indices.allSatisfy { (0x30...0x39).contains(bytes[$0]) } }
    }
    /// The hash of the wrapper API as 44 characters of base64, or empty for plain authentication.
    package var wadh: String
    /// The named positions, fingers before irises before face; empty when the client leaves the choice to the person (UNKNOWN).
    package var posh: [Posh]
    package var environment: Environment
    /// The Demo element as an XML fragment for the PID block; its attributes are personal data.
    package var demo: SecretBytes?
    /// The id of the scanner to use, as `CustOpts/Param[@name='device']`; nil for the one that the service chooses.
    package var device: String?

    /// Whether a text can be the id of a scanner: letters, digits and `._-`.
    package static func isDevice(_ text: String) -> Bool {
        isPlainName(text, length: Limits.deviceID)
    }
    /// The least quality, 0...100, of each finger; nil when the client leaves it to the service.
    ///
    /// The specification has no place for it, so it is `CustOpts/Param[@name='minQuality']`.
    package var minimumQuality: Int?

    /// The version of the PID block; there is one.
    package static let pidVer = "2.0"

    /// The options of a client that wants fingers.
    ///
    /// - Parameters:
    ///   - type: the records wanted.
    ///   - wadh: 44 characters of base64, or empty.
    ///   - timeoutMilliseconds: how long the capture may last.
    ///   - environment: the system of UIDAI that the PID is for.
    ///   - fingers: how many.
    /// - Returns: options without OTP, Demo and named position.
    package static func fingerprint(
        type: FingerRecordType = .minutiae, wadh: String = "", timeoutMilliseconds: Int = 10_000,
        environment: Environment = .production, fingers: Int = 1
    ) -> PidOptions {
        PidOptions(
            fCount: fingers, fType: type, iCount: 0, iType: 0, pCount: 0, pType: 0, format: .xml,
            timeoutMilliseconds: timeoutMilliseconds, otp: nil, wadh: wadh, posh: [], environment: environment,
            demo: nil)
    }

    /// The PidOptions document, on one line and without declaration, as RD services of all vendors accept it.
    ///
    /// It holds the OTP and the Demo block when there are any, and is a secret for that.
    package func xml() -> SecretBytes {
        let writer = XMLWriter()
        writer.start("PidOptions")
        writer.attribute("ver", "1.0")
        writer.start("Opts")
        writer.attribute("fCount", fCount)
        writer.attribute("fType", fType.rawValue)
        writer.attribute("iCount", iCount)
        writer.attribute("iType", iType)
        writer.attribute("pCount", pCount)
        writer.attribute("pType", pType)
        writer.attribute("format", format.rawValue)
        writer.attribute("pidVer", Self.pidVer)
        writer.attribute("timeout", timeoutMilliseconds)
        if let otp { writer.attribute("otp", otp) } else { writer.attribute("otp", "") }
        if !wadh.isEmpty { writer.attribute("wadh", wadh) }
        writer.attribute("posh", posh.isEmpty ? "UNKNOWN" : posh.map(\.rawValue).joined(separator: ","))
        writer.attribute("env", environment.rawValue)
        writer.end()
        if let demo { writer.verbatim(demo) }
        if device != nil || minimumQuality != nil {
            writer.start("CustOpts")
            for (name, value) in [("device", device), ("minQuality", minimumQuality.map(String.init))] {
                guard let value else { continue }
                writer.start("Param")
                writer.attribute("name", name)
                writer.attribute("value", value)
                writer.end()
            }
            writer.end()
        }
        writer.end()
        return writer.finishSecret()
    }
}

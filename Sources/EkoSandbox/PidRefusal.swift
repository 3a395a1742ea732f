// Why a PidData is not believed, by the codes that UIDAI uses (spec/rd-service.md 6.4).

/// The first thing about a PidData that does not hold.
struct PidRefusal: Error, Equatable {
    /// UIDAI's code; nil for what Eko would refuse before asking UIDAI.
    let code: Int?
    /// What is wrong, without a word of what was sealed.
    let reason: String

    private init(_ code: Int?, _ reason: String) { (self.code, self.reason) = (code, reason) }

    /// The reason with its code, as the log tells it.
    var description: String { code.map { "UIDAI \($0) \(reason)" } ?? "piddata: \(reason)" }

    /// What Eko's answer says.
    var answer: String { "K-100 EKYC Verification failed (\(code.map { "UIDAI \($0): " } ?? "")\(reason))" }

    static func notSent(_ reason: String) -> Self { Self(nil, reason) }
    static func noMatch(_ reason: String) -> Self { Self(300, reason) }
    static let duplicateFinger = Self(310, "the same record comes twice")
    static let tooManyFingers = Self(314, "there are more than 10 records")
    static func sessionKey(_ reason: String) -> Self { Self(500, reason) }
    static func certificateID(sent: String, expected: String) -> Self {
        Self(501, "ci is \(sent), but the encryption certificate ends \(expected)")
    }
    static func sealedPid(_ reason: String) -> Self { Self(502, reason) }
    static func sealedHmac(_ reason: String) -> Self { Self(503, reason) }
    static func pidFormat(_ reason: String) -> Self { Self(511, reason) }
    static func protobuf(_ reason: String) -> Self { Self(513, "the protobuf PID: \(reason)") }
    static let unknownDevice = Self(521, "dc is not a registered device")
    static let model = Self(524, "mi is not the model that was registered for dc")
    static func deviceCertificate(_ reason: String) -> Self { Self(527, reason) }
    static func pidVersion(_ version: String) -> Self { Self(541, "the PID has version '\(version)', not 2.0") }
    static func wadh(_ reason: String) -> Self { Self(552, reason) }
    static let serviceID = Self(555, "rdsId is not the one that was registered for dc")
    static let serviceVersion = Self(556, "rdsVer is not the one that was registered for dc")
    static let providerID = Self(557, "dpId is not the one that was registered for dc")
    static let deviceHash = Self(558, "dih is not that of the registered device")
    static let deviceCertificateExpired = Self(559, "the device certificate (mc) has expired")
    static let providerCertificateExpired = Self(560, "the device provider's certificate has expired")
    static let expired = Self(561, "the PID is older than 24 hours")
    static func inFuture(seconds: Int64) -> Self { Self(562, "the PID is \(seconds) s ahead of this clock") }
    static let used = Self(563, "this PID was used before; capture anew for every call")
    static let hmac = Self(564, "Hmac does not match")
    static func position(_ reason: String) -> Self { Self(572, reason) }
    static let namespace = Self(587, "the PID has a namespace")
    static let signature = Self(822, "bs is not the signature of the record, ts and dc by the device's key")
}

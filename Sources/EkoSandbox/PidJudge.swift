// What UIDAI does with a PidData: open it with its own key and check every claim in it (spec/rd-service.md 2 and 6.4).
import Crypto
import Platform
import RDProtocol
import Secrets
import Synchronization

/// Judges PidData documents, each once.
final class PidJudge: Sendable {
    private let registry: DeviceRegistry
    private let now: @Sendable () -> Int64
    /// SHA-256 of each PID that was opened, and its ts in seconds since the Unix epoch.
    private let used = Mutex<[[UInt8]: Int64]>([:])

    /// Knows the devices of a registry.
    ///
    /// - Parameters:
    ///   - registry: UIDAI's key and the devices.
    ///   - now: the wall clock, seconds since the Unix epoch.
    init(registry: DeviceRegistry, now: @escaping @Sendable () -> Int64) {
        self.registry = registry
        self.now = now
    }

    /// Opens a PidData and believes nothing in it.
    ///
    /// - Parameters:
    ///   - piddata: the document as it came.
    ///   - wadh: what the operation wants sealed; nil when there must be none.
    /// - Returns: the OTP that was sealed beside the finger; nil for none.
    /// - Throws: the first check that fails.
    @discardableResult
    func judge(_ piddata: SecretBytes, wadh: String?) throws(PidRefusal) -> SecretBytes? {
        let (report, device, sealed) = try read(piddata)
        let (registered, certificate) = try checkDevice(device)
        let (plaintext, timestamp) = try open(sealed)
        let pid = sealed.dataType == "P" ? try PidBlock(protobuf: plaintext) : try PidBlock(parsing: plaintext)
        guard pid.version == "2.0" else { throw .pidVersion(pid.version) }
        guard timestamp == Array(pid.timestamp.utf8) else {
            throw .sealedPid("the time in front of Data is not the ts of the PID")
        }
        try checkTime(of: pid, digest: sha256(plaintext))
        guard pid.deviceHash == registered.deviceHash(dc: device.dc) else { throw .deviceHash }
        try checkWadh(pid.wadh, expected: wadh)
        try checkBios(pid, dc: device.dc, key: certificate)
        try checkSummary(report, against: pid)
        return pid.otp
    }

    // MARK: Envelope

    private func read(
        _ piddata: SecretBytes
    ) throws(PidRefusal) -> (report: PidDataReport, device: DeviceInfo, sealed: SealedPID) {
        let report: PidDataReport
        do throws(DocumentError) {
            report = try PidDataReport(parsing: unsafe piddata.withUnsafeBuffer { unsafe Array($0) })
        } catch {
            throw .notSent(error.cause)
        }
        guard report.isSuccess else {
            throw .notSent("Resp has errCode \(report.errCode.prefix(10)), a failed capture")
        }
        guard let device = report.deviceInfo else { throw .notSent("DeviceInfo is missing") }
        guard let sealed = report.sealed else { throw .notSent("Skey, its ci, Hmac, Data or its type is missing") }
        guard ["X", "P"].contains(sealed.dataType) else {
            throw .pidFormat("Data has a type that is neither X nor P")
        }
        return (report, device, sealed)
    }

    // MARK: Device

    /// The device's registration, and the key of its certificate once its chain holds.
    private func checkDevice(_ device: DeviceInfo) throws(PidRefusal) -> (RegisteredDevice, PublicKey) {
        guard let registered = registry.devices[device.dc] else { throw .unknownDevice }
        guard device.dpId == registered.dpId else { throw .providerID }
        guard device.rdsId == registered.rdsId else { throw .serviceID }
        guard device.rdsVer == registered.rdsVer else { throw .serviceVersion }
        guard device.mi == registered.mi else { throw .model }
        guard !device.mc.isEmpty else { throw .deviceCertificate("mc is missing") }
        let certificate: Certificate
        do throws(CryptoError) {
            certificate = try Certificate(der: decodeBase64(device.mc.utf8))
        } catch {
            throw .deviceCertificate("mc is not a certificate in base64 of DER")
        }
        return (registered, try checkChain(of: certificate, dc: device.dc))
    }

    private func checkChain(of certificate: Certificate, dc: String) throws(PidRefusal) -> PublicKey {
        // The name that the test provider gives to device certificates ties each to one device code.
        guard certificate.commonName == "rd_device_\(dc)" else {
            throw .deviceCertificate("mc is the certificate of another device")
        }
        let time = now()
        do throws(CryptoError) {
            try certificate.verify(roots: [registry.providerAuthority], at: time)
            return try certificate.publicKey
        } catch {
            if registry.providerAuthority.notAfter < time { throw .providerCertificateExpired }
            if certificate.notAfter < time { throw .deviceCertificateExpired }
            throw .deviceCertificate("mc: \(error.cause)")
        }
    }

    // MARK: Seal

    /// Undoes the encryption of spec/rd-service.md 2.5 and compares the hash; the PID, and the time in front of it.
    private func open(_ sealed: SealedPID) throws(PidRefusal) -> (plaintext: SecretBytes, timestamp: [UInt8]) {
        guard sealed.ci == registry.certificate.expiryDate else {
            throw .certificateID(sent: String(sealed.ci.prefix(10)), expected: registry.certificate.expiryDate)
        }
        let key: SecretBytes
        do throws(CryptoError) {
            key = try registry.key.decryptPKCS1(decodeBase64(sealed.skey.utf8))
        } catch {
            throw .sessionKey("Skey cannot be decrypted: another key, another padding, or it was changed")
        }
        guard key.count == 32 else { throw .sessionKey("Skey holds \(key.count) bytes, not 32") }
        guard let data = try? decodeBase64(sealed.data.utf8), data.count > 19 + AESGCM.tagLength else {
            throw .sealedPid("Data is not base64 on one line, or too short")
        }
        let (nonce, aad) = (Array(data[7..<19]), Array(data[3..<19]))
        guard let plaintext = try? AESGCM.open(key: key, nonce: nonce, aad: aad, sealed: Array(data[19...])) else {
            throw .sealedPid("Data cannot be decrypted: wrong nonce or AAD, or it was changed")
        }
        guard let sealedHash = try? decodeBase64(sealed.hmac.utf8),
            let hash = try? AESGCM.open(key: key, nonce: nonce, aad: aad, sealed: sealedHash), hash.count == 32
        else { throw .sealedHmac("Hmac cannot be decrypted to 32 bytes") }
        guard hash.isEqual(to: SecretBytes(copying: sha256(plaintext))) else { throw .hmac }
        return (plaintext, Array(data[..<19]))
    }

    // MARK: Content

    private func checkTime(of pid: PidBlock, digest: [UInt8]) throws(PidRefusal) {
        guard let taken = Self.seconds(ofIndianTime: pid.timestamp) else {
            throw .pidFormat("ts is not YYYY-MM-DDThh:mm:ss")
        }
        let time = now()
        guard time - taken <= Limits.pidAge else { throw .expired }
        guard taken - time <= Limits.pidSkew else { throw .inFuture(seconds: taken - time) }
        let isNew = used.withLock { used in
            // Those that are too old are refused without being remembered.
            if used.count >= Limits.pids { used = used.filter { time - $0.value <= Limits.pidAge } }
            guard used.count < Limits.pids else { return false }
            return used.updateValue(taken, forKey: digest) == nil
        }
        guard isNew else { throw .used }
    }

    /// Seconds since the Unix epoch of a time of day in India; nil when it is written in another way or does not exist.
    private static func seconds(ofIndianTime text: String) -> Int64? {
        let parts = text.split(separator: "T", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let numbers =
            parts[0].split(separator: "-").compactMap { Int64($0) }
            + parts[1].split(separator: ":").compactMap { Int64($0) }
        guard numbers.count == 6, (1...9999).contains(numbers[0]), numbers.allSatisfy({ (0..<10_000).contains($0) })
        else {
            return nil
        }
        let days = daysSinceEpoch(year: numbers[0], month: numbers[1], day: numbers[2])
        let seconds = days * 86_400 + numbers[3] * 3600 + numbers[4] * 60 + numbers[5] - Int64(CivilTime.indiaOffset)
        // Only the one spelling of a moment that exists comes back as it was.
        return CivilTime(secondsSinceEpoch: seconds, offset: CivilTime.indiaOffset).iso == text ? seconds : nil
    }

    /// Days since 1970-01-01 in the Gregorian calendar, counted from March so that leap days come last.
    private static func daysSinceEpoch(year: Int64, month: Int64, day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let monthFromMarch = (month + 9) % 12
        return 365 * year + year / 4 - year / 100 + year / 400 + (153 * monthFromMarch + 2) / 5 + day - 1 - 719_468
    }

    private func checkWadh(_ sent: String, expected: String?) throws(PidRefusal) {
        guard sent != expected ?? "" else { return }
        throw .wadh(
            sent.isEmpty
                ? "the PID has no wadh, but this operation wants one"
                : expected == nil ? "the PID has a wadh, but this operation wants none" : "wadh is not this operation's"
        )
    }

    private func checkBios(_ pid: PidBlock, dc: String, key: PublicKey) throws(PidRefusal) {
        guard !pid.bios.isEmpty else { throw .pidFormat("there is no Bio") }
        guard pid.bios.count <= 20, pid.bios.filter({ $0.type == "FMR" }).count <= 10 else { throw .tooManyFingers }
        var digests: Set<[UInt8]> = []
        for bio in pid.bios {
            let digest = sha256(bio.record)
            guard digests.insert(digest).inserted else { throw .duplicateFinger }
            let message = digest + Array(pid.timestamp.utf8) + Array(dc.utf8)
            guard let signature = try? decodeBase64(bio.signature.utf8),
                key.verifiesSHA256(signature, of: message)
            else { throw .signature }
            try bio.checkRecord()
        }
    }

    /// Compares what Resp says in the clear with what was sealed, as far as it says anything.
    private func checkSummary(_ report: PidDataReport, against pid: PidBlock) throws(PidRefusal) {
        let types = Set(pid.bios.map(\.type))
        let expected = types == ["FMR"] ? "0" : types == ["FIR"] ? "1" : "2"
        guard report.fType.isEmpty || report.fType == expected else {
            throw .notSent(
                "Resp says fType \(report.fType.prefix(4)), but the PID holds \(types.sorted().joined(separator: " and "))"
            )
        }
        let fingers = pid.bios.count / max(types.count, 1)
        guard report.fCount.isEmpty || report.fCount == String(fingers) else {
            throw .notSent("Resp says fCount \(report.fCount.prefix(4)), but the PID holds \(fingers)")
        }
    }
}

// The answer to CAPTURE: what was captured, by whom, and the sealed PID (spec/rd-service.md 3.6).

/// A sealed PID: the texts that go through all hands unchanged (spec/rd-service.md 2.5).
package struct SealedPID: Sendable, Equatable {
    /// The session key under UIDAI's key, base64.
    package var skey: String
    /// Last day of UIDAI's certificate, `YYYYMMDD`.
    package var ci: String
    /// The encrypted SHA-256 of the PID, base64.
    package var hmac: String
    /// ts, the encrypted PID and the tag, base64.
    package var data: String
    /// `X` for XML, `P` for protobuf.
    package var dataType: String

    package init(skey: String, ci: String, hmac: String, data: String, dataType: String = "X") {
        self.skey = skey
        self.ci = ci
        self.hmac = hmac
        self.data = data
        self.dataType = dataType
    }
}

/// What CAPTURE answers.
package struct PidDataDocument: Sendable, Equatable {
    /// What was asked for, echoed in Resp; nil when PidOptions could not be read.
    private let options: PidOptions?
    /// Minutiae of each finger's FMR.
    private let nmPoints: [Int]
    /// Quality of each finger, 0...100.
    private let qScore: [Int]
    private var deviceInfo: DeviceInfo
    private let outcome: Result<SealedPID, RDError>

    /// The answer to a capture that went well.
    ///
    /// - Parameters:
    ///   - options: what was asked for.
    ///   - nmPoints: minutiae, one number a finger.
    ///   - qScore: quality 0...100, one number a finger.
    ///   - deviceInfo: the device, with its certificate.
    ///   - sealed: the PID.
    package init(options: PidOptions, nmPoints: [Int], qScore: [Int], deviceInfo: DeviceInfo, sealed: SealedPID) {
        self.options = options
        self.nmPoints = nmPoints
        self.qScore = qScore
        self.deviceInfo = deviceInfo
        outcome = .success(sealed)
    }

    /// The answer to a capture that failed.
    ///
    /// - Parameters:
    ///   - error: why.
    ///   - options: what was asked for, nil when that could not be read.
    ///   - deviceInfo: the device; its certificate is left out.
    package init(failure error: RDError, options: PidOptions?, deviceInfo: DeviceInfo) {
        self.options = options
        nmPoints = []
        qScore = []
        self.deviceInfo = deviceInfo
        self.deviceInfo.mc = ""
        outcome = .failure(error)
    }

    /// The document: one line of ASCII without declaration; a failure has less than 1000 bytes.
    package func xml() -> [UInt8] {
        switch outcome {
        case .success(let sealed):
            return write(errCode: .success, errInfo: RDErrorCode.success.wording, deviceInfo, sealed)
        case .failure(let error):
            // Long serial numbers and ids cost the Params first, then the explanation.
            var device = deviceInfo
            device.parameters.removeLast(max(device.parameters.count - 3, 0))
            let full = write(errCode: error.errCode, errInfo: error.errInfo, device, nil)
            if full.count < Limits.failureDocument { return full }
            return write(
                errCode: error.errCode, errInfo: error.errCode.wording, DeviceInfo(dc: deviceInfo.dc), nil)
        }
    }

    private func write(
        errCode: RDErrorCode, errInfo: String, _ deviceInfo: DeviceInfo, _ sealed: SealedPID?
    ) -> [UInt8] {
        let writer = XMLWriter()
        writer.start("PidData")
        writer.start("Resp")
        writer.attribute("errCode", errCode.rawValue)
        writer.attribute("errInfo", errInfo)
        writer.attribute("fCount", options?.fCount ?? 0)
        writer.attribute("fType", options?.fType.rawValue ?? 0)
        writer.attribute("iCount", options?.iCount ?? 0)
        writer.attribute("iType", options?.iType ?? 0)
        writer.attribute("pCount", options?.pCount ?? 0)
        writer.attribute("pType", options?.pType ?? 0)
        // Never empty: there are clients that turn these into numbers before they look at errCode.
        writer.attribute("nmPoints", nmPoints.isEmpty ? "0" : nmPoints.map(String.init).joined(separator: ","))
        writer.attribute("qScore", qScore.isEmpty ? "0" : qScore.map(String.init).joined(separator: ","))
        writer.end()
        deviceInfo.write(to: writer)
        if let sealed {
            writer.start("Skey")
            writer.attribute("ci", sealed.ci)
            writer.text(sealed.skey)
            writer.end()
            writer.start("Hmac")
            writer.text(sealed.hmac)
            writer.end()
            writer.start("Data")
            writer.attribute("type", sealed.dataType)
            writer.text(sealed.data)
            writer.end()
        }
        writer.end()
        return writer.finish()
    }
}

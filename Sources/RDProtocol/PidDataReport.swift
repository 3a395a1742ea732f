// Reading a PidData document of any vendor, as clients and the stand-in for UIDAI do (spec/rd-service.md 3.6 and 3.7).
import Secrets

/// What a PidData document says.
package struct PidDataReport: Sendable, Equatable {
    /// `0` for success; vendors have codes of their own, negative and non-numeric ones too.
    package let errCode: String
    /// Free text of the RD service.
    package let errInfo: String
    package let fCount: String
    package let fType: String
    /// Minutiae of each finger (`nmPoints`); empty when they are no numbers.
    package let minutiaCounts: [Int]
    /// Quality of each finger (`qScore`); empty when they are no numbers.
    package let qualities: [Int]
    /// Nil when the element is missing.
    package let deviceInfo: DeviceInfo?
    /// The sealed PID, its texts without white space at the ends; nil when a part is missing or empty.
    package let sealed: SealedPID?

    package var isSuccess: Bool { errCode == "0" }

    /// Minutiae of the first finger.
    package var nmPoints: Int? { minutiaCounts.first }

    /// Quality of the first finger.
    package var qScore: Int? { qualities.first }

    /// Reads a PidData document.
    ///
    /// Elements may come in any order and case, attributes and whole elements may be missing.
    ///
    /// - Throws: `DocumentError` when the text is larger than 256 KiB, has a DTD, is not well-formed, is not PidData, or lacks Resp.
    package init(parsing document: [UInt8]) throws(DocumentError) {
        var reader = try XMLPullReader(document, limit: Limits.pidData)
        var response: [String: String]?
        var device: DeviceInfo?
        var parameters: [DeviceInfo.Parameter] = []
        var texts: [String: [UInt8]] = [:]
        var kinds: [String: String] = [:]
        var current = ""
        while let event = try reader.next() {
            switch event {
            case .start(let name, let depth):
                current = depth == 1 ? name.lowercased() : ""
                switch (depth, name.lowercased()) {
                case (0, "piddata"): break
                case (0, _): throw .unexpectedAnswer(expected: "PidData")
                case (1, "resp"): response = response ?? reader.attributes()
                case (1, "deviceinfo"): device = device ?? DeviceInfo(reader.attributes())
                case (1, "skey"): kinds["skey"] = reader.attributes()["ci"]
                case (1, "data"): kinds["data"] = reader.attributes()["type"]
                case (_, "param"):
                    let attributes = reader.attributes()
                    parameters.append(.init(attributes["name", default: ""], attributes["value", default: ""]))
                default: break
                }
            case .text:
                reader.withText { text in for index in text.indices { texts[current, default: []].append(text[index]) }
                }
            case .end: current = ""
            }
        }
        guard let response else { throw .unexpectedAnswer(expected: "PidData with a Resp") }
        errCode = response["errcode", default: ""]
        errInfo = response["errinfo", default: ""]
        fCount = response["fcount", default: ""]
        fType = response["ftype", default: ""]
        minutiaCounts = numbers(response["nmpoints"])
        qualities = numbers(response["qscore"])
        device?.parameters = parameters
        deviceInfo = device
        let sealed = SealedPID(
            skey: trimmed(texts["skey"]), ci: kinds["skey", default: ""],
            hmac: trimmed(texts["hmac"]),
            data: trimmed(texts["data"]), dataType: kinds["data", default: ""])
        let isWhole = ![sealed.skey, sealed.ci, sealed.hmac, sealed.data, sealed.dataType].contains("")
        self.sealed = isWhole ? sealed : nil
    }
}

extension DeviceInfo {
    /// The device that attributes with lower-case names tell of.
    fileprivate init(_ attributes: [String: String]) {
        self.init(
            dpId: attributes["dpid", default: ""], rdsId: attributes["rdsid", default: ""],
            rdsVer: attributes["rdsver", default: ""], dc: attributes["dc", default: ""],
            mi: attributes["mi", default: ""], mc: attributes["mc", default: ""])
    }
}

/// The numbers of a text such as `49` or `49,52`; none when one of them is no number.
private func numbers(_ text: String?) -> [Int] {
    let words = text?.split(separator: ",", omittingEmptySubsequences: false) ?? []
    let numbers = words.compactMap { Int(trimmedText(Array($0.utf8).span)) }
    return numbers.count == words.count ? numbers : []
}

private func trimmed(_ bytes: [UInt8]?) -> String {
    let bytes = bytes ?? []
    return trimmedText(bytes.span)
}

// A capture as one JSON object: the document, what it says, and its parts by the names that payment services give them.
import EkoAPI
import PiddClient
import RDProtocol
import Secrets

extension Capture {
    /// The object of `capture --json`.
    ///
    /// `dpId` and `rdsId` come in the two spellings that services have, and all that they want apart stands apart
    /// (spec/rd-clients.md 4.2), as texts like the attributes; `nmPoints`, `qScore` and `fingers` are numbers.
    var view: JSONValue {
        let device = report.deviceInfo
        let text = document.withSpan { span in String(decoding: span.indices.map { span[$0] }, as: UTF8.self) }
        let identity = [
            "dc": device?.dc, "dpId": device?.dpId, "mi": device?.mi, "rdsId": device?.rdsId, "rdsVer": device?.rdsVer,
        ]
        let parts = identity.merging([
            "Piddata": report.sealed?.data, "PidDatatype": report.sealed?.dataType, "ci": report.sealed?.ci,
            "dpID": device?.dpId, "errCode": report.errCode, "errInfo": report.errInfo, "fCount": report.fCount,
            "fType": report.fType, "hmac": report.sealed?.hmac, "iCount": "0", "iType": "0", "mc": device?.mc,
            "pCount": "0", "pType": "0", "piddata": text, "rdsID": device?.rdsId, "sessionKey": report.sealed?.skey,
        ]) { $1 }
        var members = parts.mapValues { JSONValue.text($0 ?? "") }
        members["deviceInfo"] = .object(identity.mapValues { .text($0 ?? "") })
        members["fingers"] = .array(
            zip(report.minutiaCounts, report.qualities).map { minutiae, quality in
                .object(["nmPoints": .integer(minutiae), "qScore": .integer(quality)])
            })
        members["nmPoints"] = report.nmPoints.map { .integer($0) } ?? .null
        members["qScore"] = report.qScore.map { .integer($0) } ?? .null
        return .object(members)
    }
}

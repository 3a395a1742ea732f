// What every answer of Eko is wrapped in (3.1 of the API notes).

/// An answer's outer shape, read tolerantly: numbers may come as strings, and everything may be missing.
package struct Envelope: Equatable, Sendable {
    /// 0 when accepted; nil when the answer does not say, which counts as failure.
    package let status: Int?
    package let responseStatus: Int?
    /// Which shape of answer this is; decides before `status` does.
    package let responseType: Int?
    /// Eko's text, safe to show; its wording is no contract.
    package let message: String
    package let data: [String: JSONValue]
    /// Field and complaint, from `invalid_params` or `invalid_parameters`.
    package let invalidParameters: [String: String]

    /// Reads an answer; nil when it is not a JSON object.
    package init?(parsing body: [UInt8]) {
        guard let members = JSONValue(parsing: body)?.object else { return nil }
        status = members["status"]?.integer
        responseStatus = members["response_status_id"]?.integer
        responseType = members["response_type_id"]?.integer
        message = shown(members["message"]?.text ?? "")
        data = members["data"]?.object ?? [:]
        let invalid = members["invalid_params"]?.object ?? members["invalid_parameters"]?.object ?? [:]
        invalidParameters = invalid.reduce(into: [:]) { $0[shown($1.key)] = shown($1.value.text ?? $1.value.json) }
    }

    /// Where a transaction stands by `tx_status` (3.3); nil when the answer is about none.
    package enum Transaction: Equatable { case done, failed, refunded, open }

    package var transaction: Transaction? {
        guard let text = data["tx_status"]?.text, !text.isEmpty else { return nil }
        return switch text {
        case "0": .done
        case "1": .failed
        case "4": .refunded
        // Initiated, on hold, refund pending, and whatever Eko may add: only an inquiry can tell.
        default: .open
        }
    }

    /// Eko's number of the transaction, if it is one that can be asked for.
    var transactionID: String? {
        data["tid"]?.text.flatMap { Format.transaction.accepts(.text($0)) ? $0 : nil }
    }

    /// Eko's reason in its own words: the message and whatever `data` adds to it.
    var reason: String {
        let details = ["description", "reason", "comment"].compactMap { data[$0]?.text }.map(shown)
        return ([message] + details).filter { !$0.isEmpty }.joined(separator: ": ")
    }
}

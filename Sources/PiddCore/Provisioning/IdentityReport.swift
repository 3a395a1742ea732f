// What `pidd provision status` prints: for people and for scripts.
import FoundationEssentials
package import PIDSeal
import Platform
import RDProtocol

/// How all pairs stand at one moment.
package struct IdentityReport: Sendable {
    private let pairs: [KeyStatus]
    private let now: Int64

    /// - Parameters:
    ///   - pairs: what `KeyStore.status` found.
    ///   - now: seconds since the Unix epoch.
    package init(_ pairs: [KeyStatus], now: Int64) {
        self.pairs = pairs
        self.now = now
    }

    /// Whether every pair can be used, and there is one.
    package var isUsable: Bool { !pairs.isEmpty && pairs.allSatisfy { $0.error == nil } }

    /// A line a pair, with what is wrong and what to do below it.
    package var text: String {
        guard !pairs.isEmpty else { return "no scanner is registered\n" }
        return pairs.map { pair in
            var lines = [
                "\(pair.serial)  \(pair.environment.rawValue)  \(word(pair))  \(pair.identity?.dpId ?? "-")  \(pair.identity?.dc ?? "-")"
            ]
            if let end = pair.deviceUntil { lines.append("  mc \(Self.validity(to: end, now: now))") }
            if let end = pair.uidaiUntil { lines.append("  UIDAI's certificate \(Self.validity(to: end, now: now))") }
            if let home = pair.home { lines.append("  key in \(Self.words(home))") }
            if let request = pair.request { lines.append("  a new key waits for its certificate: \(request)") }
            if let error = pair.error { lines.append("  \(error.code): \(error)") }
            return lines.joined(separator: "\n") + "\n"
        }.joined()
    }

    /// One JSON object on one line, names in snake case, times in seconds since the Unix epoch.
    package var jsonLine: String {
        struct Body: Encodable {
            struct Pair: Encodable {
                let serial, environment, state: String
                let dpId, dc, key: String?
                let mcNotAfter, uidaiNotAfter: Int64?
                let request, errorCode, error: String?
            }
            let pairs: [Pair]
        }
        let body = Body(
            pairs: pairs.map {
                Body.Pair(
                    serial: $0.serial, environment: $0.environment.rawValue, state: word($0), dpId: $0.identity?.dpId,
                    dc: $0.identity?.dc, key: $0.home?.rawValue, mcNotAfter: $0.deviceUntil,
                    uidaiNotAfter: $0.uidaiUntil,
                    request: $0.request, errorCode: $0.error?.code, error: $0.error?.description)
            })
        return String(decoding: json(body), as: UTF8.self)
    }

    /// `ok`, `expiring`, `requested` or `unusable`.
    private func word(_ pair: KeyStatus) -> String {
        if pair.error != nil { return pair.request != nil && pair.deviceUntil == nil ? "requested" : "unusable" }
        return pair.until.flatMap { ExpiryWarning.days(until: $0, at: now) } == nil ? "ok" : "expiring"
    }

    private static func validity(to end: Int64, now: Int64) -> String {
        let date = CivilTime(secondsSinceEpoch: end).iso
        guard now <= end else { return "expired on \(date) UTC" }
        let days = (end - now) / 86_400
        return "valid until \(date) UTC, \(days) day\(days == 1 ? "" : "s")"
    }

    private static func words(_ home: KeyHome) -> String {
        switch home {
        case .file: "a file"
        case .tpm: "the TPM, wrapped in a file"
        case .tpmHandle: "the TPM"
        case .pkcs11: "a PKCS#11 token"
        }
    }
}

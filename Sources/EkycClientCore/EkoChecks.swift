// Are address, keys and authorities for Eko in order, is Eko there, and do the clocks agree?
import EkoAPI
import HTTPClient
import Platform
import Secrets

/// The checks of group `eko`, of the same settings that commands use; no key is sent or shown.
struct EkoChecks {
    let configuration: Configuration
    let isOffline: Bool

    private static let group = "eko"
    /// base64(SHA-256("2.5FYNNN")), computed elsewhere.
    private static let knownWadh = "E0jzJ/P8UopUHAieZn8CKqS4WPMi5ZSYXgfnlfkWjrc="

    func checks() -> [Check] {
        let (addresses, ofAddresses) = addresses()
        var checks = ofAddresses + [developerKey(), accessKey()]
        let ofTLS = [
            check("ca-file") {
                try configuration.authorities().map { "\($0), and no other authority is trusted" }
            },
            check("pins") {
                let pins = try configuration.pins()
                return pins.isEmpty ? nil : "\(pins.count) server keys are acceptable"
            },
            check("client-cert") {
                try configuration.clientIdentity().certificate.map { "\($0), and its key needs no passphrase" }
            },
            check("proxy") {
                // Without user and password.
                try configuration.proxy().map {
                    $0.isEmpty ? "none" : $0.split(separator: "@").last.map(String.init) ?? ""
                }
            },
        ].compactMap { $0 }
        checks += ofTLS
        checks += [
            check("fingpay-key-file") {
                try configuration.fingpayKeyFile.map { "\($0), \(try configuration.fingpayKey().bits) bits" }
            }
        ].compactMap { $0 }
        if !checks.contains(where: { $0.verdict == .fail }), !configuration.readsAccessKeyFromInput {
            // What has no line of its own, such as the time of a call and the file of the last timestamp.
            checks += [
                check("service") {
                    _ = try (configuration.eko(), configuration.profile(), configuration.checkDigit())
                    return "keys, addresses and settings fit together"
                }
            ].compactMap { $0 }
        }
        checks.append(
            Wadh.fingerprintKYC.value == Self.knownWadh
                ? Check(Self.group, "wadh", .ok, "2.5FYNNN is hashed as it has to be")
                : Check(
                    Self.group, "wadh", .fail, "2.5FYNNN is hashed wrongly", nextStep: "install ekyc-client again"))
        if isOffline {
            checks.append(Check(Self.group, "reachable", .ok, "not looked at (--offline)"))
        } else if !ofTLS.contains(where: { $0.verdict == .fail }), let tls = try? configuration.tls() {
            checks += addresses.flatMap { reach($0.address, as: $0.name, tls) }
        }
        return checks
    }

    /// A check that is well with what `look` finds, and there is none when that is nothing.
    private func check(_ name: String, _ look: () throws -> String?) -> Check? {
        do {
            return try look().map { Check(Self.group, name, .ok, $0) }
        } catch {
            return Check(Self.group, name, failed: Failure(any: error))
        }
    }

    /// Each address once, under the name of the check that asks it, and the checks of the settings.
    private func addresses() -> (addresses: [(name: String, address: BaseURL)], checks: [Check]) {
        var addresses: [(name: String, address: BaseURL)] = []
        func found(_ name: String, _ address: BaseURL?) -> String? {
            guard let address else { return nil }
            if !addresses.contains(where: { $0.address == address }) { addresses.append((name, address)) }
            return address.text
        }
        let base = check("base-url") { found("reachable", try configuration.baseURL()) }
        let products = Product.allCases.map { product in
            check("base-url-\(product.rawValue)") {
                found("reachable-\(product.rawValue)", try configuration.baseURL(of: product))
            }
        }
        return (addresses, ([base] + products).compactMap { $0 })
    }

    private func developerKey() -> Check {
        let key: String
        do throws(Failure) {
            key = try configuration.developerKey()
        } catch {
            return Check(Self.group, "developer-key", failed: error)
        }
        guard !key.isEmpty, key.utf8.allSatisfy({ (33...126).contains($0) }) else {
            return Check(
                Self.group, "developer-key", .fail, "it is not printable text without blanks",
                nextStep: "copy it again from Eko's console")
        }
        return Check(Self.group, "developer-key", .ok, "it is set")
    }

    private func accessKey() -> Check {
        guard !configuration.readsAccessKeyFromInput else {
            return Check(Self.group, "access-key-file", .ok, "each run reads the key from standard input")
        }
        do throws(Failure) {
            let (path, isCredential) = try configuration.accessKeyFile()
            _ = try configuration.accessKey()
            return Check(
                Self.group, "access-key-file", .ok,
                "\(path) holds a key" + (isCredential ? "" : " and only its owner may read it"))
        } catch {
            return Check(Self.group, "access-key-file", failed: error)
        }
    }

    /// Asks an address who is there, as commands reach it; any answer will do.
    private func reach(_ address: BaseURL, as name: String, _ tls: TLSOptions) -> [Check] {
        let before = wallClockSeconds()
        let trust = address.isPlain ? "" : ", and its certificate is good"
        let response: HTTPResponse
        do throws(HTTPClientError) {
            response = try HTTPClient().send(
                HTTPRequest(
                    method: "GET", url: address.text, route: address.isPlain ? .plain : .tls(tls),
                    timeout: Limits.doctor))
        } catch  where error.kind == .tooLarge {
            return [Check(Self.group, name, .ok, "it answers\(trust)")]
        } catch {
            return [Check(Self.group, name, failed: error)]
        }
        let reachable = Check(
            Self.group, name, .ok, "it answers (HTTP \(response.status))\(trust)")
        guard let date = response.date else {
            return [
                reachable,
                Check(
                    Self.group, "clock", .warn, "Eko does not tell its time",
                    nextStep: "see that this machine's clock is set: timedatectl"),
            ]
        }
        // The answer was made at some moment between the two readings.
        let skew = date < before ? date - before : max(0, date - wallClockSeconds())
        let finding =
            "this machine's clock is \(skew == 0 ? "right" : "\(abs(skew)) s \(skew < 0 ? "ahead" : "behind")")"
        let verdict: Verdict = abs(skew) > Limits.skew ? .fail : abs(skew) > Limits.skew / 4 ? .warn : .ok
        return [
            reachable,
            Check(
                Self.group, "clock", verdict, finding,
                nextStep: verdict == .ok ? "" : "set it: timedatectl set-ntp true"),
        ]
    }
}

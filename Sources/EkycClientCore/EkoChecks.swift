// Are address, keys and authorities for Eko in order, is Eko there, and do the clocks agree?
import EkoAPI
import HTTPClient
import Platform
import Secrets

/// The checks of group `eko`; no key is sent or shown.
struct EkoChecks {
    let settings: (baseURL: String?, caFile: String?, developerKey: String?, accessKeyFile: String?)
    let isOffline: Bool

    private static let group = "eko"
    /// base64(SHA-256("2.5FYNNN")), computed elsewhere.
    private static let knownWadh = "E0jzJ/P8UopUHAieZn8CKqS4WPMi5ZSYXgfnlfkWjrc="

    func checks() -> [Check] {
        var checks: [Check] = []
        var address: BaseURL?
        if let text = settings.baseURL {
            do {
                let url = try BaseURL(text)
                address = url
                checks.append(Check(Self.group, "base-url", .ok, url.text))
            } catch {
                checks.append(Check(Self.group, "base-url", failed: error))
            }
        } else {
            checks.append(missing("base-url", "EKO_BASE_URL", "say uat, production or an https address"))
        }
        checks.append(developerKey())
        checks.append(accessKey())
        var canConnect = true
        if let file = settings.caFile {
            do {
                try checkAuthorities(file)
                checks.append(Check(Self.group, "ca-file", .ok, "\(file), and no other authority is trusted"))
            } catch {
                canConnect = false
                checks.append(Check(Self.group, "ca-file", failed: Failure(any: error)))
            }
        }
        checks.append(
            Wadh.fingerprintKYC.value == Self.knownWadh
                ? Check(Self.group, "wadh", .ok, "2.5FYNNN is hashed as it has to be")
                : Check(
                    Self.group, "wadh", .fail, "2.5FYNNN is hashed wrongly", nextStep: "install ekyc-client again"))
        if isOffline {
            checks.append(Check(Self.group, "reachable", .ok, "not looked at (--offline)"))
        } else if let address, canConnect {
            checks += reach(address)
        }
        return checks
    }

    private func missing(_ key: String, _ variable: String, _ hint: String) -> Check {
        Check(
            Self.group, key, .fail, "'\(key)' is not set",
            nextStep: "\(hint): --\(key), \(variable) or [eko] \(key) in the settings file")
    }

    private func developerKey() -> Check {
        guard let key = settings.developerKey else {
            return missing("developer-key", "EKO_DEVELOPER_KEY", "give the key that Eko's console shows")
        }
        guard !key.isEmpty, key.utf8.allSatisfy({ (33...126).contains($0) }) else {
            return Check(
                Self.group, "developer-key", .fail, "it is not printable text without blanks",
                nextStep: "copy it again from Eko's console")
        }
        return Check(Self.group, "developer-key", .ok, "it is set")
    }

    private func accessKey() -> Check {
        guard let file = settings.accessKeyFile else {
            return missing(
                "access-key-file", "EKO_ACCESS_KEY_FILE",
                "save the access key in a file that only you may read and name it")
        }
        do {
            _ = try AccessKey(readSecretFile(file, limit: EkoAPI.Limits.secretFile))
            return Check(Self.group, "access-key-file", .ok, "\(file) holds a key and only its owner may read it")
        } catch {
            return Check(Self.group, "access-key-file", failed: Failure(any: error))
        }
    }

    /// Asks the address who is there; any answer over TLS that was verified will do.
    private func reach(_ address: BaseURL) -> [Check] {
        let before = wallClockSeconds()
        let response: HTTPResponse
        do throws(HTTPClientError) {
            response = try HTTPClient().send(
                HTTPRequest(
                    method: "GET", url: address.text, route: .tls(TLSOptions(caFile: settings.caFile)),
                    timeout: Limits.doctor))
        } catch  where error.kind == .tooLarge {
            return [Check(Self.group, "reachable", .ok, "it answers, and its certificate is good")]
        } catch {
            return [Check(Self.group, "reachable", failed: error)]
        }
        let reachable = Check(
            Self.group, "reachable", .ok, "it answers (HTTP \(response.status)), and its certificate is good")
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

// Eko's service: its address, who we are to it, and the one attempt that a call gets.
package import HTTPClient
import Platform

/// The address below which all operations lie; always https.
package struct BaseURL: Equatable, Sendable {
    package let text: String

    package static let uat = BaseURL(checked: "https://staging.eko.in/ekoapi/v3")
    package static let production = BaseURL(checked: "https://api.eko.in/ekoicici/v3")

    private init(checked text: String) { self.text = text }

    /// Reads `uat`, `production` or a URL.
    ///
    /// - Throws: `InvalidInput` for anything but an https URL without user, query or fragment.
    package init(_ text: String) throws(InvalidInput) {
        switch text {
        case "uat": self = .uat
        case "production": self = .production
        default:
            guard text.hasPrefix("https://") else {
                throw InvalidInput(
                    "base-url-not-https", "the base URL does not begin with https://",
                    nextStep: "use https, or one of the names uat and production")
            }
            let rest = text.dropFirst("https://".count)
            let host = rest.prefix { $0 != "/" }
            guard !host.isEmpty, rest.utf8.allSatisfy({ (33...126).contains($0) }),
                !rest.contains(where: { "@?#\\{}\"".contains($0) })
            else {
                throw InvalidInput(
                    "base-url-invalid", "the base URL is not an address followed by a path",
                    nextStep: "write it as https://host/path")
            }
            self.text = String(text.reversed().drop { $0 == "/" }.reversed())
        }
    }
}

/// Eko's service as one customer sees it.
package struct EkoService: Sendable {
    package let baseURL: BaseURL
    private let developerKey: String
    private let signer: Signer
    private let tls: TLSOptions
    private let timeout: Duration

    /// Describes the service; nothing is sent yet.
    ///
    /// - Throws: `InvalidInput` when the developer key cannot be a header's value.
    package init(
        baseURL: BaseURL, developerKey: String, accessKey: AccessKey, tls: TLSOptions = TLSOptions(),
        timeout: Duration = Limits.call
    ) throws(InvalidInput) {
        guard !developerKey.isEmpty, developerKey.utf8.allSatisfy({ (33...126).contains($0) }) else {
            throw InvalidInput(
                "developer-key-invalid", "the developer key is not printable text without blanks",
                nextStep: "copy it again from Eko's console")
        }
        self.baseURL = baseURL
        self.developerKey = developerKey
        self.signer = Signer(key: accessKey)
        self.tls = tls
        self.timeout = timeout
    }

    /// Signs a call and sends it once.
    ///
    /// What went wrong, on the way or at Eko, is part of the outcome; nothing is ever sent a second time.
    package func send(_ call: PreparedCall, cancellation: Cancellation? = nil) -> Outcome {
        do {
            let client = try HTTPClient()
            let signature = signer.sign()
            let request = HTTPRequest(
                method: call.operation.method, url: baseURL.text + call.path, route: .tls(tls),
                headers: [
                    ("developer_key", developerKey), ("secret-key", signature.secretKey),
                    ("secret-key-timestamp", signature.timestamp), ("Content-Type", "application/json"),
                    ("Accept", "application/json"),
                ],
                body: .secret(call.body), timeout: timeout, bodyLimit: Limits.answer)
            let response = try client.send(request, cancellation: cancellation)
            return Outcome(call.operation, response, now: wallClockSeconds())
        } catch {
            return Outcome(call.operation, error)
        }
    }
}

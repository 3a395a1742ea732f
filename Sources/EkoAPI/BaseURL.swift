// The address below which the operations of a product lie.

/// The address below which operations lie: https, or http where a test says so.
package struct BaseURL: Equatable, Sendable {
    package let text: String

    package static let uat = BaseURL(checked: "https://staging.eko.in/ekoapi/v3")
    package static let production = BaseURL(checked: "https://api.eko.in/ekoicici/v3")

    private init(checked text: String) { self.text = text }

    /// Whether it is http, in a test.
    package var isPlain: Bool { text.hasPrefix("http://") }

    /// Reads `uat`, `production` or a URL.
    ///
    /// - Parameters:
    ///   - text: a name or a URL without user, query and fragment.
    ///   - allowsPlain: whether http is good enough, for a test on this machine.
    /// - Throws: `InvalidInput` for anything else.
    package init(_ text: String, allowsPlain: Bool = false) throws(InvalidInput) {
        switch text {
        case "uat": self = .uat
        case "production": self = .production
        default:
            let scheme = allowsPlain && text.hasPrefix("http://") ? "http://" : "https://"
            guard text.hasPrefix(scheme) else {
                throw InvalidInput(
                    "base-url-not-https", "the base URL does not begin with https://",
                    nextStep: "use https, or one of the names uat and production")
            }
            let rest = text.dropFirst(scheme.count)
            let host = rest.prefix { $0 != "/" }
            guard !host.isEmpty, rest.utf8.allSatisfy({ (33...126).contains($0) }),
                !rest.contains(where: { "@?#\\{}\"".contains($0) })
            else {
                throw InvalidInput(
                    "base-url-invalid", "the base URL is not an address followed by a path",
                    nextStep: "write it as https://host/path")
            }
            // Keys and numbers in the clear may go no further than this machine.
            guard scheme == "https://" || ["localhost", "127.0.0.1"].contains(host.prefix { $0 != ":" }) else {
                throw InvalidInput(
                    "base-url-not-local", "plain http is for tests on this machine, not for \(host)",
                    nextStep: "use https")
            }
            self.text = String(text.reversed().drop { $0 == "/" }.reversed())
        }
    }
}

// A request as the routes see it.
package import Secrets

/// The body of all requests that have none: memory of a secret's own is not free.
private let noBody = SecretBytes(copying: [])

/// A whole request.
package struct HTTPRequest: Sendable, Equatable {
    /// The versions that are spoken.
    package enum Version: Sendable, Equatable {
        case http10, http11
    }

    /// The method as sent: case matters (RFC 9110 section 9.1).
    package var method: String
    /// The target up to the first `?`, still percent-encoded; `*` for `OPTIONS *`.
    package var path: String
    /// What follows the first `?`, still percent-encoded; nil without one.
    package var query: String?
    package var version: Version
    package var headers: HTTPHeaders
    /// A secret, for PidOptions may hold an OTP.
    package var body: SecretBytes
    /// Whether the connection stays open after the answer, as far as the client is concerned.
    package var keepsAlive: Bool

    package init(
        method: String, path: String, query: String? = nil, version: Version = .http11, headers: HTTPHeaders = [:],
        body: SecretBytes? = nil, keepsAlive: Bool = true
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.version = version
        self.headers = headers
        self.body = body ?? noBody
        self.keepsAlive = keepsAlive
    }
}

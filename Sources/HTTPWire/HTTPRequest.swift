// A request as the routes see it.

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
    package var body: [UInt8]
    /// Whether the connection stays open after the answer, as far as the client is concerned.
    package var keepsAlive: Bool

    package init(
        method: String, path: String, query: String? = nil, version: Version = .http11, headers: HTTPHeaders = [:],
        body: [UInt8] = [], keepsAlive: Bool = true
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.version = version
        self.headers = headers
        self.body = body
        self.keepsAlive = keepsAlive
    }
}

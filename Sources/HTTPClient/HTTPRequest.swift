// A request, where it goes and how far the peer is trusted.
package import Secrets

/// What is sent as the body of a request.
package enum HTTPBody: Sendable {
    case none
    case bytes([UInt8])
    /// Lent to libcurl where it lies; the buffers it passes through are wiped.
    case secret(SecretBytes)
}

/// How a request reaches its server.
package enum HTTPRoute: Sendable {
    /// HTTPS over TCP.
    case tls(TLSOptions)
    /// Plain HTTP over TCP, for tests on this machine; never through a proxy.
    case plain
    /// Plain HTTP over the Unix socket at this path, whatever host the URL names.
    case unixSocket(String)
}

/// Whom a TLS connection trusts and who it says it is.
///
/// TLS 1.2 is the least version, and certificates are always checked.
package struct TLSOptions: Equatable, Sendable {
    /// PEM file of the only authorities to trust; nil for the system's.
    package var caFile: String?
    /// PEM files of the client's certificate and key, for servers that ask for one; an encrypted key is refused.
    package var clientCertificateFile: String?
    package var clientKeyFile: String?
    /// Base64 of the SHA-256 of each acceptable server public key (SubjectPublicKeyInfo); empty to accept any.
    package var pinnedKeys: [String]
    /// URL of the proxy; empty for none at all, nil for the one that the environment names and its exceptions.
    package var proxy: String?

    package init(
        caFile: String? = nil, clientCertificateFile: String? = nil, clientKeyFile: String? = nil,
        pinnedKeys: [String] = [], proxy: String? = nil
    ) {
        self.proxy = proxy
        self.caFile = caFile
        self.clientCertificateFile = clientCertificateFile
        self.clientKeyFile = clientKeyFile
        self.pinnedKeys = pinnedKeys
    }
}

/// One request, complete.
package struct HTTPRequest: Sendable {
    /// Any token, such as `GET`, `PUT` or `CAPTURE`.
    package var method: String
    /// The whole URL, percent-encoded.
    package var url: String
    package var route: HTTPRoute
    /// Names and values in the order in which they are sent.
    package var headers: [(name: String, value: String)]
    package var body: HTTPBody
    /// The longest time from start to the end of the answer.
    package var timeout: Duration
    /// The largest body that is accepted as an answer, in bytes.
    package var bodyLimit: Int

    package init(
        method: String, url: String, route: HTTPRoute, headers: [(name: String, value: String)] = [],
        body: HTTPBody = .none, timeout: Duration, bodyLimit: Int = Limits.body
    ) {
        self.method = method
        self.url = url
        self.route = route
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.bodyLimit = bodyLimit
    }
}

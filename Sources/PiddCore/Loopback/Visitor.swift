// Who stands at the loopback door, as far as the head of a request tells: a program, a page, or a stranger's page.
package import HTTPWire

/// What kind of client sent a request.
///
/// Only browsers are held to what they say here: they tell the truth about the page that asks. A program of this machine may
/// say what it likes, and gets no more by it than its user may.
package enum Visitor: Equatable {
    /// No browser: neither Origin nor Sec-Fetch-Site.
    case program
    /// The page that this daemon serves itself.
    case ownPage
    /// A page of an origin that the settings list; as the browser wrote it.
    case site(String)
    /// A person who opens an address, by hand or by a link.
    case navigation
    /// Any other page: of an origin that is not listed, of none (`null`), or one that does not say which.
    case stranger(String)

    /// Reads the head of a request.
    ///
    /// - Parameters:
    ///   - request: the request.
    ///   - port: where it came in.
    ///   - settings: which origins are listed.
    package init(_ request: HTTPRequest, port: UInt16, _ settings: LoopbackSettings) {
        let origins = request.headers.values(of: "Origin")
        let site = request.headers["Sec-Fetch-Site"]?.lowercased()
        guard let text = origins.first else {
            switch site {
            case nil: self = .program
            case "same-origin": self = .ownPage
            default:
                // A page cannot forge the mode; what it loads unasked (images, scripts) has another one.
                let isNavigation =
                    request.headers["Sec-Fetch-Mode"]?.lowercased() == "navigate"
                    && request.headers["Sec-Fetch-Dest"]?.lowercased() == "document"
                self = isNavigation ? .navigation : .stranger("an origin that is not told")
            }
            return
        }
        guard origins.count == 1, let origin = WebOrigin(text) else {
            self = .stranger(String(text.prefix(Limits.origin)))
            return
        }
        if Self.isOwn(origin, port: port, settings) {
            self = .ownPage
        } else if settings.origins.contains(where: { $0.covers(origin) }) {
            self = .site(text)
        } else {
            self = .stranger(text)
        }
    }

    private static func isOwn(_ origin: WebOrigin, port: UInt16, _ settings: LoopbackSettings) -> Bool {
        origin.scheme == "http" && (origin.port ?? 80) == port && isOwn(host: origin.host, settings)
    }

    /// Whether a host names this machine; anything else may be a name that an attacker's server points here (DNS rebinding).
    static func isOwn(host: String, _ settings: LoopbackSettings) -> Bool {
        ["127.0.0.1", "localhost", "localhost.", "[::1]"].contains(host) || settings.hosts.contains(host)
    }

    /// Whether it may capture and see who the device is; its user has to be allowed to as well.
    var isTrusted: Bool {
        switch self {
        case .program, .ownPage, .site: true
        case .navigation, .stranger: false
        }
    }

    /// For the journal and for those who see who has the scanner; nil for a program.
    var name: String? {
        switch self {
        case .program: nil
        case .ownPage: "pidd's page"
        case .navigation: "a browser"
        case .site(let origin), .stranger(let origin): origin
        }
    }
}

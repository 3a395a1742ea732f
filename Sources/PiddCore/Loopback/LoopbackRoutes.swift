// What the loopback door understands: the RD calls with the fall-backs of existing clients, and the page's own requests.
import HTTPWire

/// What a request at the loopback door asks for.
enum LoopbackRoute: Equatable {
    case preflight
    /// One of the routes of the Unix socket.
    case common(Route)
    /// A file of the page.
    case page(String)
    /// CAPTURE by POST without an XML type: what any web page could send without asking first.
    case wrongType

    /// Finds the route of a request; the query is not looked at, and letter case counts neither in RD paths nor in RD verbs.
    init(_ request: HTTPRequest) {
        let method = request.method.uppercased()
        if method == "OPTIONS" {
            self = .preflight
        } else if Self.verbs.contains(method) {
            self = .common(Route(method: method, path: request.path))
        } else {
            self = Self.fallBack(request, request.path.lowercased())
        }
    }

    private static let verbs = ["RDSERVICE", "DEVICEINFO", "CAPTURE"]

    /// What clients send that cannot send the verbs.
    private static func fallBack(_ request: HTTPRequest, _ path: String) -> LoopbackRoute {
        let isRead = request.method == "GET" || request.method == "HEAD"
        switch path {
        case "/":
            guard isRead else { return .common(.wrongMethod(allow: "RDSERVICE, GET, OPTIONS")) }
            return prefersPage(request) ? .page(path) : .common(.service)
        case "/page.css", "/page.js", "/page.svg":
            return isRead ? .page(path) : .common(.wrongMethod(allow: "GET, OPTIONS"))
        case "/rd/info", "/getdeviceinfo":
            if isRead { return .common(.service) }
            return .common(
                request.method == "POST"
                    ? .deviceInfo : .wrongMethod(allow: "DEVICEINFO, RDSERVICE, GET, POST, OPTIONS"))
        case "/rd/capture", "/capture":
            guard request.method == "POST" else {
                return .common(.wrongMethod(allow: "CAPTURE, RDSERVICE, POST, OPTIONS"))
            }
            return isXML(request) ? .common(.capture) : .wrongType
        default: return .common(Route(method: request.method, path: request.path))
        }
    }

    /// Browsers name HTML first when a person opens an address; RD clients that use `GET /` never do.
    private static func prefersPage(_ request: HTTPRequest) -> Bool {
        request.headers.list(of: "Accept").contains { $0.prefix { $0 != ";" } == "text/html" }
    }

    /// The types that a browser sends to other origins only after a preflight.
    private static func isXML(_ request: HTTPRequest) -> Bool {
        let type = request.headers["Content-Type"]?.lowercased().prefix { $0 != ";" && $0 != " " }
        return type == "text/xml" || type == "application/xml"
    }
}

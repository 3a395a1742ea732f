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
        let path = request.path.lowercased()
        let method = Self.verbs.contains(request.method.uppercased()) ? request.method.uppercased() : request.method
        let rd =
            Route(method: "DEVICEINFO", path: path) == .deviceInfo
            ? Call.info
            : Route(method: "CAPTURE", path: path) == .capture ? .capture : nil
        switch (method, rd) {
        case ("OPTIONS", _): self = .preflight
        case ("GET", _) where Self.pageFiles.contains(path): self = .page(path)
        case ("GET", _) where path == "/" && Self.prefersPage(request): self = .page(path)
        case ("GET", .info), ("HEAD", .info): self = .common(.service)
        case ("GET", nil) where path == "/", ("HEAD", nil) where path == "/": self = .common(.service)
        case ("POST", .info): self = .common(.deviceInfo)
        case ("POST", .capture): self = Self.isXML(request) ? .common(.capture) : .wrongType
        case (_, .info) where !Self.verbs.contains(method): self = .common(.wrongMethod(allow: Self.infoMethods))
        case (_, .capture) where !Self.verbs.contains(method): self = .common(.wrongMethod(allow: Self.captureMethods))
        default: self = .common(Route(method: method, path: request.path))
        }
    }

    private enum Call { case info, capture }

    static let verbs = ["RDSERVICE", "DEVICEINFO", "CAPTURE"]
    static let pageFiles = ["/page.css", "/page.js", "/page.svg"]
    private static let infoMethods = "DEVICEINFO, RDSERVICE, GET, POST, OPTIONS"
    private static let captureMethods = "CAPTURE, RDSERVICE, POST, OPTIONS"

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

// Which request means what: the RD verbs on their paths, the strict dialect under /v1, and who may ask for which.
import Sharing

/// What a request asks for.
enum Route: Equatable {
    case service
    case deviceInfo
    case capture
    case about
    case schema
    case status
    case captures
    case cancel(id: String)
    case events
    case metrics
    /// Not to be had; with the methods that its path knows.
    case wrongMethod(allow: String)
    case unknownPath

    /// Finds the route of a request; the query is not looked at.
    init(method: String, path: String) {
        self = path == "/v1" || path.hasPrefix("/v1/") ? Self.strict(method, path) : Self.rd(method, path)
    }

    /// The operation that the access rules must allow.
    var operation: AccessOperation {
        switch self {
        case .capture, .captures, .cancel: .capture
        case .service, .deviceInfo, .about, .schema, .status, .events, .metrics, .wrongMethod, .unknownPath: .info
        }
    }

    // MARK: RD dialect

    /// RDSERVICE is answered on every path and paths are compared without regard to case, because clients in the field rely
    /// on both (spec/rd-clients.md section 0.11).
    private static func rd(_ method: String, _ path: String) -> Route {
        if method == "RDSERVICE" { return .service }
        let known = rdPaths[path.lowercased()]
        return switch (method, known) {
        case (_, nil): .unknownPath
        case ("DEVICEINFO", .deviceInfo): .deviceInfo
        case ("CAPTURE", .capture): .capture
        case (_, .deviceInfo): .wrongMethod(allow: "DEVICEINFO, RDSERVICE")
        case (_, .capture): .wrongMethod(allow: "CAPTURE, RDSERVICE")
        case (_, _): .wrongMethod(allow: "RDSERVICE")
        }
    }

    /// The paths that are advertised, and those of another vendor, which some clients have built in.
    private static let rdPaths: [String: Route] = [
        "/": .service, "/rd/info": .deviceInfo, "/getdeviceinfo": .deviceInfo, "/rd/capture": .capture,
        "/capture": .capture,
    ]

    // MARK: Strict dialect

    private static func strict(_ method: String, _ path: String) -> Route {
        if method == "RDSERVICE" { return .service }
        if let route = resources[path] {
            return ["GET", "HEAD"].contains(method) ? route : .wrongMethod(allow: "GET, HEAD")
        }
        switch path {
        case "/v1/events": return method == "GET" ? .events : .wrongMethod(allow: "GET")
        case "/v1/captures": return method == "POST" ? .captures : .wrongMethod(allow: "POST")
        default:
            let prefix = "/v1/captures/"
            let id = path.dropFirst(prefix.count)
            guard path.hasPrefix(prefix), isRequestID(id) else { return .unknownPath }
            return method == "DELETE" ? .cancel(id: String(id)) : .wrongMethod(allow: "DELETE")
        }
    }

    private static let resources: [String: Route] = [
        "/v1": .about, "/v1/schema": .schema, "/v1/status": .status, "/v1/metrics": .metrics,
    ]
}

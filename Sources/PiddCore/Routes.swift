// Which request means what: the three RD verbs on their paths, and plain answers to everything else.
import HTTPWire
import LocalServer
import RDProtocol

/// What a request asks for.
enum Route: Equatable {
    case service
    case deviceInfo
    case capture
    /// Not to be had; with the methods that its path knows.
    case wrongMethod(allow: String)
    case unknownPath

    /// Finds the route of a request.
    ///
    /// RDSERVICE is answered on every path and paths are compared without regard to case, because clients in the field rely
    /// on both (spec/rd-clients.md section 0.11); the query is ignored.
    init(method: String, path: String) {
        let known = Self.paths[path.lowercased()]
        switch (method, known) {
        case ("RDSERVICE", _): self = .service
        case (_, nil): self = Self.methods.contains(method) ? .unknownPath : .wrongMethod(allow: Self.methods.joined(separator: ", "))
        case ("DEVICEINFO", .deviceInfo): self = .deviceInfo
        case ("CAPTURE", .capture): self = .capture
        case (_, .deviceInfo): self = .wrongMethod(allow: "DEVICEINFO, RDSERVICE")
        case (_, .capture): self = .wrongMethod(allow: "CAPTURE, RDSERVICE")
        case (_, _): self = .wrongMethod(allow: "RDSERVICE")
        }
    }

    private static let methods = ["RDSERVICE", "DEVICEINFO", "CAPTURE"]

    /// The paths that are advertised, and those of another vendor, which some clients have built in.
    private static let paths: [String: Route] = [
        "/": .service, "/rd/info": .deviceInfo, "/getdeviceinfo": .deviceInfo, "/rd/capture": .capture,
        "/capture": .capture,
    ]
}

/// Answers requests: the document is another's, the HTTP around it is this one's.
struct Router: Sendable {
    let service: RDService
    let journal: Journal

    /// Takes one request from the net thread; returns at once.
    func handle(_ exchange: Exchange) {
        switch Route(method: exchange.request.method, path: exchange.request.path) {
        case .service:
            exchange.respond(Self.xml(service.discovery().xml()))
        case .deviceInfo:
            Task { exchange.respond(Self.xml(await service.deviceInfo().xml())) }
        case .capture:
            let caller = Caller(id: "\(service.run)-\(exchange.id)", peer: exchange.peer)
            let body = exchange.request.body
            let capture = Task { exchange.respond(Self.xml(await service.capture(body, for: caller).xml())) }
            exchange.onHangUp { capture.cancel() }
        case .wrongMethod(let allow):
            exchange.respond(
                HTTPResponse(
                    text: "There is no such method here. This path takes: \(allow).", status: 405, headers: ["Allow": allow]))
        case .unknownPath:
            exchange.respond(
                HTTPResponse(text: "There is no such path. RDSERVICE / lists those that there are.", status: 404))
        }
    }

    private static func xml(_ document: [UInt8]) -> HTTPResponse {
        HTTPResponse(
            status: 200, headers: ["Content-Type": "text/xml; charset=utf-8", "Cache-Control": "no-cache"], body: document)
    }
}

/// Who asks for a capture, for the desk and the journal.
struct Caller: Sendable {
    /// The request id.
    let id: String
    let peer: Peer
}

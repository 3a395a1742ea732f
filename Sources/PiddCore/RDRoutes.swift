// The RD dialect: documents in XML, always HTTP 200, because RD clients read nothing else.
import HTTPWire
import LocalServer
import RDProtocol
import Scanner
import Synchronization

/// Answers RDSERVICE, DEVICEINFO and CAPTURE.
struct RDRoutes: Sendable {
    let service: RDService
    let captures: CaptureService
    private let discovery = WrittenDiscovery()

    init(service: RDService, captures: CaptureService) { (self.service, self.captures) = (service, captures) }

    /// Answers one of the three; returns at once.
    func answer(_ route: Route, _ exchange: Exchange, _ caller: Caller) {
        switch route {
        case .service: exchange.respond(Self.xml(discovery.bytes(in: service.scanner.state), for: caller), to: caller)
        case .deviceInfo:
            exchange.work { $0.respond(Self.xml(await service.deviceInfo().xml(), for: caller), to: caller) }
        default:
            exchange.work { exchange in
                // Read off the request here, so that the document does not outlive its reading in this task.
                let end = await captures.capture(for: caller) {
                    try PidOptions(parsing: exchange.request.body, strictly: captures.rules.isStrict)
                }
                exchange.respond(Self.response(end, caller), to: caller)
            }
        }
    }

    /// The document; but when the daemon stops, 503, which says to come again soon.
    private static func response(_ end: CaptureEnd, _ caller: Caller) -> HTTPResponse {
        var response =
            if let failure = end.failure, failure.code == "shutting-down" {
                HTTPResponse.problem(failure, for: caller)
            } else {
                xml(end.document.xml(), for: caller)
            }
        response.headers.add("Pidd-Outcome", end.outcome)
        return response
    }

    private static func xml(_ document: [UInt8], for caller: Caller) -> HTTPResponse {
        let headers = caller.loopback.map { Self.headers($0.documentType) } ?? xmlHeaders
        return HTTPResponse(status: 200, headers: headers, body: document)
    }

    private static let xmlHeaders = headers("text/xml; charset=utf-8")

    private static func headers(_ type: String) -> HTTPHeaders { ["Content-Type": type, "Cache-Control": "no-cache"] }
}

/// The bytes of the last RDSERVICE answer: clients ask for it again and again, and it changes with the scanner only.
private final class WrittenDiscovery: Sendable {
    private let last = Mutex<(state: ScannerState, bytes: [UInt8])?>(nil)

    func bytes(in state: ScannerState) -> [UInt8] {
        last.withLock { last in
            if let last, last.state == state { return last.bytes }
            let bytes = RDService.discovery(state).xml()
            last = (state, bytes)
            return bytes
        }
    }
}

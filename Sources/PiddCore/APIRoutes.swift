// The strict dialect under /v1: JSON, real status codes, events (docs/openapi.json).
import HTTPWire
import LocalServer
import PIDSeal
import Platform
import RDProtocol
import Scanner
import Secrets
import Sharing

/// Answers everything under `/v1`.
struct APIRoutes: Sendable {
    let captures: CaptureService
    let scanner: ScannerHost
    let desk: CaptureDesk
    let log: RequestLog
    let devices: RegisteredDevices
    let started = SuspendingClock().now

    private var uptime: Duration { SuspendingClock().now - started }

    /// Answers a request whose sender may ask it; returns at once.
    func answer(_ route: Route, _ exchange: Exchange, _ caller: Caller) {
        guard !caller.hasBadID else { return exchange.respond(.problem(.badRequestID(), for: caller), to: caller) }
        switch route {
        case .about: exchange.respond(.json(AboutBody(limits: Self.limits)), to: caller)
        case .schema: exchange.respond(HTTPResponse("application/json", Array(openAPIDocument.utf8)), to: caller)
        case .status: exchange.work { $0.respond(.json(await status(for: caller)), to: caller) }
        case .metrics: exchange.work { $0.respond(await metrics(), to: caller) }
        case .cancel(let id): exchange.work { await cancel(id, $0, caller) }
        case .events: events(exchange, caller)
        default: capture(exchange, caller)
        }
    }

    private func status(for caller: Caller) async -> StatusBody {
        StatusBody(
            uptimeMs: milliseconds(uptime), scanners: scanner.scanners.map(ScannerBody.init),
            certificates: certificates.map { CertificatesBody($0, at: wallClockSeconds()) },
            desk: DeskBody(await desk.overview(), of: scanner.state.info?.id, for: caller))
    }

    private var certificates: [CertificateEnds] {
        scanner.state.info.map { devices.certificates(serial: RegisteredDevices.serial(of: $0)) } ?? []
    }

    private func metrics() async -> HTTPResponse {
        let text = Metrics.text(
            desk: await desk.overview(), scanner: scanner.state, captures: log.captures, readers: desk.listenerCount,
            uptime: uptime, certificates: certificates)
        return HTTPResponse(Metrics.contentType, Array(text.utf8))
    }

    /// The bounds that a client may want to know.
    private static let limits: [String: Int] = {
        let (server, desk) = (ServerLimits(), DeskLimits())
        return [
            "body_bytes": server.request.body, "head_bytes": server.request.head, "connections": server.connections,
            "connections_per_uid": server.connectionsPerUID, "waiting": desk.waitingInAll,
            "waiting_per_uid": desk.waitingPerUser, "wait_default_ms": milliseconds(Limits.strictWait),
            "wait_max_ms": milliseconds(desk.longestWait), "capture_max_ms": milliseconds(desk.longestCapture),
            "lease_grace_ms": milliseconds(desk.leaseGrace),
            "lease_contested_ms": milliseconds(desk.contestedLease),
            "fingers_max": RDService.capabilities.maximumFingers,
        ]
    }()

    // MARK: Captures

    private func capture(_ exchange: Exchange, _ caller: Caller) {
        let type = exchange.request.headers["Content-Type"]?.prefix { $0 != ";" && $0 != " " }.lowercased()
        guard exchange.request.body.isEmpty || type == "application/json" else {
            return exchange.respond(.problem(Self.wrongType, for: caller), to: caller)
        }
        exchange.work { exchange in
            let end = await captures.capture(for: caller) { try CaptureOptions.read(exchange.request.body) }
            var response =
                if let failure = end.failure { HTTPResponse.problem(failure, for: caller) } else {
                    HTTPResponse.json(CaptureBody(end, id: caller.id))
                }
            response.headers.add("Pidd-Outcome", end.outcome)
            response.headers.add("Preference-Applied", "wait=\(milliseconds(caller.wait) / 1000)")
            exchange.respond(response, to: caller)
        }
    }

    private static let wrongType = Failure(
        "unsupported-media-type", status: 415, "the body is not announced as application/json",
        nextStep: "send the header Content-Type: application/json (curl --json does)")

    private func cancel(_ id: String, _ exchange: Exchange, _ caller: Caller) async {
        let cancelled = await desk.cancel(requestID: id, of: caller.isAdmin ? nil : caller.peer.uid)
        exchange.respond(
            cancelled > 0 ? HTTPResponse(status: 204) : .problem(.noSuchCapture(), for: caller), to: caller)
    }

    // MARK: Events

    private func events(_ exchange: Exchange, _ caller: Caller) {
        var request: String?
        for pair in (exchange.request.query ?? "").split(separator: "&") where pair.hasPrefix("request=") {
            let id = pair.dropFirst("request=".count)
            guard isRequestID(id) else {
                return exchange.respond(.problem(.badRequestID(), for: caller), to: caller)
            }
            request = String(id)
        }
        exchange.work { [request] in await send(EventLines(for: caller, request: request), $0, caller) }
    }

    /// Sends lines until the reader goes, is too slow, or has seen all that it wanted.
    private func send(_ wanted: EventLines, _ exchange: Exchange, _ caller: Caller) async {
        var lines = wanted
        let (now, after, later) = await desk.watch()
        var head = HTTPResponse(
            status: 200,
            headers: [
                "Content-Type": "application/x-ndjson", "Cache-Control": "no-store", "Pidd-Request-Id": caller.id,
            ])
        caller.loopback?.dress(&head)
        exchange.startStream(head)
        var hello = EventLine(after, "hello")
        hello.version = piddVersion
        hello.scanners = scanner.scanners.map(ScannerBody.init)
        hello.desk = DeskBody(now, of: scanner.state.info?.id, for: caller)
        guard exchange.send(json(hello)) else { return }
        for await event in later {
            guard let line = lines.line(event) else { continue }
            guard exchange.send(json(line)) else { return }
            if lines.isOver { break }
        }
        exchange.finish()
    }
}

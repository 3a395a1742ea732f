// The one door for all requests: who asks, whether they may, and who answers.
import HTTPWire
import LocalServer
import Sharing

/// Answers requests: looks who may, and hands them to the dialect that they speak.
struct Router: Sendable {
    let rd: RDRoutes
    let api: APIRoutes
    let rules: AccessRules
    let log: RequestLog
    let loopback: LoopbackDoor
    /// Names this run of the daemon in request ids, so that ids of two runs in one journal differ.
    let run = String(UInt32.random(in: .min ... .max), radix: 36)

    /// Takes one request from the net thread; returns at once.
    func handle(_ exchange: Exchange) {
        if case .loopback(let port) = exchange.door {
            return loopback.handle(exchange, port: port, run: run, serve: serve)
        }
        let route = Route(method: exchange.request.method, path: exchange.request.path)
        let caller = Caller(exchange, run: run, rules: rules)
        do {
            try rules.allow(route.operation, to: caller.peer.access)
        } catch {
            log.refused(error, caller)
            return exchange.respond(.problem(Failure(error), for: caller), to: caller)
        }
        serve(route, exchange, caller)
    }

    /// Answers a request whose sender may ask it.
    private func serve(_ route: Route, _ exchange: Exchange, _ caller: Caller) {
        switch route {
        case .service, .deviceInfo, .capture: rd.answer(route, exchange, caller)
        case .about, .schema, .status, .captures, .cancel, .events, .metrics: api.answer(route, exchange, caller)
        case .wrongMethod(let allow):
            exchange.respond(.problem(.wrongMethod(allow: allow), for: caller), to: caller)
        case .unknownPath: exchange.respond(.problem(.noSuchPath(), for: caller), to: caller)
        }
    }
}

extension Exchange {
    /// Starts the work on an answer; it is cancelled when the client goes, and not begun when the client has gone by its turn.
    func work(_ body: @escaping @Sendable (Exchange) async -> Void) {
        let task = Task {
            if !Task.isCancelled { await body(self) }
        }
        onHangUp { task.cancel() }
    }

    /// Answers, with the id of the request.
    func respond(_ response: HTTPResponse, to caller: Caller) {
        var response = response
        response.headers.add("Pidd-Request-Id", caller.id)
        caller.loopback?.dress(&response)
        respond(response)
    }
}

extension HTTPResponse {
    /// A body that must not be kept by anybody on the way.
    init(_ type: String, _ body: [UInt8], status: Int = 200) {
        self.init(status: status, headers: ["Content-Type": type, "Cache-Control": "no-store"], body: body)
    }

    static func json(_ body: some Encodable) -> HTTPResponse {
        HTTPResponse("application/json", PiddCore.json(body))
    }

    /// Why a request was not done.
    static func problem(_ failure: Failure, for caller: Caller) -> HTTPResponse {
        var response = HTTPResponse(
            "application/problem+json", PiddCore.json(ProblemBody(failure, for: caller)), status: failure.status)
        response.headers.add(failure.headers)
        if let retryAfter = failure.retryAfter {
            response.headers.add("Retry-After", "\((milliseconds(retryAfter) + 999) / 1000)")
        }
        return response
    }
}

// The loopback door: who may pass to which route. Host first, then the page, then the user.
import HTTPWire
import LocalServer
import Scanner
import Sharing

/// Decides about requests that come in by TCP.
///
/// A web page is judged by its origin, which browsers tell truly; whoever is no page is judged by the user alone, whom the
/// kernel tells. A page's requests pass both.
struct LoopbackDoor: Sendable {
    let settings: LoopbackSettings
    let rules: AccessRules
    let log: RequestLog
    let page: PageFiles

    /// Takes one request from the net thread; returns at once.
    ///
    /// - Parameters:
    ///   - exchange: the request.
    ///   - port: where it came in.
    ///   - run: names this run of the daemon.
    ///   - serve: answers a request that may pass.
    func handle(
        _ exchange: Exchange, port: UInt16, run: String,
        serve: @escaping @Sendable (Route, Exchange, Caller) -> Void
    ) {
        let request = exchange.request
        let visitor = Visitor(request, port: port, settings)
        let call = LoopbackCall(request, from: visitor, settings)
        let caller = Caller(exchange, run: run, at: call)
        guard namesThisMachine(request, visitor) else { return refuse(exchange, caller, .foreignHost()) }
        let route = LoopbackRoute(request)
        if route == .preflight { return preflight(exchange, caller, visitor) }
        if let failure = refusal(of: route, to: visitor) { return refuse(exchange, caller, failure) }
        switch route {
        case .preflight: break
        case .wrongType: refuse(exchange, caller, .notXML())
        case .page(let path):
            admit(exchange, caller, .info) { exchange, caller in exchange.respond(page.response(path), to: caller) }
        case .common(let route):
            admit(exchange, caller, route.operation) { exchange, caller in serve(route, exchange, caller) }
        }
    }

    // MARK: Pages

    /// A request whose Host is another name comes from a page whose own server points that name here.
    ///
    /// Raw clients leave Host out, browsers never do.
    private func namesThisMachine(_ request: HTTPRequest, _ visitor: Visitor) -> Bool {
        guard let text = request.headers["Host"] else { return visitor == .program }
        guard let (host, _) = splitHost(text) else { return false }
        return Visitor.isOwn(host: host, settings)
    }

    private func preflight(_ exchange: Exchange, _ caller: Caller, _ visitor: Visitor) {
        let request = exchange.request
        switch visitor {
        case .site:
            exchange.respond(
                CrossOrigin.preflight(request, methods: CrossOrigin.methods, isTrusted: true), to: caller)
        case .stranger
        where caller.loopback?.reader != nil && request.headers["Access-Control-Request-Method"] == "RDSERVICE":
            exchange.respond(
                CrossOrigin.preflight(request, methods: "RDSERVICE", isTrusted: false), to: caller)
        case .stranger, .navigation: refuse(exchange, caller, .strangePage(visitor))
        case .program, .ownPage:
            exchange.respond(HTTPResponse(status: 204, headers: ["Allow": CrossOrigin.methods]), to: caller)
        }
    }

    /// Why a kind of visitor may not have a route; nil when it may.
    private func refusal(of route: LoopbackRoute, to visitor: Visitor) -> Failure? {
        let mayPass =
            switch route {
            case .preflight, .page: if case .stranger = visitor { false } else { true }
            case .wrongType: visitor.isTrusted
            case .common(let route): Self.isOpen(route, to: visitor, settings.discovery)
            }
        if mayPass { return nil }
        return visitor.isTrusted ? .socketOnly() : .strangePage(visitor)
    }

    private static func isOpen(_ route: Route, to visitor: Visitor, _ discovery: LoopbackSettings.Discovery) -> Bool {
        switch route {
        case .service:
            if case .stranger(let text) = visitor { return discovery == .everyone && WebOrigin(text) != nil }
            return true
        case .deviceInfo, .capture, .wrongMethod, .unknownPath: return visitor.isTrusted
        // They tell what other users do; the page shows it to the person at the machine.
        case .status, .events: return visitor == .ownPage
        case .about, .schema, .captures, .cancel, .metrics: return false
        }
    }

    private func refuse(_ exchange: Exchange, _ caller: Caller, _ failure: Failure) {
        log.turnedAway(failure, caller)
        exchange.respond(.problem(failure, for: caller), to: caller)
    }

    // MARK: Users

    /// Lets a request pass whose user may do it.
    ///
    /// The databases of groups and processes are asked only when the user id alone does not decide, and off the net thread:
    /// RDSERVICE is to be answered at once.
    private func admit(
        _ exchange: Exchange, _ caller: Caller, _ operation: AccessOperation,
        _ serve: @escaping @Sendable (Exchange, Caller) -> Void
    ) {
        let isAllowed = rules.allows(operation, to: caller.peer.access)
        if isAllowed, operation == .info || caller.loopback?.visitor != .program { return serve(exchange, caller) }
        exchange.work { exchange in
            let caller = caller.lookedUp()
            do throws(AccessRefusal) {
                try rules.allow(operation, to: caller.peer.access)
                serve(exchange, caller)
            } catch {
                log.refused(error, caller)
                exchange.respond(.problem(Failure(error), for: caller), to: caller)
            }
        }
    }
}

extension Caller {
    /// With the groups of its user, and the program at the other end for display where this process may see it.
    fileprivate func lookedUp() -> Caller {
        var copy = self
        let program = peer.program.isEmpty ? otherHolders(of: "socket:[\(peer.socketInode)]").first ?? "" : peer.program
        copy.peer = Peer(
            pid: peer.pid, uid: peer.uid, gid: peer.gid, groups: groups(ofUser: peer.uid), program: program,
            socketInode: peer.socketInode)
        return copy
    }
}

extension Failure {
    fileprivate static func foreignHost() -> Failure {
        Failure(
            "foreign-host", status: 421, "the header Host does not name this machine",
            nextStep: "use http://127.0.0.1, or add the name to hosts in section [loopback] of pidd.conf")
    }

    fileprivate static func strangePage(_ visitor: Visitor) -> Failure {
        Failure(
            "origin-not-listed", status: 403, "web pages of \(visitor.name ?? "this origin") may not use this service",
            nextStep: "let an administrator add its origin to origins in section [loopback] of pidd.conf")
    }

    fileprivate static func socketOnly() -> Failure {
        Failure(
            "socket-only", status: 403, "this path is not served by TCP",
            nextStep: "use the Unix socket: curl --unix-socket /run/pidd/pidd.sock")
    }

    fileprivate static func notXML() -> Failure {
        Failure(
            "unsupported-media-type", status: 415, "a capture by POST is not announced as XML",
            nextStep: "send the header Content-Type: text/xml, or use the method CAPTURE")
    }
}

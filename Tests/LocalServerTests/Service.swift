// A server with a few routes that the tests need, on a socket of its own.
import Glibc
import HTTPWire
import LocalServer
import Platform
import Secrets
import Synchronization
import TestSupport

/// A running server; `/hello` answers, `/echo` gives the body back, `/big` is too much for a socket's buffer, and
/// every other path waits until the test answers it.
final class Service: Sendable {
    /// What `/big` answers with.
    static let bigSize = 4 * 1024 * 1024

    /// The requests that wait, in the order in which they came; those whose clients have gone are let go of.
    final class Waiting: Sendable {
        private let exchanges = Mutex<[Exchange]>([])
        private let gone = Mutex<[UInt64]>([])

        func add(_ exchange: Exchange) {
            let id = exchange.id
            exchanges.withLock { $0.append(exchange) }
            exchange.onHangUp { [weak self] in
                self?.gone.withLock { $0.append(id) }
                self?.exchanges.withLock { $0.removeAll { $0.id == id } }
            }
        }

        func clear() { exchanges.withLock { $0 = [] } }
        var all: [Exchange] { exchanges.withLock { $0 } }
        /// The ids of the exchanges whose clients have gone.
        var hungUp: [UInt64] { gone.withLock { $0 } }
    }

    let folder: TemporaryFolder
    let path: String
    let server: LocalServer
    let waiting = Waiting()

    convenience init(
        _ limits: ServerLimits = ServerLimits(), mode: UInt32 = 0o600, dialect: RequestParser.Dialect = .strict,
        beside loopback: [LoopbackListener] = []
    ) throws {
        let folder = try TemporaryFolder()
        let path = folder.file("s")
        try self.init(
            [UnixListener(path: path, mode: mode, dialect: dialect)] + (loopback as [any Listener]), in: folder,
            path: path, limits)
    }

    /// A server on loopback ports.
    convenience init(loopback: [LoopbackListener]) throws {
        try self.init(loopback, in: TemporaryFolder(), path: "", ServerLimits())
    }

    private init(
        _ listeners: [any Listener], in folder: TemporaryFolder, path: String, _ limits: ServerLimits
    ) throws {
        (self.folder, self.path) = (folder, path)
        server = try LocalServer(listeners: listeners, limits: limits) { [waiting] exchange in
            switch exchange.request.path {
            case "/hello": exchange.respond(HTTPResponse(text: "hello", status: 200))
            case "/echo":
                let body = exchange.request.body.withSpan { bytes in bytes.indices.map { bytes[$0] } }
                exchange.respond(HTTPResponse(status: 200, body: body))
            case "/big":
                exchange.respond(HTTPResponse(status: 200, body: [UInt8](repeating: 65, count: Self.bigSize)))
            default: waiting.add(exchange)
            }
        }
        try server.start()
    }

    func connect() throws -> Client { try Client(path) }

    /// The exchange with this number among those that wait, counted from 0, once it has come.
    func exchange(_ index: Int = 0) async -> Exchange? {
        await eventually { self.waiting.all.count > index } ? waiting.all[index] : nil
    }
}

/// Waits until something is true; false when it is not after ten seconds.
func eventually(_ condition: () -> Bool) async -> Bool {
    let end = SuspendingClock().now + .seconds(10)
    while !condition() {
        guard SuspendingClock().now < end else { return false }
        try? await Task.sleep(for: .milliseconds(2))
    }
    return true
}

/// Whether a path leads to anything.
func fileExists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

/// The limits, changed.
func limits(_ change: (inout ServerLimits) -> Void) -> ServerLimits {
    var limits = ServerLimits()
    change(&limits)
    return limits
}

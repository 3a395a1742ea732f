// What the server asks of a socket that clients connect to, whatever its family.
package import HTTPWire
package import Platform

/// Which way a request came in.
package enum Door: Sendable, Equatable {
    case unixSocket
    /// TCP within this machine, at this port.
    case loopback(port: UInt16)
}

/// A listening socket.
package protocol Listener: AnyObject, Sendable {
    var door: Door { get }
    /// How closely the clients at this socket are known to keep to HTTP.
    var dialect: RequestParser.Dialect { get }
    /// Whether a client that ends its sending before it has its answer has gone: its family cannot tell the two apart.
    var takesEndForHangUp: Bool { get }
    /// The descriptor, for polling; nil once closed.
    var raw: Int32? { get }
    /// Accepts the next connection, non-blocking; -1 with errno set when there is none.
    func accept() -> Int32
    /// Asks the kernel who connected.
    ///
    /// - Throws: `SystemError` when it does not tell; the connection is then closed.
    func peer(of descriptor: Int32) throws(SystemError) -> Peer
    /// Stops listening; a second call does nothing.
    func close()
}

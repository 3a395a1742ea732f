// Listening TCP sockets on 127.0.0.1 and ::1: the first free port of a range, or those the service manager hands over.
import CLinux
import Glibc
package import HTTPWire
package import Platform
import Synchronization

/// A TCP socket that programs and browsers of this machine connect to, and nobody else.
package final class LoopbackListener: Listener {
    package let door: Door
    package let port: UInt16
    private let socket: Mutex<Descriptor?>

    /// Clients that leave close the connection, and TCP tells no more than that they send nothing further.
    package var takesEndForHangUp: Bool { true }
    /// RD clients in the field announce bodies that they do not send.
    package var dialect: RequestParser.Dialect { .rdClients }

    private init(_ socket: consuming Descriptor, port: UInt16) {
        self.socket = Mutex(socket)
        self.port = port
        door = .loopback(port: port)
    }

    /// Listens at the first port that is free on 127.0.0.1 and on ::1.
    ///
    /// Both addresses have the same port, because `localhost` means either of them; a machine without IPv6 has the first only.
    ///
    /// - Returns: one listener for each address.
    /// - Throws: `ListenError` when no port of the range is free.
    package static func open(ports: ClosedRange<UInt16>) throws(ListenError) -> [LoopbackListener] {
        for port in ports {
            guard let four = try LoopbackAddress.four(port).listen() else { continue }
            let first = LoopbackListener(four, port: port)
            do throws(ListenError) {
                guard let six = try LoopbackAddress.six(port).listen() else { continue }
                return [first, LoopbackListener(six, port: port)]
            } catch  where error.code == ListenError.noSuchFamily.code {
                return [first]
            }
        }
        throw .portsTaken(ports)
    }

    /// Takes over a listening socket, as systemd hands it to a service (`LISTEN_FDS`), and owns it from then on.
    ///
    /// - Throws: `ListenError` when it is not a TCP socket that listens on a loopback address; it then stays open and the
    ///   caller's.
    package init(inheriting descriptor: Int32) throws(ListenError) {
        var accepts: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard let port = LoopbackAddress.port(of: descriptor),
            unsafe getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &length) == 0, accepts == 1,
            fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) == 0,
            fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0
        else { throw .notLoopback(descriptor) }
        do {
            socket = Mutex(try Descriptor(descriptor, from: "inherit"))
        } catch {
            throw .system(error)
        }
        self.port = port
        door = .loopback(port: port)
    }

    package var raw: Int32? {
        socket.withLock { (socket: inout sending Descriptor?) -> Int32? in socket?.raw }
    }

    package func accept() -> Int32 {
        guard let raw else { return -1 }
        let accepted = clinux_accept(raw)
        // Events are small writes, each of which is to arrive at once.
        if accepted >= 0 { LoopbackAddress.set(accepted, Int32(IPPROTO_TCP), TCP_NODELAY) }
        return accepted
    }

    package func peer(of descriptor: Int32) throws(SystemError) -> Peer { try Peer(ofLoopback: descriptor) }

    package func close() {
        socket.withLock { (socket: inout sending Descriptor?) in socket = nil }
    }
}

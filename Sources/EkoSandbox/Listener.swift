// The listening socket, and a way to end the wait on it.
import CLinux
import Glibc
import Platform

/// A TCP socket that listens on 127.0.0.1 and nowhere else.
final class Listener: Sendable {
    /// The port, also when 0 was asked for.
    let port: UInt16
    private let socket: Descriptor
    /// Readable from `stop` on.
    private let wakeUp: Descriptor

    init(port: UInt16) throws(SystemError) {
        wakeUp = try Descriptor(eventfd(0, Int32(EFD_CLOEXEC)), from: "eventfd")
        socket = try Descriptor(
            Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0),
            from: "socket")
        var yes: Int32 = 1
        unsafe setsockopt(socket.raw, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let raw = socket.raw
        let listens = unsafe withUnsafeMutablePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(raw, address, length) == 0 && listen(raw, ConnectionLimits.backlog) == 0
                    && getsockname(raw, address, &length) == 0
            }
        }
        guard listens else { throw SystemError("listen", on: "127.0.0.1:\(port)") }
        self.port = UInt16(bigEndian: address.sin_port)
    }

    /// The next connection, as a non-blocking socket; nil once `stop` was called.
    func accept() throws(SystemError) -> Descriptor? {
        var watched = [
            pollfd(fd: wakeUp.raw, events: Int16(POLLIN), revents: 0),
            pollfd(fd: socket.raw, events: Int16(POLLIN), revents: 0),
        ]
        var connection: Int32 = -1
        while connection < 0 {
            guard unsafe poll(&watched, 2, -1) >= 0 || errno == EINTR else { throw SystemError("poll") }
            guard watched[0].revents == 0 else { return nil }
            connection = clinux_accept(socket.raw)
            if connection < 0, ![EAGAIN, EINTR, ECONNABORTED].contains(errno) { throw SystemError("accept") }
        }
        return try Descriptor(connection, from: "accept")
    }

    /// Ends `accept`, now and from now on.
    func stop() {
        var one: UInt64 = 1
        _ = unsafe write(wakeUp.raw, &one, MemoryLayout<UInt64>.size)
    }
}

// A client on a raw socket, which can do what no HTTP library would.
import Glibc
import Platform
import Synchronization

/// A connection to a Unix socket; every call gives up after ten seconds.
final class Client: Sendable {
    private let socket: Descriptor
    /// What has arrived and was not asked for yet.
    private let unread = Mutex<[UInt8]>([])

    init(_ path: String) throws(SystemError) {
        socket = try Descriptor(
            Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0), from: "socket")
        Self.limitWaits(of: socket.raw)
        let raw = socket.raw
        let status = unsafe withAddress(of: path) { unsafe connect(raw, $0, $1) }
        guard status == 0 else { throw SystemError("connect", on: path) }
    }

    /// Connects to a port of 127.0.0.1, or of ::1.
    init(port: UInt16, six: Bool = false) throws(SystemError) {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        socket = try Descriptor(Glibc.socket(six ? AF_INET6 : AF_INET, type, 0), from: "socket")
        Self.limitWaits(of: socket.raw)
        var four = sockaddr_in()
        four.sin_family = sa_family_t(AF_INET)
        four.sin_port = port.bigEndian
        four.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var other = sockaddr_in6()
        other.sin6_family = sa_family_t(AF_INET6)
        other.sin6_port = port.bigEndian
        other.sin6_addr = in6addr_loopback
        let status = six ? Self.dial(socket.raw, &other) : Self.dial(socket.raw, &four)
        guard status == 0 else { throw SystemError("connect") }
    }

    private static func limitWaits(of socket: Int32) {
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            unsafe setsockopt(socket, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    private static func dial<Address>(_ socket: Int32, _ address: inout Address) -> Int32 {
        unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(socket, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }

    /// Sends all of a text; false when the server does not take it.
    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) == text.utf8.count }

    /// Sends bytes and returns how many were taken; with MSG_DONTWAIT in `flags`, as many as there is room for.
    func send(_ bytes: [UInt8], flags: Int32 = 0) -> Int {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.send(socket.raw, $0.baseAddress! + sent, $0.count - sent, flags | Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { break }
            sent += count
        }
        return sent
    }

    /// What arrives until the server closes or nothing comes for ten seconds.
    func readToEnd() -> String {
        unread.withLock { unread in
            while let more = receive(), !more.isEmpty { unread += more }
            defer { unread = [] }
            return String(decoding: unread, as: UTF8.self)
        }
    }

    /// What arrives up to and including the first `end`; all that came if it does not.
    func read(to end: String) -> String {
        let end = Array(end.utf8)
        return unread.withLock { unread in
            var text: [UInt8] = []
            while !text.suffix(end.count).elementsEqual(end) {
                if unread.isEmpty { unread = receive() ?? [] }
                guard !unread.isEmpty else { break }
                // Up to the next byte that may be the last of `end`.
                let index = unread.firstIndex(of: end[end.count - 1]) ?? unread.count - 1
                text += unread[...index]
                unread.removeSubrange(...index)
            }
            return String(decoding: text, as: UTF8.self)
        }
    }

    /// Some bytes; none at the end; nil when the time is up or the connection is broken.
    func receive(atMost limit: Int = 65536) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: limit)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe recv(socket.raw, $0.baseAddress, limit, 0) }
        return count < 0 ? nil : Array(bytes[..<count])
    }

    func endSending() { shutdown(socket.raw, Int32(SHUT_WR)) }
}

/// Lends a path as a socket address.
func withAddress(of path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    return unsafe withUnsafePointer(to: address) {
        unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
}

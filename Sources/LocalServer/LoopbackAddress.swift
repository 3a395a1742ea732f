// 127.0.0.1 and ::1 as socket addresses.
import Glibc
import Platform

/// A port of one of the two loopback addresses.
enum LoopbackAddress {
    case four(UInt16)
    case six(UInt16)

    /// A socket that listens there, non-blocking; nil when somebody else does.
    ///
    /// - Throws: `ListenError`; `noSuchFamily` when the machine does not have this kind of address.
    func listen() throws(ListenError) -> Descriptor? {
        do throws(SystemError) {
            return try bound()
        } catch {
            switch error.code {
            case EADDRINUSE, EACCES: return nil
            case EAFNOSUPPORT, EADDRNOTAVAIL: throw .noSuchFamily
            default: throw .system(error)
            }
        }
    }

    private func bound() throws(SystemError) -> Descriptor {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let socket: Descriptor
        switch self {
        case .four: socket = try Descriptor(Glibc.socket(AF_INET, type, 0), from: "socket")
        case .six:
            socket = try Descriptor(Glibc.socket(AF_INET6, type, 0), from: "socket")
            Self.set(socket.raw, Int32(IPPROTO_IPV6), IPV6_V6ONLY)
        }
        // Connections of an earlier run that linger in the kernel do not keep the port; a listener always does.
        Self.set(socket.raw, SOL_SOCKET, SO_REUSEADDR)
        let raw = socket.raw
        guard unsafe withAddress({ unsafe bind(raw, $0, $1) }) == 0 else { throw SystemError("bind") }
        guard Glibc.listen(raw, ServerLimits.backlog) == 0 else { throw SystemError("listen") }
        return socket
    }

    private func withAddress(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        switch self {
        case .four(let port):
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            return unsafe Self.lend(&address, body)
        case .six(let port):
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            address.sin6_addr = in6addr_loopback
            return unsafe Self.lend(&address, body)
        }
    }

    private static func lend<Address>(
        _ address: inout Address, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }

    /// The port that a TCP socket is bound to on a loopback address; nil for every other socket.
    static func port(of descriptor: Int32) -> UInt16? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let status = unsafe withUnsafeMutablePointer(to: &storage) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &length)
            }
        }
        var type: Int32 = 0
        var typeLength = socklen_t(MemoryLayout<Int32>.size)
        guard status == 0, unsafe getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &typeLength) == 0,
            type == Int32(SOCK_STREAM.rawValue)
        else { return nil }
        let family = Int32(storage.ss_family)
        return unsafe withUnsafeBytes(of: &storage) { bytes in
            switch family {
            case AF_INET:
                let address = unsafe bytes.loadUnaligned(as: sockaddr_in.self)
                return address.sin_addr.s_addr.bigEndian >> 24 == 127 ? address.sin_port.bigEndian : nil
            case AF_INET6:
                let address = unsafe bytes.loadUnaligned(as: sockaddr_in6.self)
                let isLocal = unsafe withUnsafeBytes(of: address.sin6_addr) { one in
                    unsafe one.dropLast().allSatisfy { $0 == 0 } && one.last == 1
                }
                return isLocal ? address.sin6_port.bigEndian : nil
            default: return nil
            }
        }
    }

    /// Turns an option on.
    static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32) {
        var on: Int32 = 1
        unsafe setsockopt(descriptor, level, option, &on, socklen_t(MemoryLayout<Int32>.size))
    }
}

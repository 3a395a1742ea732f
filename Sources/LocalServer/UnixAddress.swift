// A path as a socket address: binding, and telling a stale socket from one that answers.
import Glibc
import Platform

/// The address of a Unix socket in the file system.
struct UnixAddress {
    private let path: String
    private let address: sockaddr_un

    /// - Throws: `ListenError` when the path is empty, or the kernel's structure has no room for it and the zero after it.
    init(path: String) throws(ListenError) {
        var address = sockaddr_un()
        let limit = MemoryLayout.size(ofValue: address.sun_path) - 1
        let bytes = Array(path.utf8)
        // The kernel would take it for a name outside the file system, which anybody can connect to.
        guard !bytes.isEmpty else { throw .emptyPath }
        guard bytes.count <= limit else { throw .pathTooLong(path, limit: limit) }
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        self.path = path
        self.address = address
    }

    /// A socket bound to the path, not yet listening; non-blocking.
    func bindSocket() throws(ListenError) -> Descriptor {
        do throws(SystemError) {
            let socket = try Self.makeSocket()
            let raw = socket.raw
            guard unsafe withAddress({ unsafe bind(raw, $0, $1) }) == 0 else { throw SystemError("bind", on: path) }
            return socket
        } catch {
            throw .system(error)
        }
    }

    private static func makeSocket() throws(SystemError) -> Descriptor {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        return try Descriptor(socket(AF_UNIX, type, 0), from: "socket")
    }

    /// Makes the path free, if that harms nobody.
    func removeStaleSocket() throws(ListenError) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else {
            if errno == ENOENT { return }
            throw .system(SystemError("stat", on: path))
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path) }
        guard try !answers() else { throw .alreadyServed(path) }
        guard unsafe unlink(path) == 0 || errno == ENOENT else { throw .system(SystemError("unlink", on: path)) }
    }

    /// Whether somebody listens; only a refused connection proves that nobody does.
    private func answers() throws(ListenError) -> Bool {
        do throws(SystemError) {
            let probe = try Self.makeSocket()
            let raw = probe.raw
            if unsafe withAddress({ unsafe connect(raw, $0, $1) }) == 0 { return true }
            switch errno {
            case ECONNREFUSED, ENOENT: return false
            case EAGAIN, EPROTOTYPE: return true
            default: throw SystemError("connect", on: path)
            }
        } catch {
            throw .system(error)
        }
    }

    private func withAddress(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        unsafe withUnsafePointer(to: address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    /// The path a socket is bound to; empty without one.
    static func path(of descriptor: Int32) -> String {
        var address = sockaddr_un()
        var length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let status = unsafe withUnsafeMutablePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &length)
            }
        }
        guard status == 0 else { return "" }
        return unsafe withUnsafeBytes(of: &address.sun_path) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}

// A listening Unix socket: its file in the file system, its mode and group, and its removal.
import CLinux
import Glibc
package import HTTPWire
package import Platform
import Synchronization

/// A Unix socket that clients connect to.
///
/// Its file is removed by `close`, or when the last reference goes, if it is still the one that was made here.
package final class UnixListener: Listener {
    /// The path of the socket; empty for an inherited one without a path.
    package let path: String
    /// How closely the clients at this socket are known to keep to HTTP.
    package let dialect: RequestParser.Dialect
    private let socket: Mutex<Descriptor?>
    /// The file made here; nil when the socket was inherited and its file belongs to the service manager.
    private let file: FileIdentity?

    /// Binds a socket at a path and listens.
    ///
    /// A socket left behind by a daemon that is gone is replaced; one that answers is not, and a file of any other kind
    /// is never touched. Nobody can connect before mode and group are set.
    ///
    /// - Parameters:
    ///   - path: Where to put it; its folder must exist.
    ///   - mode: Its permissions; connecting needs write permission.
    ///   - group: The name of the group it is given to; nil leaves it to the system.
    ///   - dialect: How closely the clients are known to keep to HTTP.
    /// - Throws: `ListenError`.
    package init(
        path: String, mode: UInt32 = 0o660, group: String? = nil, dialect: RequestParser.Dialect = .strict
    ) throws(ListenError) {
        let address = try UnixAddress(path: path)
        let groupID = try group.map { (name) throws(ListenError) in try Self.groupID(of: name) }
        // The lock keeps two daemons that start at once from taking each other's socket for a stale one.
        let lock = try SocketLock(of: path, within: ServerLimits.socketLock)
        defer { withExtendedLifetime(lock) {} }
        try address.removeStaleSocket()
        let socket = try address.bindSocket()
        do throws(ListenError) {
            guard unsafe chmod(path, mode_t(mode)) == 0 else { throw .system(SystemError("chmod", on: path)) }
            if let groupID, unsafe chown(path, uid_t.max, groupID) != 0 { throw .groupRefused(group ?? "", path) }
            guard listen(socket.raw, ServerLimits.backlog) == 0 else { throw .system(SystemError("listen", on: path)) }
        } catch {
            _ = unsafe unlink(path)
            throw error
        }
        self.path = path
        self.dialect = dialect
        file = FileIdentity(of: path)
        self.socket = Mutex(socket)
    }

    /// Takes over a listening socket, as systemd hands it to a service (`LISTEN_FDS`), and owns it from then on.
    ///
    /// - Throws: `ListenError` when it is not a listening Unix stream socket; it then stays open and the caller's.
    package init(inheriting descriptor: Int32, dialect: RequestParser.Dialect = .strict) throws(ListenError) {
        func option(_ name: Int32) -> Int32? {
            var value: Int32 = 0
            var length = socklen_t(MemoryLayout<Int32>.size)
            return unsafe getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 ? value : nil
        }
        guard option(SO_DOMAIN) == AF_UNIX, option(SO_TYPE) == Int32(SOCK_STREAM.rawValue), option(SO_ACCEPTCONN) == 1,
            fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) == 0,
            fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0
        else { throw .notInherited(descriptor) }
        path = UnixAddress.path(of: descriptor)
        self.dialect = dialect
        file = nil
        do {
            socket = Mutex(try Descriptor(descriptor, from: "inherit"))
        } catch {
            throw .system(error)
        }
    }

    /// The descriptor, for polling; nil once closed.
    package var raw: Int32? {
        socket.withLock { (socket: inout sending Descriptor?) -> Int32? in socket?.raw }
    }

    /// Accepts the next connection, non-blocking; -1 with errno set when there is none.
    package func accept() -> Int32 {
        guard let raw else { return -1 }
        return clinux_accept(raw)
    }

    package var door: Door { .unixSocket }

    /// Programs such as `nc -N` end their sending and wait.
    package var takesEndForHangUp: Bool { false }

    package func peer(of descriptor: Int32) throws(SystemError) -> Peer { try Peer(of: descriptor) }

    /// Stops listening and removes the socket file if it is still the one made here; a second call does nothing.
    package func close() {
        socket.withLock { (socket: inout sending Descriptor?) in
            guard socket != nil else { return }
            removeOwnFile()
            socket = nil
        }
    }

    deinit { close() }

    /// The open socket keeps its inode from being used again, so equal numbers mean the same file.
    private func removeOwnFile() {
        guard let file else { return }
        // Stopping waits for nobody: without the lock only a daemon that binds at this very moment could lose its socket.
        let lock = try? SocketLock(of: path, within: .zero)
        if FileIdentity(of: path) == file { _ = unsafe unlink(path) }
        withExtendedLifetime(lock) {}
    }

    private static func groupID(of name: String) throws(ListenError) -> UInt32 {
        var entry = unsafe group()
        var found: UnsafeMutablePointer<group>?
        // A group with very many members needs more room.
        var room = [CChar](repeating: 0, count: 256 * 1024)
        guard unsafe getgrnam_r(name, &entry, &room, room.count, &found) == 0, unsafe found != nil else {
            throw .unknownGroup(name)
        }
        return unsafe entry.gr_gid
    }
}

/// Which file a path leads to.
private struct FileIdentity: Equatable, Sendable {
    let device: UInt64
    let inode: UInt64

    init?(of path: String) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return nil }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }
}

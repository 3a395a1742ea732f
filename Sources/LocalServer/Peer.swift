// Who is at the other end of a connection.
import CLinux
import Glibc
package import Platform

/// The process at the other end, with the rights it had when it connected.
///
/// Decide by uid and groups only: a pid may have been given to another process since, and in a container it means
/// another process altogether.
package struct Peer: Sendable, Equatable {
    /// 0 when the process is outside this pid namespace.
    package let pid: Int32
    /// 65534 when the user is not known in this user namespace.
    package let uid: UInt32
    package let gid: UInt32
    /// The supplementary groups.
    package let groups: [UInt32]
    /// The name of the program in printable ASCII, for display only: a process may call itself anything.
    ///
    /// Empty when the process is gone or hidden. It is read when it is first asked for, which most requests never do.
    package var program: String { name.text }
    private let name: ProgramName

    /// The other end of a TCP connection as /proc shows it among its owner's descriptors (`socket:[N]`); 0 for Unix sockets.
    package let socketInode: UInt64

    package init(
        pid: Int32, uid: UInt32, gid: UInt32, groups: [UInt32], program: String, socketInode: UInt64 = 0
    ) {
        self.pid = pid
        self.uid = uid
        self.gid = gid
        self.groups = groups
        name = ProgramName(known: program)
        self.socketInode = socketInode
    }

    /// Asks the kernel who connected to a Unix socket.
    ///
    /// - Throws: `SystemError` when the descriptor is not a connected Unix socket.
    package init(of descriptor: Int32) throws(SystemError) {
        var credentials = clinux_credentials()
        guard unsafe clinux_peer_credentials(descriptor, &credentials) == 0 else { throw SystemError("SO_PEERCRED") }
        (pid, uid, gid) = (credentials.pid, credentials.uid, credentials.gid)
        groups = try Self.groups(of: descriptor)
        name = ProgramName(of: credentials.pid)
        socketInode = 0
    }

    /// The id that stands for a group that is not known; no rule lets it in.
    private static let unknownGroup: UInt32 = 65534

    /// Asks the kernel whose the other end of a TCP connection within this machine is.
    ///
    /// It tells the user alone: groups, process and program are left out.
    ///
    /// - Throws: `SystemError` when nobody holds the other end any more, or the kernel has no sock_diag(7) for TCP.
    package init(ofLoopback descriptor: Int32) throws(SystemError) {
        var (uid, inode): (UInt32, UInt64) = (0, 0)
        guard unsafe clinux_tcp_peer(descriptor, &uid, &inode) == 0 else { throw SystemError("sock_diag") }
        self.init(pid: 0, uid: uid, gid: Self.unknownGroup, groups: [], program: "", socketInode: inode)
    }

    private static func groups(of descriptor: Int32) throws(SystemError) -> [UInt32] {
        var capacity = 64
        while capacity <= ServerLimits.groups {
            var groups = [UInt32](repeating: 0, count: capacity)
            let count = unsafe clinux_peer_groups(descriptor, &groups, Int32(capacity))
            if count >= 0 { return Array(groups[..<Int(count)]) }
            guard errno == ERANGE else { throw SystemError("SO_PEERGROUPS") }
            capacity *= 4
        }
        throw SystemError("SO_PEERGROUPS", code: ERANGE)
    }
}

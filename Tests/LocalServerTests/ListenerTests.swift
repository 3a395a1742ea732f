// The socket's file: made, replaced, refused, removed.
import Glibc
import HTTPWire
import LocalServer
import Platform
import TestSupport
import Testing

@Suite struct ListenerTests {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("pidd.sock")
    }

    func status(of path: String) -> stat? {
        var status = stat()
        return unsafe lstat(path, &status) == 0 ? status : nil
    }

    func code(_ body: () throws(ListenError) -> Void) -> String? {
        do { try body() } catch { return error.code }
        return nil
    }

    /// Binds a socket and closes it without removing its file, as a daemon that was killed leaves it.
    func leaveStaleSocket() throws { close(try makeSocket()) }

    /// A socket bound to the path.
    func makeSocket() throws -> Int32 {
        let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        try #require(unsafe withAddress(of: path) { unsafe bind(socket, $0, $1) } == 0)
        return socket
    }

    @Test func `the socket has the mode that was asked for, and by default only user and group`() throws {
        let listener = try UnixListener(path: path)
        #expect(status(of: path)?.st_mode == S_IFSOCK | 0o660)
        listener.close()
        let other = try UnixListener(path: path, mode: 0o622)
        #expect(status(of: path)?.st_mode == S_IFSOCK | 0o622)
        other.close()
    }

    /// Needs a group with a name, which a user made up for a container may lack.
    @Test(.enabled(if: unsafe getgrgid(getegid()) != nil))
    func `the socket belongs to the group that was asked for`() throws {
        let own = unsafe String(cString: getgrgid(getegid()).pointee.gr_name)
        let listener = try UnixListener(path: path, group: own)
        #expect(status(of: path)?.st_gid == getegid())
        listener.close()
    }

    @Test func `a group that does not exist is named, and no socket is made`() {
        #expect(
            code { () throws(ListenError) in _ = try UnixListener(path: path, group: "no-such-group") }
                == "socket-group-unknown")
        #expect(status(of: path) == nil)
    }

    @Test func `a socket left behind is replaced`() throws {
        try leaveStaleSocket()
        let stale = status(of: path)?.st_ctim.tv_nsec
        let listener = try UnixListener(path: path)
        #expect(status(of: path)?.st_ctim.tv_nsec != stale)
        _ = try Client(path)
        listener.close()
        #expect(status(of: path) == nil)
    }

    @Test func `a socket that answers is left to its owner`() throws {
        let first = try UnixListener(path: path)
        let inode = status(of: path)?.st_ino
        #expect(code { () throws(ListenError) in _ = try UnixListener(path: path) } == "socket-in-use")
        #expect(status(of: path)?.st_ino == inode)
        _ = try Client(path)
        first.close()
    }

    @Test func `a file that is no socket is left alone`() throws {
        _ = try folder.write("pidd.sock", Array("precious".utf8))
        #expect(code { () throws(ListenError) in _ = try UnixListener(path: path) } == "socket-path-taken")
        #expect(try readFile(path, limit: 100) == Array("precious".utf8))
        unsafe unlink(path)
        unsafe symlink("/nowhere", path)
        #expect(code { () throws(ListenError) in _ = try UnixListener(path: path) } == "socket-path-taken")
    }

    @Test func `a locked folder keeps nobody from starting and stopping`() throws {
        let folder = try Descriptor(unsafe open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), from: "open")
        #expect(flock(folder.raw, LOCK_EX) == 0)
        let listener = try UnixListener(path: path)
        listener.close()
        #expect(status(of: path) == nil)
    }

    @Test func `only the own user can open the lock, and a busy one does not keep the socket from being removed`()
        throws
    {
        let listener = try UnixListener(path: path)
        let lock = try #require(status(of: path + ".lock"))
        #expect(lock.st_mode == S_IFREG | 0o600)
        let file = try Descriptor(unsafe open(path + ".lock", O_RDWR | O_CLOEXEC), from: "open")
        #expect(flock(file.raw, LOCK_EX) == 0)
        listener.close()
        #expect(status(of: path) == nil)
        #expect(code { () throws(ListenError) in _ = try UnixListener(path: path) } == "socket-lock-busy")
    }

    @Test func `a lock that is a link, a pipe or a folder is refused`() throws {
        let lock = path + ".lock"
        unsafe symlink(folder.file("elsewhere"), lock)
        #expect(code { () throws(ListenError) in _ = try UnixListener(path: path) } == "socket-lock-foreign")
        #expect(status(of: folder.file("elsewhere")) == nil)
        unsafe unlink(lock)
        unsafe mkfifo(lock, 0o600)
        #expect(code { () throws(ListenError) in _ = try UnixListener(path: path) } == "socket-lock-foreign")
        unsafe unlink(lock)
        unsafe mkdir(lock, 0o700)
        #expect(code { () throws(ListenError) in _ = try UnixListener(path: path) } == "socket-lock-foreign")
        #expect(status(of: path) == nil)
    }

    /// Needs root, to be two users.
    @Test(.enabled(if: geteuid() == 0)) func `a lock that belongs to another user is refused`() throws {
        let lock = try folder.write("pidd.sock.lock", [])
        #expect(unsafe chown(lock, 65533, 65533) == 0)
        #expect(code { () throws(ListenError) in _ = try UnixListener(path: path) } == "socket-lock-foreign")
    }

    @Test func `an empty path is refused`() {
        #expect(code { () throws(ListenError) in _ = try UnixListener(path: "") } == "socket-path-empty")
    }

    @Test func `a missing folder and a path too long are named`() throws {
        #expect(
            code { () throws(ListenError) in _ = try UnixListener(path: folder.file("no/s")) }
                == "socket-folder-missing")
        let long = folder.file(String(repeating: "a", count: 108 - folder.path.utf8.count - 1))
        #expect(code { () throws(ListenError) in _ = try UnixListener(path: long) } == "socket-path-too-long")
        let longest = String(long.dropLast())
        let listener = try UnixListener(path: longest)
        _ = try Client(longest)
        listener.close()
    }

    @Test func `a socket that another daemon has put in its place is not removed`() throws {
        let first = try UnixListener(path: path)
        unsafe unlink(path)
        let second = try UnixListener(path: path)
        first.close()
        #expect(status(of: path) != nil)
        second.close()
        #expect(status(of: path) == nil)
    }

    @Test func `the socket goes with its last reference`() throws {
        var listener: UnixListener? = try UnixListener(path: path)
        #expect(listener?.path == path)
        listener = nil
        #expect(status(of: path) == nil)
    }

    @Test func `two daemons that start at once do not both get the socket`() async throws {
        for _ in 0..<20 {
            try leaveStaleSocket()
            let path = path
            let listeners = await withTaskGroup(of: UnixListener?.self) { group in
                for _ in 0..<4 { group.addTask { try? UnixListener(path: path) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(listeners.compactMap(\.self).count == 1)
            // The task that made it may hold it for a moment longer than this round.
            for listener in listeners { listener?.close() }
        }
    }

    @Test func `an inherited socket is served, and its file left to the service manager`() async throws {
        let socket = try makeSocket()
        listen(socket, 16)
        let listener = try UnixListener(inheriting: socket)
        #expect(listener.path == path)
        let server = try LocalServer(listeners: [listener]) { $0.respond(HTTPResponse(text: "hello", status: 200)) }
        try server.start()
        #expect(try await RunningProgram.curl(path, "/").wait() == .init(output: "hello\n 200"))
        await server.stop()
        #expect(status(of: path) != nil)
    }

    @Test func `a descriptor that is no listening Unix socket is not taken over`() throws {
        let file = try Descriptor(unsafe open("/dev/null", O_RDONLY | O_CLOEXEC), from: "open")
        let socket = try Descriptor(Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0), from: "socket")
        for raw in [file.raw, socket.raw, -1] {
            #expect(code { () throws(ListenError) in _ = try UnixListener(inheriting: raw) } == "socket-not-inherited")
        }
        #expect(fcntl(file.raw, F_GETFD) >= 0)
    }

    @Test func `a server listens on several sockets`() async throws {
        let other = folder.file("other.sock")
        let server = try LocalServer(listeners: [UnixListener(path: path), UnixListener(path: other)]) {
            $0.respond(HTTPResponse(text: "hello", status: 200))
        }
        try server.start()
        for socket in [path, other] {
            #expect(try await RunningProgram.curl(socket, "/").wait() == .init(output: "hello\n 200"))
        }
        await server.stop()
    }
}

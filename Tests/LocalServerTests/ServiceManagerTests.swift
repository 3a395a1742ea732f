// What systemd is told and what it leaves in the environment, on real datagram sockets.
import Glibc
import LocalServer
import Platform
import TestSupport
import Testing

/// Stands where systemd listens for messages.
private final class NotifySocket: Sendable {
    private let socket: Descriptor

    /// - Parameter name: a path, or a name that begins with a zero byte.
    /// - Throws: `SystemError` when the kernel refuses.
    init(_ name: [UInt8]) throws {
        socket = try Descriptor(Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0), from: "socket")
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name) }
        let (raw, length) = (socket.raw, socklen_t(MemoryLayout<sa_family_t>.size + name.count))
        let status = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(raw, $0, length) }
        }
        guard status == 0 else { throw SystemError("bind") }
    }

    func message() -> String {
        var bytes = [UInt8](repeating: 0, count: 200)
        let count = unsafe recv(socket.raw, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    }
}

@Suite struct ServiceManagerTests {
    @Test func `messages arrive at a socket in the file system`() throws {
        let folder = try TemporaryFolder()
        let systemd = try NotifySocket(Array(folder.file("notify").utf8))
        let manager = ServiceManager(of: 7) { $0 == "NOTIFY_SOCKET" ? folder.file("notify") : nil }
        manager.ready()
        #expect(systemd.message() == "READY=1")
        manager.status("scanner ready")
        #expect(systemd.message() == "STATUS=scanner ready")
        manager.alive()
        manager.stopping()
        #expect(systemd.message() == "WATCHDOG=1")
        #expect(systemd.message() == "STOPPING=1")
    }

    @Test func `messages arrive at a socket outside the file system`() throws {
        let name = "pidd-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        let systemd = try NotifySocket([0] + Array(name.utf8))
        ServiceManager(of: 7) { $0 == "NOTIFY_SOCKET" ? "@\(name)" : nil }.ready()
        #expect(systemd.message() == "READY=1")
    }

    @Test(arguments: [nil, "", "relative", "/no/such/socket", "/" + String(repeating: "x", count: 200)] as [String?])
    func `without a manager that listens nothing happens`(_ path: String?) {
        ServiceManager(of: 7) { $0 == "NOTIFY_SOCKET" ? path : nil }.ready()
    }

    @Test func `the watchdog is for the process it names`() {
        func watchdog(_ variables: [String: String]) -> Duration? {
            ServiceManager(of: 7) { variables[$0] }.watchdog
        }
        #expect(watchdog(["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "7"]) == .seconds(3))
        #expect(watchdog(["WATCHDOG_USEC": "3000000"]) == .seconds(3))
        #expect(watchdog(["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "8"]) == nil)
        for value in ["0", "-1", "soon", ""] { #expect(watchdog(["WATCHDOG_USEC": value]) == nil) }
    }
}

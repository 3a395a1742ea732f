// Telling systemd that the service is ready, alive or stopping: the protocol of sd_notify(3), on its socket.
import Glibc
import Platform

/// The service manager that started this process, if one did and wants to hear of it.
///
/// The protocol is a datagram of lines to the socket in `NOTIFY_SOCKET`, which systemd promises to keep. These few lines
/// take the place of libsystemd, which every start would have to load.
package struct ServiceManager: Sendable {
    /// Within which time it wants to hear `alive` again and again; nil when it does not watch.
    package let watchdog: Duration?
    private let socketPath: String?

    /// Reads what the service manager has left in the environment.
    ///
    /// - Parameters:
    ///   - process: the id of this process.
    ///   - variable: the value of an environment variable.
    package init(of process: Int32, _ variable: (String) -> String?) {
        // A path, or a name outside the file system that begins with @.
        socketPath = variable("NOTIFY_SOCKET").flatMap { $0.hasPrefix("/") || $0.hasPrefix("@") ? $0 : nil }
        let isMeant = variable("WATCHDOG_PID").map { Int32($0) == process } ?? true
        watchdog =
            isMeant
            ? variable("WATCHDOG_USEC").flatMap { Int64($0) }.flatMap { $0 > 0 ? .microseconds($0) : nil } : nil
    }

    /// Answers are given from now on.
    package func ready() { tell("READY=1") }
    /// The end has begun.
    package func stopping() { tell("STOPPING=1") }
    /// The service works; to be called more often than every `watchdog`.
    package func alive() { tell("WATCHDOG=1") }
    /// What the service does, for people who ask `systemctl status`; no line ends.
    package func status(_ text: String) { tell("STATUS=\(text)") }

    /// A message that cannot be sent is not sent again: its absence is what systemd acts on.
    private func tell(_ message: String) {
        guard let socketPath else { return }
        var bytes = Array(socketPath.utf8)
        if bytes.first == UInt8(ascii: "@") { bytes[0] = 0 }
        var address = sockaddr_un()
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        // A name outside the file system has no zero at its end.
        let offset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? MemoryLayout<sa_family_t>.size
        let length = socklen_t(offset + bytes.count)
        let type = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard let socket = try? Descriptor(socket(AF_UNIX, type, 0), from: "socket") else { return }
        var patience = ServerLimits.serviceManagerTime
        _ = unsafe setsockopt(
            socket.raw, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let text = Array(message.utf8)
        _ = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe sendto(socket.raw, text, text.count, Int32(MSG_NOSIGNAL), $0, length)
            }
        }
    }
}

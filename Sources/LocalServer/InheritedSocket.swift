// Listening sockets that the service manager has opened (sd_listen_fds(3)).
import Glibc

/// A descriptor handed over at the start.
package struct InheritedSocket: Sendable, Equatable {
    package let descriptor: Int32
    /// What the socket unit calls it (`FileDescriptorName=`); `unknown` without a name.
    package let name: String

    /// Whether it is a Unix socket; what it otherwise is shows when it is taken over.
    package var isUnix: Bool {
        var domain: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return unsafe getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 && domain == AF_UNIX
    }

    /// The sockets meant for this process; none when the variables are missing or meant for another one.
    ///
    /// - Parameters:
    ///   - process: the id of this process.
    ///   - variable: the value of an environment variable.
    /// - Returns: the sockets, in the order of the socket units.
    package static func all(of process: Int32, _ variable: (String) -> String?) -> [InheritedSocket] {
        guard let target = variable("LISTEN_PID").flatMap({ Int32($0) }), target == process,
            let count = variable("LISTEN_FDS").flatMap({ Int32($0) }), (1...ServerLimits.inherited).contains(count)
        else { return [] }
        let names = variable("LISTEN_FDNAMES")?.split(separator: ":", omittingEmptySubsequences: false) ?? []
        return (0..<count).map { index in
            // The first one follows standard error.
            InheritedSocket(
                descriptor: 3 + index, name: Int(index) < names.count ? String(names[Int(index)]) : "unknown")
        }
    }
}

// The machine around the daemon: its clock, its ports, and what it keeps of memory.
import Glibc
import Platform
import Scanner

/// The checks of group `machine`.
struct MachineChecks {
    /// Seconds since the Unix epoch: now, and when this program was built.
    let now: Int64
    let built: Int64
    /// The daemon's process, if it answers.
    let daemon: Int32?
    var proc = "/proc"

    private static let group = "machine"
    /// Where RD clients look for services (spec/rd-clients.md section 0).
    private static let ports: ClosedRange<UInt16> = 11100...11120

    func checks() -> [Check] { [clock(), portHolders()] + memory() }

    func clock() -> Check {
        let text = "\(CivilTime(secondsSinceEpoch: now).iso) UTC"
        if now < built - DoctorLimits.clockSlack {
            return Check(
                Self.group, "clock", .warn,
                "the clock says \(text), which is before this program was built",
                nextStep: "set the clock, best by a time service: timedatectl set-ntp true")
        }
        if now > built + DoctorLimits.programAge {
            return Check(
                Self.group, "clock", .warn, "the clock says \(text), more than 20 years after this program was built",
                nextStep: "set the clock, best by a time service: timedatectl set-ntp true")
        }
        return Check(Self.group, "clock", .ok, text)
    }

    private func portHolders() -> Check {
        let listeners = TCPListener.all(proc: proc).filter { Self.ports.contains($0.port) && $0.isLocal }
        let strangers = listeners.compactMap { listener -> String? in
            let holders = otherHolders(of: "socket:[\(listener.inode)]", proc: proc)
            if let daemon, holders.contains(where: { $0.hasSuffix("(pid \(daemon))") }) { return nil }
            let who = holders.isEmpty ? "a process of user \(listener.user)" : holders.joined(separator: ", ")
            return "\(who) on port \(listener.port)"
        }
        guard strangers.isEmpty else {
            return Check(
                Self.group, "ports", .warn,
                "another program listens where RD clients look (11100 to 11120): \(strangers.joined(separator: "; "))",
                nextStep: "stop it if it is another RD service; clients that search these ports find it first")
        }
        return Check(Self.group, "ports", .ok, "no other program listens on 127.0.0.1:11100-11120")
    }

    private func memory() -> [Check] {
        let whose = daemon.map { "pidd (pid \($0))" } ?? "a program of this user"
        guard let bytes = try? readKernelFile("\(proc)/\(daemon.map(String.init) ?? "self")/limits", limit: 8192),
            let limits = Optional(String(decoding: bytes, as: UTF8.self)),
            let core = Self.softLimit("Max core file size", in: limits),
            let locked = Self.softLimit("Max locked memory", in: limits)
        else { return [] }
        return [
            core == 0
                ? Check(Self.group, "core-dumps", .ok, "pidd writes none")
                : Check(
                    Self.group, "core-dumps", .warn, "\(whose) may write core files, in which secrets could stand",
                    nextStep: "set LimitCORE=0 in its unit"),
            locked >= DoctorLimits.lockedMemory
                ? Check(
                    Self.group, "memlock", .ok,
                    locked == .max ? "no limit" : "\(whose) may lock \(locked >> 10) KiB against swapping")
                : Check(
                    Self.group, "memlock", .warn,
                    "\(whose) may lock only \(locked >> 10) KiB; pictures beyond could be swapped to a disk",
                    nextStep: "set LimitMEMLOCK=8M in its unit, or raise it with: ulimit -l"),
        ]
    }

    /// A soft limit of /proc/PID/limits; `max` for unlimited.
    static func softLimit(_ name: String, in limits: String) -> UInt64? {
        guard let line = limits.split(separator: "\n").first(where: { $0.hasPrefix("\(name) ") }),
            let word = line.dropFirst(name.count).split(separator: " ").first
        else { return nil }
        return word == "unlimited" ? .max : UInt64(word)
    }
}

/// A listening TCP socket, as /proc/net/tcp and tcp6 list it.
struct TCPListener: Equatable {
    let port: UInt16
    /// Whether connections to 127.0.0.1 reach it.
    let isLocal: Bool
    let user: UInt32
    let inode: UInt64

    /// The listening ones of this machine.
    static func all(proc: String) -> [TCPListener] {
        ["tcp", "tcp6"].flatMap { table in
            let bytes = (try? readKernelFile("\(proc)/net/\(table)", limit: DoctorLimits.kernelTable)) ?? []
            return all(in: String(decoding: bytes, as: UTF8.self))
        }
    }

    /// The listening ones of a table.
    static func all(in table: String) -> [TCPListener] {
        table.split(separator: "\n").dropFirst().compactMap { line in
            // sl local_address rem_address st tx:rx tr:tm->when retrnsmt uid timeout inode ...
            let fields = line.split(separator: " ")
            guard fields.count >= 10, fields[3] == "0A", let user = UInt32(fields[7]), let inode = UInt64(fields[9])
            else { return nil }
            let parts = fields[1].split(separator: ":")
            guard parts.count == 2, let port = UInt16(parts[1], radix: 16) else { return nil }
            return TCPListener(port: port, isLocal: isLocal(String(parts[0])), user: user, inode: inode)
        }
    }

    /// Words of four bytes, each in the byte order of the machine, which is little-endian wherever Swift's Linux runs.
    private static func isLocal(_ address: String) -> Bool {
        let mapped = "0000000000000000FFFF0000"
        let four = address.hasPrefix(mapped) ? String(address.dropFirst(mapped.count)) : address
        // 127.x.y.z, or any address of either protocol.
        return four.allSatisfy { $0 == "0" } || four.count == 8 && four.hasSuffix("7F")
    }
}

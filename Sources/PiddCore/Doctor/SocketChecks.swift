// Is the daemon's socket there, for the right people, and does anybody answer?
import Glibc
import LocalServer
import Platform

/// The checks of group `socket`.
struct SocketChecks {
    let path: String
    let mode: UInt32
    /// The name of the group that the settings give it to.
    let owningGroup: String?

    private static let title = "socket"

    /// Also says who answered.
    func checks() -> (checks: [Check], probe: SocketProbe?) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else {
            let isHidden = errno == EACCES
            return (
                [
                    Check(
                        Self.title, "socket", .fail,
                        isHidden ? "\(path) is in a folder that this user may not enter" : "\(path) does not exist",
                        nextStep: isHidden
                            ? "join the group of that folder and log in again, or name another socket with --socket"
                            : "start the daemon: systemctl start pidd, or pidd serve; or name its socket with --socket")
                ], nil
            )
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            return (
                [
                    Check(
                        Self.title, "socket", .fail, "\(path) is not a socket",
                        nextStep: "move it away and start the daemon again")
                ], nil
            )
        }
        let (answer, probe) = answer()
        return ([place(status), access(), answer], probe)
    }

    private func place(_ status: stat) -> Check {
        let found = status.st_mode & 0o777
        let name = groupName(status.st_gid)
        let finding = "\(path), group \(name), mode \(octal(found))"
        if let owningGroup, owningGroup != name {
            return Check(
                Self.title, "socket", .warn, "\(finding), but the settings say group \(owningGroup)",
                nextStep: "restart the daemon")
        }
        guard found == mode else {
            return Check(
                Self.title, "socket", .warn, "\(finding), but the settings say mode \(octal(mode))",
                nextStep: "restart the daemon, or correct the settings")
        }
        return Check(Self.title, "socket", .ok, finding)
    }

    private func access() -> Check {
        let user = geteuid()
        return unsafe Glibc.access(path, W_OK) == 0
            ? Check(Self.title, "access", .ok, "user \(user) may connect")
            : Check(
                Self.title, "access", .fail, "user \(user) may not connect",
                nextStep: "add the user to the group of the socket and log in again")
    }

    private func answer() -> (Check, SocketProbe?) {
        let probe: SocketProbe
        do {
            probe = try SocketProbe(asking: path)
        } catch {
            let reason =
                switch error.code {
                case ECONNREFUSED: "nobody listens: the daemon has gone and left its socket behind"
                case ETIMEDOUT: "no answer within \(Int(DoctorLimits.answer / .seconds(1))) s"
                default: error.description
                }
            return (
                Check(
                    Self.title, "answer", .fail, reason,
                    nextStep: "start the daemon again and see its log: journalctl -u pidd"), nil
            )
        }
        let said = probe.info.isEmpty ? probe.status : "\(probe.status), \(probe.info)"
        let finding = "\(said) (pid \(probe.peer.pid), user \(probe.peer.uid))"
        switch probe.status {
        case "READY", "USED": return (Check(Self.title, "answer", .ok, finding), probe)
        case "NOTREADY":
            return (
                Check(
                    Self.title, "answer", .warn, finding,
                    nextStep: "see the scanner above and the daemon's log: journalctl -u pidd"), probe
            )
        default:
            return (
                Check(
                    Self.title, "answer", .fail, finding,
                    nextStep: "see who may ask in section [access] of \(DaemonSettings.standardFile)"), probe
            )
        }
    }
}

/// The name of a group, or its number where it has none.
private func groupName(_ id: UInt32) -> String {
    var entry = unsafe group()
    var found: UnsafeMutablePointer<group>?
    // A group with very many members needs more room; its number then has to do.
    var room = [CChar](repeating: 0, count: 64 * 1024)
    guard unsafe getgrgid_r(id, &entry, &room, room.count, &found) == 0, unsafe found != nil else { return "\(id)" }
    return unsafe String(cString: entry.gr_name)
}

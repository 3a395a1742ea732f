// Is pidd there, may this user use it, does it speak this client's protocol, and is its scanner ready?
import Glibc
import PiddClient
import Platform

/// The checks of group `pidd`.
struct PiddChecks {
    let configuration: Configuration

    private static let group = "pidd"

    func checks() -> [Check] {
        let about: PiddAbout?
        do {
            about = try configuration.pidd.about()
        } catch {
            return [Check(Self.group, "socket", failed: error)]
        }
        let socket = Check(Self.group, "socket", .ok, "\(configuration.socket) answers\(membership())")
        guard let about else {
            return [
                socket,
                Check(
                    Self.group, "protocol", .fail, "what answers is not pidd",
                    nextStep: "check that --socket names pidd's socket"),
            ]
        }
        let remedy = about.remedy
        return [
            socket,
            Check(Self.group, "protocol", remedy == nil ? .ok : .fail, about.finding, nextStep: remedy ?? ""),
        ] + scanners()
    }

    /// By which right this user may open the socket.
    private func membership() -> String {
        var status = stat()
        guard unsafe stat(configuration.socket, &status) == 0 else { return "" }
        if geteuid() == 0 { return ", user root may open it" }
        if status.st_uid == geteuid() { return ", which is this user's own" }
        if status.st_mode & S_IWOTH != 0 { return ", which is open to all users" }
        guard let entry = unsafe getgrgid(status.st_gid) else { return ", by group \(status.st_gid)" }
        let name = unsafe String(cString: entry.pointee.gr_name)
        return ", by membership in group \(name)"
    }

    private func scanners() -> [Check] {
        let status: PiddStatus
        do {
            guard let read = PiddStatus(parsing: try configuration.pidd.status()) else {
                return [
                    Check(
                        Self.group, "scanner", .warn, "pidd's answer is no status",
                        nextStep: "check that pidd is not older than this program")
                ]
            }
            status = read
        } catch {
            return [Check(Self.group, "scanner", failed: error)]
        }
        let wanted = configuration.device
        func isWanted(_ scanner: ScannerDescription) -> Bool {
            wanted.map { $0 == scanner.id } ?? (scanner.isDefault ?? true)
        }
        guard status.scanners.contains(where: isWanted) else {
            let ids = status.scanners.map(\.id).joined(separator: ", ")
            let others = ids.isEmpty ? "" : "; attached are: \(ids)"
            return [
                Check(
                    Self.group, "scanner", .fail,
                    (wanted.map { "the scanner \($0) is not attached" } ?? "no scanner can be used") + others,
                    nextStep: ids.isEmpty
                        ? "plug a scanner in; pidd doctor says more"
                        : "name one with --device, or plug the right one in")
            ]
        }
        return status.scanners.map { Self.check($0, matters: isWanted($0)) }
    }

    /// `matters`: captures of this client go to this scanner.
    private static func check(_ scanner: ScannerDescription, matters: Bool) -> Check {
        let name = [scanner.maker, scanner.model].filter { !$0.isEmpty }.joined(separator: " ")
        let attempt = scanner.attempt.map { ", attempt \($0)" } ?? ""
        let reason = scanner.reason.map { ": \($0)" } ?? ""
        let finding = "\(name) (\(scanner.id)) is \(scanner.state)\(attempt)\(reason)"
        return switch scanner.state {
        case "ready", "capturing", "unused": Check(group, "scanner", .ok, finding)
        case "failed", "unsupported":
            Check(
                group, "scanner", matters ? .fail : .warn, finding,
                nextStep: scanner.state == "failed" ? "unplug it and plug it in again" : "use another scanner")
        default: Check(group, "scanner", .warn, finding, nextStep: "look again in half a minute")
        }
    }
}

// Is there a scanner that can be driven, and may it be opened?
import Biometrics
import FoundationEssentials
import Glibc
import LocalServer
import Platform
import Scanner

/// The checks of group `scanner`.
struct ScannerChecks {
    /// A device and what is known of it.
    typealias Found = (device: USBDevice, model: ScannerModel)

    let found: [Found]
    /// The id of the scanner that the settings name; nil for any.
    var wanted: String?
    /// The daemon that answers, if one does.
    let daemon: Peer?
    var proc = "/proc"

    private static let group = "scanner"

    /// The scanners among USB devices.
    static func scanners(in devices: [USBDevice], table: ScannerTable) -> [Found] {
        devices.compactMap { device in
            table.model(vendor: device.vendor, product: device.product).map { (device, $0) }
        }
    }

    func checks() -> [Check] {
        guard !found.isEmpty else {
            return [
                Check(
                    Self.group, "attached", .fail, "no scanner that pidd knows is on USB",
                    nextStep: "plug one in; see what is attached with: lsusb")
            ]
        }
        let choice = self.choice().map { [$0] } ?? []
        let anyDriven = found.contains { $0.model.driver != nil }
        return choice
            + found.flatMap { (found) -> [Check] in
                guard let driver = found.model.driver else {
                    return [
                        Check(
                            Self.group, "attached", anyDriven ? .warn : .fail,
                            "\(Self.title(found)) has no open driver", nextStep: found.model.advice)
                    ]
                }
                return [
                    Check(Self.group, "attached", .ok, "\(Self.title(found)), driver \(driver)"), resolution(found),
                    rights(found), holders(found),
                ] + power(found)
            }
    }

    /// Whether the scanner of the settings is attached; nil when they name none.
    private func choice() -> Check? {
        guard let wanted else { return nil }
        let ids = found.map(\.device.scannerIDs)
        guard ids.contains(where: { $0.contains(wanted) }) else {
            return Check(
                Self.group, "choice", .fail,
                "the settings name the scanner \(wanted), which is not attached; captures that name none are refused",
                nextStep:
                    "plug it in, or set [scanner] id to one of: \(ids.compactMap(\.first).joined(separator: ", "))")
        }
        return Check(Self.group, "choice", .ok, "the settings name the scanner \(wanted), which is attached")
    }

    /// What the daemon says of its scanners, a line each.
    static func states(askedAt socket: String) -> [Check] {
        struct Status: Decodable {
            struct Scanner: Decodable {
                let id, state: String
                let isDefault: Bool
                let attempt: Int?
                let reason: String?
                enum CodingKeys: String, CodingKey {
                    case id, state, attempt, reason
                    case isDefault = "default"
                }
            }
            let scanners: [Scanner]
        }
        guard let body = try? SocketProbe.status(askedAt: socket),
            let status = try? JSONDecoder().decode(Status.self, from: Data(body))
        else {
            return [
                Check(
                    group, "state", .warn, "the daemon does not tell the state of its scanners",
                    nextStep: "run pidd doctor as a user who may ask it, or restart a daemon that is older")
            ]
        }
        return status.scanners.map { scanner in
            let attempt = scanner.attempt.map { ", attempt \($0)" } ?? ""
            let mark = scanner.isDefault ? ", the default" : ""
            let reason = scanner.reason.map { ": \($0)" } ?? ""
            let finding = "\(scanner.id) is \(scanner.state)\(attempt)\(mark)\(reason)"
            switch scanner.state {
            case "failed", "unsupported":
                return Check(
                    group, "state", scanner.isDefault ? .fail : .warn, finding,
                    nextStep: scanner.state == "failed" ? "unplug it and plug it in again" : "use another scanner")
            case "starting" where scanner.reason != nil, "recovering", "cooling":
                return Check(group, "state", .warn, finding, nextStep: "look again in half a minute")
            default: return Check(group, "state", .ok, finding)
            }
        }
    }

    /// Without the serial number: reports are sent to others.
    private static func title(_ found: Found) -> String {
        "\(found.model.title) (\(found.device.vendorProduct)) at \(found.device.path)"
    }

    private func resolution(_ found: Found) -> Check {
        guard let resolution = found.model.resolution else {
            return Check(
                Self.group, "resolution", .fail,
                "the resolution of its pictures is not known, so that it is refused for captures",
                nextStep: found.model.advice.isEmpty
                    ? "measure it and set ppi in \(ScannerTable.standardFile)" : found.model.advice)
        }
        return Check(
            Self.group, "resolution", .ok, "\(Int(resolution.x)) x \(Int(resolution.y)) pixels per inch")
    }

    private func rights(_ found: Found) -> Check {
        let node = found.device.node
        var status = stat()
        guard unsafe stat(node, &status) == 0 else {
            return Check(
                Self.group, "rights", .fail, "\(node) does not exist",
                nextStep: "in a container, hand /dev/bus/usb in; else plug the scanner in again")
        }
        let user = geteuid()
        if unsafe access(node, R_OK | W_OK) == 0 {
            return Check(Self.group, "rights", .ok, "user \(user) may open \(node)")
        }
        let mode = octal(status.st_mode & 0o777)
        let finding = "user \(user) may not open \(node) (owner \(status.st_uid), group \(status.st_gid), mode \(mode))"
        if let daemon, daemon.uid != user {
            return Check(
                Self.group, "rights", .warn,
                "\(finding); pidd runs as user \(daemon.uid), of whom nothing is said here",
                nextStep: "run pidd doctor as the user of the daemon")
        }
        return Check(
            Self.group, "rights", .fail, finding,
            nextStep: "run pidd as user pidd, as its service does; with 70-pidd.rules that user may")
    }

    private func holders(_ found: Found) -> Check {
        let holders = otherHolders(of: found.device.node, proc: proc)
        let others = holders.filter { holder in daemon.map { !holder.hasSuffix("(pid \($0.pid))") } ?? true }
        guard others.isEmpty else {
            return Check(
                Self.group, "holders", .fail, "\(others.joined(separator: ", ")) has it open",
                nextStep: "stop that program; for fprintd: systemctl mask --now fprintd")
        }
        let hidden = geteuid() == 0 ? "" : " that user \(geteuid()) may look into"
        return Check(
            Self.group, "holders", .ok,
            holders.isEmpty ? "no process\(hidden) has it open" : "only pidd, \(holders[0]), has it open")
    }

    private func power(_ found: Found) -> [Check] {
        let folder = "/sys/bus/usb/devices/\(found.device.path)/power"
        var checks: [Check] = []
        if let control = found.device.powerControl {
            checks.append(
                control == "auto"
                    ? Check(
                        Self.group, "autosuspend", .warn, "the kernel may power it down when idle (power/control auto)",
                        nextStep: "install 70-pidd.rules, or run: echo on > \(folder)/control")
                    : Check(Self.group, "autosuspend", .ok, "it stays powered (power/control \(control))"))
        }
        if let persists = found.device.persists {
            checks.append(
                persists
                    ? Check(
                        Self.group, "persist", .warn,
                        "after a suspend it is taken for the one before (power/persist 1)",
                        nextStep: "install 70-pidd.rules, or run: echo 0 > \(folder)/persist")
                    : Check(Self.group, "persist", .ok, "after a suspend it comes back as new (power/persist 0)"))
        }
        return checks
    }
}

/// A file mode as people write it.
func octal(_ mode: UInt32) -> String { "0" + String(mode, radix: 8) }

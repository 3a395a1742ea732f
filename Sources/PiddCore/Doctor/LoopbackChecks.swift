// Is the loopback door open, does it answer the pages that are listed, and do browsers let them ask?
import Glibc
import LocalServer
import Platform
import Sharing

/// The checks of group `loopback`: none when it is closed on purpose.
///
/// The settings open it, or systemd does (`pidd-loopback.socket`), of which the settings know nothing.
struct LoopbackChecks {
    let settings: LoopbackSettings
    let access: AccessRules
    let policies: [String]
    /// The daemon that answers on the Unix socket, if one does.
    var daemon: Peer?
    var proc = "/proc"

    private static let group = "loopback"

    func checks() -> [Check] {
        guard let port = openPort() else {
            guard settings.isEnabled else { return [] }
            return [
                Check(
                    Self.group, "door", .fail,
                    "no pidd answers on 127.0.0.1 from port \(settings.ports.lowerBound) to \(settings.ports.upperBound)",
                    nextStep: "under systemd let it open the port: systemctl stop pidd && systemctl enable --now "
                        + "pidd-loopback.socket; otherwise restart the daemon and see its log"), users(),
            ]
        }
        if let stranger = stranger(at: port) {
            return [
                Check(
                    Self.group, "door", .fail,
                    "what answers at http://127.0.0.1:\(port)/ is a program of user \(stranger), not the daemon of the socket",
                    nextStep:
                        "find and stop it: ss -ltnp 'sport = :\(port)'; clients that search these ports believe it"
                ), users(),
            ]
        }
        let door = Check(Self.group, "door", .ok, "pidd answers at http://127.0.0.1:\(port)/")
        let origins = settings.origins.map { preflight($0, port) }
        return [door, greeting(port), users()] + origins
            + BrowserPolicy.checks(of: settings.origins, in: policies, group: Self.group)
    }

    /// The first port at which pidd answers, found as RD clients find it.
    private func openPort() -> UInt16? {
        settings.ports.first { port in
            let answer = try? Self.ask(port, "RDSERVICE / HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n")
            return answer?.contains("\r\nPidd-Request-Id: ") == true
        }
    }

    /// The user of a listener that is neither the daemon's nor root's; systemd opens the door as root.
    ///
    /// Anybody can answer as pidd does; only the kernel says who it is.
    private func stranger(at port: UInt16) -> UInt32? {
        let trusted = Set([0] + (daemon.map { [$0.uid] } ?? []))
        return TCPListener.all(proc: proc).first { $0.port == port && $0.isLocal && !trusted.contains($0.user) }?.user
    }

    private static func ask(_ port: UInt16, _ request: String) throws(SystemError) -> String {
        let connection = try TimedConnection(port: port, within: DoctorLimits.portAnswer)
        try connection.send(Array(request.utf8))
        return try connection.readToEnd()
    }

    private func preflight(_ rule: OriginRule, _ port: UInt16) -> Check {
        let request = """
            OPTIONS /rd/capture HTTP/1.1\r
            Host: 127.0.0.1:\(port)\r
            Origin: \(rule.example)\r
            Access-Control-Request-Method: CAPTURE\r
            Access-Control-Request-Headers: content-type\r
            Connection: close\r
            \r

            """
        let answer = (try? Self.ask(port, request)) ?? ""
        return answer.contains("\r\nAccess-Control-Allow-Origin: \(rule.example)\r\n")
            ? Check(Self.group, "preflight", .ok, "\(rule.text) may capture")
            : Check(
                Self.group, "preflight", .fail, "pidd turns \(rule.text) away, although the settings list it",
                nextStep: "restart the daemon, which reads the settings when it starts")
    }

    /// Clients try TLS at every port; where nobody ends the connection they wait for seconds.
    private func greeting(_ port: UInt16) -> Check {
        do throws(SystemError) {
            let connection = try TimedConnection(port: port, within: DoctorLimits.portAnswer)
            try connection.send([0x16, 3, 1, 2, 0, 1])
            _ = try connection.readToEnd()
            return Check(Self.group, "tls", .ok, "a TLS greeting ends at once")
        } catch {
            return Check(
                Self.group, "tls", .warn, "a TLS greeting is left waiting: \(error)",
                nextStep: "see what the daemon is busy with: journalctl -u pidd")
        }
    }

    private func users() -> Check {
        let rules = access[.capture]
        guard rules.contains(where: { $0.subject == .everybody }) else {
            // No names: the report is sent to others.
            let who =
                switch rules.count {
                case 0: "nobody"
                case 1: "only one user or group"
                default: "only \(rules.count) users or groups"
                }
            return Check(Self.group, "users", .ok, "\(who) may capture")
        }
        return Check(
            Self.group, "users", .warn,
            "every user of this machine may capture by TCP, where no file mode keeps them out",
            nextStep: "name those who may as capture in section [access], for example: capture = @pidd")
    }
}

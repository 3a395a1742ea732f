// `pidd doctor`: what is wrong with this machine, and what to do about it.
import Arguments
import Glibc
import PiddCore
import Platform

/// The options of `pidd doctor`.
struct DoctorOptions: Sendable {
    var configuration: String?
    var socket: String?
    var state: String?
    var json = false
    var bundle: String?

    func run() async throws -> Int32 {
        let (socket, state) = (socket, state)
        let doctor = Doctor(file: configuration) { settings in
            if let socket { settings.socket = socket }
            if let state { settings.state = state }
        }
        let report = await doctor.examine()
        print(json ? report.jsonLine : report.text, to: STDOUT_FILENO)
        if let bundle {
            try report.write(bundle: bundle, home: environmentVariable("HOME"))
            say(
                "pidd: wrote \(bundle), without serial numbers and home folder; look at it before you send it: tar xOf \(bundle) | less"
            )
        }
        return report.isHealthy ? 0 : 1
    }
}

let doctor = Command<DoctorOptions>(
    "pidd doctor",
    summary: "Looks at scanner, identity, socket and machine, and says what to do about what is wrong.",
    notes: """
        It opens no device and changes nothing. Run it as the user of the daemon to see what the daemon sees.
        Exit status: 0 nothing failed (there may be warnings), 1 something failed, 64 usage,
        77 or 78 the file of --bundle cannot be written.

        Example:
          pidd doctor --socket /tmp/me/pidd.sock --state /tmp/me/state
        """,
    [
        .option(
            "config", short: "c", "FILE", help: "settings file (default: \(DaemonSettings.standardFile))",
            \.configuration),
        .option(
            "socket", short: "s", "PATH", help: "the daemon's Unix socket (default: /run/pidd/pidd.sock)", \.socket),
        .option("state", "FOLDER", help: "where identities are kept (default: /var/lib/pidd)", \.state),
        .flag("json", help: "print one JSON object", \.json),
        .option(
            "bundle", "FILE",
            help:
                "also write report, settings, versions and USB listing, without what names a scanner or a person, to a tar file of mode 0600",
            \.bundle),
    ])

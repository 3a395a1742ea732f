// What pidd can be told to do.
import Arguments
import Glibc
import LocalServer
import PIDSeal
import PiddCore
import Platform
import Scanner

let program = Program(
    "pidd", summary: "Owns a fingerprint scanner, captures for local programs, and answers them as an RD service.",
    version: piddVersion,
    notes: """
        Exit status: 0 stopped as asked, 1 doctor or provision status found something wrong, or stopping took too long,
        64 usage, 69 the socket cannot be had, 70 internal error, 71 too few threads or open files are allowed,
        75 the scanner's thread hung, or provisioning has to be tried again, 77 not permitted,
        78 settings or identity are wrong.
        """,
    [
        .init(serve, defaults: ServeOptions.init) { try await $0.run() },
        .init(provisionRequest, defaults: ProvisionOptions.init) { try $0.request() },
        .init(provisionInstall, defaults: ProvisionOptions.init) { try $0.install() },
        .init(provisionStatus, defaults: ProvisionOptions.init) { try $0.status() },
        .init(provisionRotate, defaults: ProvisionOptions.init) { try $0.rotate() },
        .init(provisionRemove, defaults: ProvisionOptions.init) { try $0.remove() },
        .init(provision, defaults: ProvisionOptions.init) { try $0.makeTestIdentity() },
        .init(doctor, defaults: DoctorOptions.init) { try await $0.run() },
        .init(completion, defaults: CompletionOptions.init) { options in
            print(program.completion(options.shell ?? .bash), to: STDOUT_FILENO)
            return 0
        },
    ])

/// The options of `pidd serve`.
struct ServeOptions: Sendable {
    var configuration: String?
    var socket: String?
    var state: String?
    var allowVirtualScanner = false
    var checkOnly = false

    func run() async throws -> Int32 {
        if checkOnly { return try checkSettings() }
        let farewell = Farewell(journal: Journal())
        let (stops, stop) = AsyncStream.makeStream(of: Never.self)
        // Before anything that may hang.
        startThread("signals") {
            _ = waitForStopSignal()
            stop.finish()
            farewell.enforce()
        }
        let (settings, warnings) = try readSettings()
        for warning in warnings { say("pidd: \(warning)") }
        let manager = ServiceManager(of: getpid(), environmentVariable)
        let daemon = try await Daemon(
            settings, farewell: farewell, manager: manager,
            inherited: InheritedSocket.all(of: getpid(), environmentVariable)
        ) { stop.finish() }
        for await _ in stops {}
        await daemon.stop()
        return 0
    }

    private func readSettings() throws -> (settings: DaemonSettings, warnings: [String]) {
        var settings = DaemonSettings()
        let warnings = try settings.read(file: configuration)
        if let socket { settings.socket = socket }
        if let state { settings.state = state }
        settings.allowVirtualScanner = allowVirtualScanner
        return (settings, warnings)
    }

    /// Tells what is wrong with the settings: 0 when nothing is, warnings included, else 78.
    private func checkSettings() throws -> Int32 {
        let (settings, warnings) = try readSettings()
        _ = try ScannerTable(path: settings.scannerTable)
        for warning in warnings { say("pidd: \(warning)") }
        print("the settings can be used\(warnings.isEmpty ? "" : ", but see the warnings")\n", to: STDOUT_FILENO)
        return 0
    }
}

private let serve = Command<ServeOptions>(
    "pidd serve",
    summary: "Serves captures on a Unix socket, and on loopback ports if the settings say so, until SIGTERM or SIGINT.",
    notes: """
        Example, with the socket in a folder of your own:
          pidd serve --socket /tmp/me/pidd.sock --state /tmp/me/state
          curl --unix-socket /tmp/me/pidd.sock -X RDSERVICE http://localhost/
        """,
    [
        .option(
            "config", short: "c", "FILE", help: "settings file (default: \(DaemonSettings.standardFile))",
            \.configuration),
        .option(
            "socket", short: "s", "PATH", help: "the Unix socket to serve on (default: /run/pidd/pidd.sock)", \.socket),
        .option("state", "FOLDER", help: "where identities are kept (default: /var/lib/pidd)", \.state),
        .flag(
            "allow-virtual-scanner",
            help: "for tests: also use libfprint's virtual scanners, whose pictures anybody can inject",
            \.allowVirtualScanner),
        .flag(
            "check-config", help: "only read the settings, say what is wrong with them, and end: status 0 or 78",
            \.checkOnly),
    ])

/// The options of `pidd completion`.
struct CompletionOptions: Sendable {
    var shell: Shell?
}

private let completion = Command<CompletionOptions>(
    "pidd completion", summary: "Prints the completion script for bash, zsh or fish.",
    notes: """
        Example:
          pidd completion bash > ~/.local/share/bash-completion/completions/pidd
        """,
    [.operand("SHELL", help: "bash, zsh or fish", \.shell)])

/// The status that pidd ends with after an error.
func exitStatus(of error: any ExplainedError) -> Int32 {
    switch error.code {
    case "file-forbidden", "secret-file-owner", "user-not-changed": 77  // EX_NOPERM
    case "descriptors-too-few": 71  // EX_OSERR
    case "provisioning-busy", "hook-overdue", "hook-failed": 75  // EX_TEMPFAIL
    case _ where error.code.hasPrefix("socket"): 69  // EX_UNAVAILABLE
    default: 78  // EX_CONFIG
    }
}

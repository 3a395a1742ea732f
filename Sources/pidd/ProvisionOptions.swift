// What the commands of `pidd provision` do.
import Arguments
import Glibc
import PIDSeal
import PiddCore
import Platform
import RDProtocol

extension Environment: ArgumentChoice {}

extension IdHashRule: ArgumentValue {
    package static var expectation: String { "serial:HEX, serial:hex, serial:base64, the same with dc:, or given:TEXT" }
    package init?(argument: String) { self.init(text: argument) }
}

/// The options of `pidd provision` and its commands; each command has some of them.
struct ProvisionOptions: Sendable {
    var configuration: String?
    var state: String?
    var serial: String?
    var environment: Environment?
    var standIn: String?
    var force = false
    // Test identities.
    var test = false
    // Requests.
    var dpId: String?
    var rdsId: String?
    var mi: String?
    var usb: String?
    var idHash: IdHashRule?
    var key: String?
    // Certificates.
    var dc: String?
    var mc: String?
    var uidai: String?
    // The rest.
    var ifDue: Int?
    var offline = false
    var json = false

    /// The settings with what the command line says over them; root has become the owner of the state folder.
    private func prepare() throws -> DaemonSettings {
        // Nothing here waits for the signals that the daemon waits for.
        for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
        var settings = DaemonSettings()
        for warning in try settings.read(file: configuration) { say("pidd: \(warning)") }
        if let state { settings.state = state }
        if let dpId { settings.provider.dpId = dpId }
        if let rdsId { settings.provider.rdsId = rdsId }
        if let mi { settings.provider.mi = mi }
        if let idHash { settings.provider.idHash = idHash }
        if let key { settings.provider.key = key }
        try becomeOwner(ofState: settings.state)
        return settings
    }

    private func provisioner(_ settings: DaemonSettings) throws -> Provisioner {
        Provisioner(
            state: settings.state, configuration: settings.configuration,
            provider: try settings.provider.hook.map(ProviderHook.init(path:)),
            standIn: standIn ?? "\(settings.state)/stand-in")
    }

    private func keyChoice(_ text: String?) -> Provisioner.KeyChoice {
        switch text {
        case nil: .asBefore
        case "file": .file
        case "tpm": .tpm
        case let uri?: .uri(uri)
        }
    }

    // MARK: Commands

    func makeTestIdentity() throws -> Int32 {
        guard test else {
            throw ArgumentError.contradiction(
                "say what to do: --test makes a test identity; request, install, status, rotate and remove are for all others"
            )
        }
        let settings = try prepare()
        let folder = standIn ?? "\(settings.state)/stand-in"
        let provider = TestProvider(state: settings.state, standIn: folder)
        guard [nil, "file", "tpm"].contains(key) else {
            throw ArgumentError.contradiction(
                "the keys of a test identity are made in files or in the TPM: --key file or --key tpm")
        }
        let identity = try provider.provision(
            serial: serial, rdsVer: piddVersion, idHashRule: settings.provider.idHash ?? .standard,
            home: key == "tpm" ? .tpm : .file, force: force, at: wallClockSeconds())
        print(
            """
            Made a test identity. Nobody but the stand-in accepts its PIDs.
              scanner    \(serial ?? "any")
              dpId       \(identity.dpId)
              dc         \(identity.dc)
              identity   \(provider.folder(serial: serial))
              stand-in   \(folder) (for eko-sandbox --registry)

            """, to: STDOUT_FILENO)
        return 0
    }

    func request() throws -> Int32 {
        let settings = try prepare()
        let names = settings.provider
        let (serial, usb) = (serial ?? "", usb)
        let progress = try provisioner(settings).request(
            serial: serial, environment: environment ?? .production,
            registration: { () throws(IdentityError) in
                let model = if let usb { usb } else { try modelOnUSB(ofScanner: serial) }
                return try Registration(
                    dpId: names.dpId, rdsId: names.rdsId, rdsVer: piddVersion, mi: names.mi,
                    idHashRule: names.idHash ?? .standard, usb: model)
            }, key: keyChoice(names.key), force: force, at: wallClockSeconds())
        report(progress, serial, environment ?? .production)
        return 0
    }

    func install() throws -> Int32 {
        guard let mc else { throw ArgumentError.missingOption("--mc") }
        // Before root becomes somebody who may not read them.
        let certificate = try readFile(mc, limit: 16 * 1024)
        let uidaiCertificate = try uidai.map { try readFile($0, limit: 16 * 1024) }
        let settings = try prepare()
        let progress = try provisioner(settings).install(
            serial: serial ?? "", environment: environment ?? .production, dc: dc, mc: certificate,
            uidai: uidaiCertificate, at: wallClockSeconds())
        report(progress, serial ?? "", environment ?? .production)
        if access("\(settings.configuration)/provider.pem") == false {
            say("pidd: who signed mc was not checked, as there is no \(settings.configuration)/provider.pem")
        }
        return 0
    }

    func status() throws -> Int32 {
        let settings = try prepare()
        let store = KeyStore(state: settings.state, configuration: settings.configuration)
        let now = wallClockSeconds()
        let report = IdentityReport(store.status(of: serial, at: now), now: now)
        print(json ? report.jsonLine : report.text, to: STDOUT_FILENO)
        return report.isUsable ? 0 : 1
    }

    func rotate() throws -> Int32 {
        let settings = try prepare()
        let provisioner = try provisioner(settings)
        let now = wallClockSeconds()
        let pairs = KeyStore(state: settings.state, configuration: settings.configuration).status(of: serial, at: now)
            .filter { $0.identity != nil && (environment == nil || $0.environment == environment) }
            .filter { $0.deviceUntil != nil || $0.home != nil }
        guard !pairs.isEmpty else {
            throw IdentityError(
                "not-registered", "there is no pair to rotate",
                nextStep: "see what there is with: pidd provision status")
        }
        var failed: Int32 = 0
        for pair in pairs {
            do {
                let progress = try provisioner.rotate(
                    serial: pair.serial, environment: pair.environment, ifDueIn: ifDue, key: keyChoice(key), at: now)
                report(progress, pair.serial, pair.environment)
            } catch {
                say("pidd: \(pair.serial) \(pair.environment.rawValue): \(error)")
                failed = exitStatus(of: error)
            }
        }
        return failed
    }

    func remove() throws -> Int32 {
        guard let serial else { throw ArgumentError.missingOption("--serial") }
        let settings = try prepare()
        let removed = try provisioner(settings).remove(serial: serial, environment: environment, offline: offline)
        let names = removed.map(\.rawValue).joined(separator: ", ")
        print(
            "Removed the identity of \(serial)\(names.isEmpty ? "" : ": the keys of \(names) are wiped").\n",
            to: STDOUT_FILENO)
        return 0
    }

    private func access(_ path: String) -> Bool { unsafe Glibc.access(path, F_OK) == 0 }

    private func report(_ progress: Provisioner.Progress, _ serial: String, _ environment: Environment) {
        let head = "\(serial) \(environment.rawValue): "
        let text =
            switch progress {
            case .awaiting(let request):
                "a new key waits for its certificate; send \(request) to the device provider, then: pidd provision install"
            case .installed(let dc, let end):
                "the pair is in use, dc \(dc), until \(CivilTime(secondsSinceEpoch: end).iso) UTC"
            case .notDue(let end): "not due, valid until \(CivilTime(secondsSinceEpoch: end).iso) UTC"
            }
        print(head + text + "\n", to: STDOUT_FILENO)
    }
}

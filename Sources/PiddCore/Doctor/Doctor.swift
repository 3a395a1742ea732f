// Looks at everything that has to be right for a capture, once, each group within a deadline.
import Glibc
import LocalServer
import Platform
import Scanner
import Settings

/// `pidd doctor`: examines a machine; it opens no device, changes nothing, and asks the daemon only what any client may.
package struct Doctor: Sendable {
    /// Where things are on a machine; tests have others.
    package struct Places: Sendable {
        package var usb = "/sys/bus/usb/devices"
        package var nodes = "/dev/bus/usb"
        package var proc = "/proc"
        /// Where Chromium and its kin look for what an administrator decides.
        package var policies = ["/etc/chromium/policies/managed", "/etc/opt/chrome/policies/managed"]

        package init() {}
    }

    private let file: String?
    private let change: @Sendable (inout DaemonSettings) -> Void
    private let places: Places

    /// - Parameters:
    ///   - file: the settings file; nil for the standard one.
    ///   - places: where things are.
    ///   - change: what the command line says over the settings.
    package init(
        file: String?, places: Places = Places(), changing change: @escaping @Sendable (inout DaemonSettings) -> Void
    ) {
        self.file = file
        self.change = change
        self.places = places
    }

    /// Examines everything.
    package func examine() async -> DoctorReport {
        let places = places
        var settings = DaemonSettings()
        var checks = readSettings(&settings)
        change(&settings)
        let now = wallClockSeconds()

        let socket = SocketChecks(
            path: settings.socket, mode: settings.socketMode, owningGroup: settings.socketGroup)
        let (socketChecks, probe) = await within(("socket", ([Self.late("socket")], nil))) { socket.checks() }
        let (tableFile, wanted, socketPath) = (settings.scannerTable, settings.scannerID, settings.socket)
        let usb = await within(("scanner", nil)) { () -> (found: Found, checks: [Check], all: [USBDevice])? in
            let table = (try? ScannerTable(path: tableFile)) ?? .builtIn
            let all = USBDevice.attached(root: places.usb, nodes: places.nodes)
            let found = ScannerChecks.scanners(in: all, table: table)
            var checks = ScannerChecks(found: found, wanted: wanted, daemon: probe?.peer, proc: places.proc).checks()
            if probe != nil { checks += ScannerChecks.states(askedAt: socketPath) }
            return (found, checks, all)
        }
        checks += usb?.checks ?? [Self.late("scanner")]
        let scanners = usb?.found.filter { $0.model.driver != nil }.map(\.device) ?? []
        let (state, configuration, hook) = (settings.state, settings.configuration, settings.provider.hook)
        checks += await within(("identity", [Self.late("identity")])) {
            do throws(FileError) { try Self.lookAsOwner(of: state) } catch {
                return [Check("identity", "identity", failed: error)]
            }
            let known = folderNames("\(state)/identity").filter { !$0.hasPrefix(".") }.sorted()
            return IdentityChecks(
                state: state, configuration: configuration, hook: hook, scanners: scanners, known: known, now: now
            ).checks()
        }
        checks += socketChecks
        let (loopback, access) = (settings.loopback, settings.access)
        checks += await within(("loopback", [Self.late("loopback")])) {
            LoopbackChecks(
                settings: loopback, access: access, policies: places.policies, daemon: probe?.peer, proc: places.proc
            ).checks()
        }
        let daemon = probe?.peer.pid
        checks += await within(("machine", [Self.late("machine")])) {
            MachineChecks(now: now, built: buildTime(), daemon: daemon, proc: places.proc).checks()
        }
        // An id ends with a serial number too: also that of a scanner which is not attached.
        let named = settings.scannerID.map { [String($0.dropFirst("vvvv-pppp-".count))] } ?? []
        return DoctorReport(
            checks, serials: (usb?.all.compactMap(\.serial?.text) ?? []) + named,
            papers: [
                ("settings.txt", settingsPaper(settings)), ("usb.txt", usbPaper(usb?.all ?? [])),
            ])
    }

    private typealias Found = [ScannerChecks.Found]

    private func readSettings(_ settings: inout DaemonSettings) -> [Check] {
        let place = file ?? DaemonSettings.standardFile
        do {
            let warnings = try settings.read(file: file)
            guard warnings.isEmpty else {
                return warnings.map { Check("settings", "settings", .warn, $0, nextStep: "correct or remove the line") }
            }
            // The standard file alone may be missing.
            let isThere = unsafe file != nil || access(place, F_OK) == 0
            return [
                Check("settings", "settings", .ok, isThere ? "\(place)" : "built-in values, as there is no \(place)")
            ]
        } catch  where error.code.hasPrefix("access-rule-") {
            // The error names a person, and the report is sent to others.
            return [
                Check(
                    "settings", "settings", .fail, "section [access] has a rule that cannot be used",
                    nextStep: "see which with: pidd --check-config")
            ]
        } catch {
            return [Check("settings", "settings", failed: error)]
        }
    }

    /// Lets root see, in this thread, what the daemon's user sees: that root may read a key says nothing of the daemon.
    private static func lookAsOwner(of state: String) throws(FileError) {
        var status = stat()
        guard geteuid() == 0, unsafe stat(state, &status) == 0, status.st_uid != 0 else { return }
        do throws(SystemError) {
            try becomeInThisThread(user: status.st_uid, group: status.st_gid, groups: groups(ofUser: status.st_uid))
        } catch {
            throw FileError(error)
        }
    }

    private static func late(_ group: String) -> Check {
        Check(
            group, "deadline", .fail, "looking took longer than \(Int(DoctorLimits.step / .seconds(1))) s",
            nextStep: "see whether a disk or a device hangs: dmesg | tail")
    }
}

/// What `look` returns, or the second value when that takes too long: its thread is then left behind.
///
/// The kernel may hold a thread for as long as it likes, over a dead network file system for example.
private func within<Value: Sendable>(
    _ late: (name: String, value: Value), _ look: @escaping @Sendable () -> Value
) async -> Value {
    let (answers, give) = AsyncStream.makeStream(of: Value.self, bufferingPolicy: .bufferingOldest(1))
    startThread("look-\(late.name)") { give.yield(look()) }
    let timer = Task {
        try await Task.sleep(for: DoctorLimits.step, clock: .suspending)
        give.yield(late.value)
    }
    defer { timer.cancel() }
    for await answer in answers { return answer }
    return late.value
}

/// When the running program was built, in seconds since the Unix epoch: the time of its file, which packages keep.
private func buildTime() -> Int64 {
    var status = stat()
    return unsafe stat("/proc/self/exe", &status) == 0 ? Int64(status.st_mtim.tv_sec) : 0
}

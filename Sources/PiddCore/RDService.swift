// The RD service: the three RD calls as documents.
import Biometrics
import Crypto
import Glibc
import LocalServer
import PIDSeal
import Platform
import RDProtocol
import Scanner
import Sharing
import Synchronization

/// Answers RDSERVICE, DEVICEINFO and CAPTURE for the scanner of this machine.
final class RDService: Sendable {
    /// What this service captures: one finger as minutiae.
    static let capabilities = Capabilities(fingerTypes: [.minutiae], maximumFingers: 1)

    /// Names this run of the daemon in request ids, so that ids of two runs in one journal differ.
    let run: String
    private let scanner: ScannerHost
    private let desk: CaptureDesk
    private let keys: KeyStore
    private let detector = FPrintMinutiaDetector()
    private let journal: Journal
    private let system: String

    init(scanner: ScannerHost, desk: CaptureDesk, keys: KeyStore, journal: Journal) {
        self.scanner = scanner
        self.desk = desk
        self.keys = keys
        self.journal = journal
        run = String(UInt32.random(in: .min ... .max), radix: 36)
        system = systemID()
    }

    // MARK: RDSERVICE

    /// Whether a capture could start now; quick enough for the net thread.
    func discovery() -> RDServiceDocument {
        let state = scanner.state
        let status: RDServiceDocument.Status =
            switch state {
            case .ready: .ready
            case .capturing: .used
            case .absent, .starting, .cooling, .failed: .notReady
            }
        let name = state.info.map { $0.maker.isEmpty ? $0.model : "\($0.maker) \($0.model)" }
        let reason: String? =
            switch state {
            case .ready, .capturing: nil
            case .absent: "no scanner is attached"
            case .starting: "the scanner is starting"
            case .cooling: "the scanner is too hot"
            case .failed(_, let reason): reason
            }
        return RDServiceDocument(
            status: status, info: [name, "pidd"].compactMap(\.self).joined(separator: " - ") + (reason.map { ": \($0)" } ?? ""))
    }

    // MARK: DEVICEINFO

    /// The registered device, with empty values where there is none.
    @concurrent func deviceInfo() async -> DeviceInfo {
        guard let info = scanner.state.info else { return describe(nil, serial: "") }
        let serial = Self.serial(of: info)
        let keys = try? keys.keys(scanner: serial, environment: .production, at: wallClockSeconds())
        return describe(keys, serial: serial)
    }

    private func describe(_ keys: DeviceKeys?, serial: String) -> DeviceInfo {
        let time = CivilTime(secondsSinceEpoch: wallClockSeconds(), offset: CivilTime.indiaOffset)
        let parameters = DeviceInfo.parameters(serial: serial, system: system, timestamp: "\(time.iso)+05:30")
        return keys.map { $0.identity.info(mc: $0.mc, parameters: parameters) } ?? DeviceInfo(parameters: parameters)
    }

    /// What stands for the scanner in folders and documents: its serial number, or its place on the bus when it has none.
    private static func serial(of info: ScannerInfo) -> String { info.serial ?? info.id }

    // MARK: CAPTURE

    /// Does what a PidOptions document asks for; a failure is an answer like any other.
    @concurrent func capture(_ document: [UInt8], for caller: Caller) async -> PidDataDocument {
        let start = SuspendingClock().now
        var options: PidOptions?
        var device = describe(nil, serial: "")
        do {
            let wanted = try PidOptions(parsing: document)
            options = wanted
            try wanted.check(supported: Self.capabilities)
            let info = try attached()
            let serial = Self.serial(of: info)
            device = describe(nil, serial: serial)
            // Keys and certificates are looked at before anybody is asked for a finger.
            let keys = try keys.keys(scanner: serial, environment: wanted.environment, at: wallClockSeconds())
            device = describe(keys, serial: serial)
            let image = try await picture(wanted, for: caller)
            let finger = FingerPosition(posh: wanted.posh.first?.rawValue ?? "UNKNOWN") ?? .unknown
            let template = try await FingerTemplate(
                image: image, detector: detector, position: finger,
                impression: info.scanType == .swipe ? .swipe : .livePlain)
            let record = BiometricRecord(kind: .minutiae, position: finger, bytes: template.record)
            let sealed = try Seal(keys: keys).seal([record], for: wanted, at: wallClockSeconds())
            note(caller, "captured", since: start, [("nmPoints", "\(template.minutiaCount)"), ("qScore", "\(template.quality)")])
            return PidDataDocument(
                options: wanted, nmPoints: [template.minutiaCount], qScore: [template.quality],
                deviceInfo: device, sealed: sealed)
        } catch {
            let failure = RDError(ending: error)
            note(caller, failure.code, since: start, [("cause", failure.cause)])
            return PidDataDocument(failure: failure, options: options, deviceInfo: device)
        }
    }

    /// The attached scanner; one that is being opened counts, the desk lets clients wait for it.
    private func attached() throws(ScannerError) -> ScannerInfo {
        switch scanner.state {
        case .absent: throw .absent
        case .failed(_, let reason): throw .unusable(reason)
        case .cooling: throw .tooHot
        case .starting(let info), .ready(let info), .capturing(let info): return info
        }
    }

    /// Waits for the scanner and takes one picture.
    private func picture(_ options: PidOptions, for caller: Caller) async throws -> FingerImage {
        let timeout = Duration.milliseconds(options.timeoutMilliseconds)
        let request = LeaseRequest(
            id: caller.id, user: caller.peer.uid, program: caller.peer.program, wait: Limits.wait, capture: timeout)
        let (scanner, desk) = (scanner, desk)
        return try await desk.withLease(request) { (_) async throws(ScannerError) -> FingerImage in
            let image = try await scanner.capture(timeout: timeout) { _ in }
            await desk.fingerPlaced()
            // The answer does not wait for the finger to be lifted, the next capture does.
            Task {
                _ = await scanner.settle(within: Limits.lift)
                await desk.fingerLifted()
            }
            return image
        }.get()
    }

    private func note(
        _ caller: Caller, _ outcome: String, since start: SuspendingClock.Instant,
        _ more: [(key: String, value: String)]
    ) {
        let milliseconds = Int((SuspendingClock().now - start) / .milliseconds(1))
        journal.note(
            "capture",
            [
                ("request", caller.id), ("uid", "\(caller.peer.uid)"), ("pid", "\(caller.peer.pid)"),
                ("program", caller.peer.program), ("outcome", outcome), ("ms", "\(milliseconds)"),
            ] + more)
    }
}

/// An identifier of this machine that tells nothing of it: a hash of the machine id.
private func systemID() -> String {
    let id = (try? readFile("/etc/machine-id", limit: 4096)) ?? []
    return String(upperHex(sha256(Array("pidd sysid ".utf8) + id)).prefix(16))
}

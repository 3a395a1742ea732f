// The way of one capture, whichever dialect asked for it: line, fingers, seal.
import Biometrics
import LocalServer
import PIDSeal
import Platform
import RDProtocol
import Scanner
import Sharing
import Synchronization

/// How a capture ended.
struct CaptureEnd: Sendable {
    /// The answer of the RD dialect, which is also the `pid_data` of the other one.
    let document: PidDataDocument
    /// Nil for a capture that went well.
    var failure: Failure?
    var nmPoints: [Int] = []
    var qScore: [Int] = []
    var duration = Duration.zero
    /// The id of the scanner; empty for a request that came to none.
    var scanner = ""

    /// `captured`, or the code of the failure.
    var outcome: String { failure?.code ?? "captured" }
}

/// Captures for one client after the other.
final class CaptureService: Sendable {
    private let scanner: ScannerHost
    private let desk: CaptureDesk
    private let devices: RegisteredDevices
    private let detector = FPrintMinutiaDetector()
    private let log: RequestLog
    let rules: CaptureRules

    init(
        scanner: ScannerHost, desk: CaptureDesk, devices: RegisteredDevices, log: RequestLog, rules: CaptureRules
    ) {
        self.scanner = scanner
        self.desk = desk
        self.devices = devices
        self.log = log
        self.rules = rules
    }

    /// Does what `read` gives; a failure is an answer like any other.
    @concurrent func capture(
        for caller: Caller, _ read: @Sendable () throws -> PidOptions
    ) async -> CaptureEnd {
        let clock = SuspendingClock()
        let start = clock.now
        var options: PidOptions?
        var device = devices.describe(nil, serial: "")
        var end: CaptureEnd
        // Requests that are refused at once make no events: a client that retries in a loop would drown all others.
        let isTold = Flag()
        var scannerID = ""
        do {
            // Parsing and loading keys take a while, which a client that has gone is not worth.
            try Task.checkCancellation()
            let wanted = try read()
            options = wanted
            try wanted.check(supported: RDService.capabilities)
            let info = try scanner.usable(wanted.device)
            scannerID = info.id
            let serial = RegisteredDevices.serial(of: info)
            device = devices.describe(nil, serial: serial)
            try Task.checkCancellation()
            // Keys and certificates are looked at before anybody is asked for a finger.
            let keys = try devices.keys(of: info, environment: wanted.environment)
            device = devices.describe(keys, serial: serial)
            let captured = try await fingers(wanted, from: info, for: caller) { isTold.set() }
            let (nmPoints, qScore) = (captured.map(\.template.minutiaCount), captured.map(\.template.quality))
            desk.announce(.quality(nmPoints: nmPoints, qScore: qScore), of: caller.party, on: info.id)
            let sealed = try Seal(keys: keys).seal(
                captured.flatMap { $0.records(wanted.fType) }, for: wanted, at: wallClockSeconds())
            end = CaptureEnd(
                document: PidDataDocument(
                    options: wanted, nmPoints: nmPoints, qScore: qScore, deviceInfo: device, sealed: sealed))
            (end.nmPoints, end.qScore) = (nmPoints, qScore)
        } catch {
            let failure = Failure(error)
            end = CaptureEnd(
                document: PidDataDocument(failure: failure.rdError, options: options, deviceInfo: device),
                failure: failure)
        }
        end.duration = clock.now - start
        end.scanner = scannerID
        log.ended(end, of: caller)
        if isTold.isSet {
            desk.announce(.done(outcome: end.outcome, duration: end.duration), of: caller.party, on: scannerID)
        }
        return end
    }

    /// Waits for the scanner and takes the fingers; `onPlace` is called when the request is in line or has the scanner.
    private func fingers(
        _ options: PidOptions, from info: ScannerInfo, for caller: Caller, onPlace: @escaping @Sendable () -> Void
    ) async throws -> [CapturedFinger] {
        let timeout = Duration.milliseconds(options.timeoutMilliseconds)
        let request = LeaseRequest(
            id: caller.id, user: caller.peer.uid, program: caller.peer.program, wait: caller.wait, capture: timeout)
        let named = options.posh.compactMap { FingerPosition(posh: $0.rawValue) }
        let positions = named.isEmpty ? Array(repeating: .unknown, count: options.fCount) : named
        let quality = rules.quality.raised(to: options.minimumQuality)
        let imageRate = options.fType == .minutiae ? nil : rules.imageRate
        return try await desk.withLease(request, of: info.id, onPosition: { _ in onPlace() }) {
            [scanner, desk, detector] lease in
            onPlace()
            return try await FingerSession(
                scanner: scanner, info: info, desk: desk, party: caller.party, ticket: lease.ticket,
                detector: detector, positions: positions, quality: quality,
                imageRate: imageRate, timeout: timeout
            ).fingers()
        }.get()
    }
}

/// Something that has happened or not.
private final class Flag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .relaxed) }
    func set() { value.store(true, ordering: .relaxed) }
}

extension Caller {
    /// As events show it.
    var party: Party {
        Party(nil, LeaseRequest(id: id, user: peer.uid, program: peer.program, wait: .zero, capture: .zero))
    }
}

// The way of one capture, whichever dialect asked for it: line, finger, template, seal.
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

    init(scanner: ScannerHost, desk: CaptureDesk, devices: RegisteredDevices, log: RequestLog) {
        self.scanner = scanner
        self.desk = desk
        self.devices = devices
        self.log = log
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
            let keys = try devices.keys(serial: serial, environment: wanted.environment)
            device = devices.describe(keys, serial: serial)
            let image = try await picture(wanted, from: info.id, for: caller) { isTold.set() }
            let finger = FingerPosition(posh: wanted.posh.first?.rawValue ?? "UNKNOWN") ?? .unknown
            let template = try await FingerTemplate(
                image: image, detector: detector, position: finger,
                impression: info.scanType == .swipe ? .swipe : .livePlain)
            let (nmPoints, qScore) = ([template.minutiaCount], [template.quality])
            desk.announce(.quality(nmPoints: nmPoints, qScore: qScore), of: caller.party, on: info.id)
            let record = BiometricRecord(kind: .minutiae, position: finger, bytes: template.record)
            let sealed = try Seal(keys: keys).seal([record], for: wanted, at: wallClockSeconds())
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

    /// Waits for the scanner and takes one picture; `onPlace` is called when the request is in line or has the scanner.
    private func picture(
        _ options: PidOptions, from id: String, for caller: Caller, onPlace: @escaping @Sendable () -> Void
    ) async throws -> FingerImage {
        let timeout = Duration.milliseconds(options.timeoutMilliseconds)
        let request = LeaseRequest(
            id: caller.id, user: caller.peer.uid, program: caller.peer.program, wait: caller.wait, capture: timeout)
        let (scanner, desk, party) = (scanner, desk, caller.party)
        return try await desk.withLease(request, of: id, onPosition: { _ in onPlace() }) {
            (lease) async throws(ScannerError) -> FingerImage in
            onPlace()
            let deadline = SuspendingClock().now + timeout
            let image = try await scanner.capture(timeout: timeout, from: id) { event in
                desk.announce(CaptureStep(event, until: deadline), of: party, on: id)
                if event == .fingerPresent { Task { await desk.fingerSeen(on: id, of: lease.ticket) } }
            }
            await desk.fingerPlaced(on: id)
            // The answer does not wait for the finger to be lifted, the next capture does.
            Task {
                if await scanner.settle(within: Limits.lift, of: id) {
                    await desk.fingerLifted(on: id, of: lease.ticket)
                }
            }
            return image
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

extension CaptureStep {
    /// What the scanner reports, for the listeners.
    init(_ event: FingerEvent, until deadline: SuspendingClock.Instant) {
        self =
            switch event {
            case .putFinger: .putFinger(remaining: max(.zero, SuspendingClock().now.duration(to: deadline)))
            case .fingerPresent: .fingerPresent
            case .captured: .captured
            case .lifted: .lifted
            case .retry(.general): .retry(hint: "try-again")
            case .retry(.tooShort): .retry(hint: "press-longer")
            case .retry(.center): .retry(hint: "center-finger")
            case .retry(.remove): .retry(hint: "remove-finger")
            }
    }
}

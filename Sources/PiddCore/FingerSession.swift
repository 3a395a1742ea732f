// The fingers of one capture, one after the other, while it has the scanner.
import Biometrics
import PIDSeal
import RDProtocol
import Scanner
import Sharing

/// What one finger came to.
struct CapturedFinger: Sendable {
    let position: FingerPosition
    let template: FingerTemplate

    /// What goes into the PID block, in its order.
    func records(_ type: FingerRecordType) -> [BiometricRecord] {
        let minutiae = BiometricRecord(kind: .minutiae, position: position, bytes: template.record)
        let image = template.imageRecord.map { BiometricRecord(kind: .image, position: position, bytes: $0) }
        return [type == .image ? nil : minutiae, type == .minutiae ? nil : image].compactMap(\.self)
    }

    /// Whether another picture shows this finger again, which UIDAI would refuse.
    func isSameFinger(as other: FingerTemplate) throws(BiometricError) -> Bool {
        try FingerMinutiaeRecord(parsing: template.record).showsSameFinger(
            as: FingerMinutiaeRecord(parsing: other.record))
    }
}

/// Takes the fingers of one request within its one window of time.
///
/// Each finger is asked for until its picture is good enough. A finger that is not yields to the next when its part of the window is over,
/// with its best picture; but where even that is below the minimum, the search goes on to the end of the window.
struct FingerSession: Sendable {
    let scanner: ScannerHost
    let info: ScannerInfo
    let desk: CaptureDesk
    let party: Party
    let ticket: Ticket
    let detector: any MinutiaDetector
    let positions: [FingerPosition]
    let quality: QualityRule
    /// How many times pictures are compressed; nil when no FIR is wanted.
    let imageRate: Double?
    let timeout: Duration
    /// When the scanner was had.
    let start = SuspendingClock().now

    private var deadline: SuspendingClock.Instant { start + timeout }

    /// Asks for all fingers.
    ///
    /// - Returns: one for each position, in their order.
    /// - Throws: `ScannerError`, or what is wrong with the only pictures that there were.
    func fingers() async throws -> [CapturedFinger] {
        var captured: [CapturedFinger] = []
        for position in positions {
            let turn = FingerTurn(index: captured.count + 1, of: positions.count, finger: position.posh)
            captured.append(try await finger(position, turn, after: captured))
        }
        return captured
    }

    private func finger(
        _ position: FingerPosition, _ turn: FingerTurn, after captured: [CapturedFinger]
    ) async throws -> CapturedFinger {
        // What is good enough to be given is given before clients stop waiting, which they do when the window ends.
        let share = start + timeout * turn.index / turn.of - min(Limits.sealing, timeout / 5)
        var best: CapturedFinger?
        var flaw: (any Error)?
        var isFirst = true
        var mayStumble = true
        while !Task.isCancelled {
            let worth = best?.template.quality ?? -1
            if let best, worth >= quality.target { return best }
            if !isFirst { announce(.retry(hint: Self.hint(hasPicture: best != nil, flaw))) }
            do {
                let image = try await picture(
                    turn, until: worth < quality.minimum ? deadline : share, afterOwn: turn.index > 1 || !isFirst)
                isFirst = false
                let template = try await FingerTemplate(
                    image: image, detector: detector, position: position,
                    impression: info.scanType == .swipe ? .swipe : .livePlain, imageRate: imageRate)
                guard try !captured.contains(where: { try $0.isSameFinger(as: template) }) else {
                    throw Failure.sameFinger()
                }
                flaw = nil
                if template.quality > worth { best = CapturedFinger(position: position, template: template) }
            } catch ScannerError.timedOut {
                guard let best else { throw flaw ?? ScannerError.timedOut }
                guard worth >= quality.minimum else { throw Failure.lowQuality(worth, below: quality.minimum) }
                return best
            } catch ScannerError.device where mayStumble {
                // One transfer that is lost on the bus costs a moment; a scanner that fails again has something to tell.
                mayStumble = false
            } catch {
                guard Self.isFlaw(error) else { throw error }
                flaw = error
            }
        }
        throw ScannerError.cancelled
    }

    /// Whether an error says that a picture is no good, so that another may be better.
    private static func isFlaw(_ error: any Error) -> Bool {
        if case .detection = error as? ScannerError { return true }
        return error is BiometricError || error is Failure
    }

    /// What to do better, after a picture that was not good enough.
    private static func hint(hasPicture: Bool, _ flaw: (any Error)?) -> String {
        if flaw is Failure { return "another-finger" }
        return hasPicture && flaw == nil ? "low-quality" : "try-again"
    }

    /// Takes one picture; the finger of the picture before has to leave the glass first.
    private func picture(
        _ turn: FingerTurn, until limit: SuspendingClock.Instant, afterOwn: Bool
    ) async throws(ScannerError) -> FingerImage {
        let remaining = SuspendingClock().now.duration(to: limit)
        guard remaining > .zero else { throw .timedOut }
        let image = try await scanner.capture(timeout: remaining, from: info.id) { [desk, info, ticket] event in
            if event == .retry(.remove), afterOwn {
                announce(.liftFinger(turn))
            } else {
                announce(CaptureStep(event, until: limit, turn))
            }
            if event == .fingerPresent { Task { await desk.fingerSeen(on: info.id, of: ticket) } }
        }
        await desk.fingerPlaced(on: info.id)
        // The answer does not wait for the finger to be lifted, the next picture does.
        Task { [scanner, desk, info, ticket] in
            if await scanner.settle(within: Limits.lift, of: info.id) {
                await desk.fingerLifted(on: info.id, of: ticket)
            }
        }
        return image
    }

    private func announce(_ step: CaptureStep) { desk.announce(step, of: party, on: info.id) }
}

extension CaptureStep {
    /// What the scanner reports, for the listeners.
    init(_ event: FingerEvent, until deadline: SuspendingClock.Instant, _ turn: FingerTurn) {
        self =
            switch event {
            case .putFinger: .putFinger(turn, remaining: max(.zero, SuspendingClock().now.duration(to: deadline)))
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

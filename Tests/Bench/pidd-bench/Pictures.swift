// From the picture of a scanner to PidData, beside libfprint's minutiae detection alone.
import Biometrics
import CBenchPeers
import PIDSeal
import Platform
import RDProtocol
import Scanner
import Secrets
import Synchronization
import VirtualScanner

/// A scanner: how large its pictures are, and whether the finger lies on its side.
private struct Format {
    let name: String
    let width: Int
    let height: Int
    let ppi: Double
    let liesOnSide: Bool

    /// The smallest and the largest that are in use, and two between them.
    static let all = [
        Format(name: "256x180", width: 256, height: 180, ppi: 385, liesOnSide: true),
        Format(name: "300x400", width: 300, height: 400, ppi: 500, liesOnSide: false),
        Format(name: "388x374", width: 388, height: 374, ppi: 500, liesOnSide: false),
        Format(name: "500x550", width: 500, height: 550, ppi: 500, liesOnSide: false),
    ]
}

/// The detector that pidd uses; takes its time, and keeps the picture that it is given.
private final class WatchedDetector: MinutiaDetector {
    private let detector = FPrintMinutiaDetector()
    private let state = Mutex<(series: String, round: Int, image: FingerImage?)>(("", 0, nil))

    /// Names what comes next.
    func expect(_ series: String, _ round: Int) { state.withLock { $0 = (series, round, nil) } }

    var image: FingerImage? { state.withLock { $0.image } }

    func minutiae(in image: FingerImage) async throws -> Minutiae {
        let watch = Stopwatch()
        let found = try await detector.minutiae(in: image)
        state.withLock { state in
            watch.note(state.series, state.round)
            state.image = image
        }
        return found
    }
}

/// Prints, for each format and round: `FORMAT/c` for the detection alone, and for fType 0 and 2 `FORMAT/TYPE/whole` from the picture
/// to PidData, `FORMAT/TYPE/stage` to the records, and `FORMAT/TYPE/detector` for the detection in it.
func measurePictures(state: String, rounds: Int) async throws {
    let keys = try KeyStore(state: state, configuration: state).keys(
        scanner: "", environment: .production, at: wallClockSeconds())
    let fingers = [7, 11, 13].map { SyntheticFinger(seed: $0) }
    let pictures = Format.all.map { format in
        fingers.map {
            $0.impression(
                1, width: format.width, height: format.height, ppi: format.ppi, lyingOnSide: format.liesOnSide)
        }
    }
    let detector = WatchedDetector()
    // The first rounds find out what libfprint's structures are worth and load what is loaded once; they do not count.
    for round in -2..<rounds {
        for (format, touches) in zip(Format.all, pictures) {
            let picture = touches[(round + fingers.count) % fingers.count]
            for type in [FingerRecordType.minutiae, .both] {
                try await measure(picture, format, type, keys, detector, round)
            }
            guard let prepared = detector.image else { throw Unmeasured(reason: "no picture was searched") }
            cbench_keep_freed_memory()
            let watch = Stopwatch()
            let found = search(prepared)
            watch.note("\(format.name)/c", round)
            guard found > 0 else { throw Unmeasured(reason: "libfprint found no minutiae in \(format.name)") }
        }
    }
}

private func measure(
    _ picture: FingerImage, _ format: Format, _ type: FingerRecordType, _ keys: DeviceKeys, _ detector: WatchedDetector,
    _ round: Int
) async throws {
    try shieldMemory()  // as pidd does when it starts
    let options = PidOptions.fingerprint(type: type)
    let device = keys.identity.info(mc: keys.mc, parameters: [])
    let series = "\(format.name)/\(type == .minutiae ? "FMR" : "FMR+FIR")"
    detector.expect("\(series)/detector", round)
    let watch = Stopwatch()
    let upright = picture.darkOnLight(from: .dark).stretched().rotated(format.liesOnSide ? .right : .none)
    let template = try await FingerTemplate(
        image: upright, detector: detector, position: .unknown, impression: .livePlain,
        imageRate: type == .minutiae ? nil : BiometricLimits.usualImageRate)
    watch.note("\(series)/stage", round)
    let sealed = try Seal(keys: keys).seal(records(of: template), for: options, at: wallClockSeconds())
    let document = PidDataDocument(
        options: options, nmPoints: [template.minutiaCount], qScore: [template.quality], deviceInfo: device,
        sealed: sealed
    ).xml()
    watch.note("\(series)/whole", round)
    guard !document.isEmpty else { throw Unmeasured(reason: "no PidData came out") }
}

/// What goes into the PID block.
func records(of template: FingerTemplate) -> [BiometricRecord] {
    let image = template.imageRecord.map { BiometricRecord(kind: .image, position: .unknown, bytes: $0) }
    return [BiometricRecord(kind: .minutiae, position: .unknown, bytes: template.record)] + [image].compactMap(\.self)
}

/// The minutiae that C finds.
private func search(_ image: FingerImage) -> Int32 {
    unsafe image.pixels.withUnsafeBuffer {
        unsafe cbench_minutiae($0.baseAddress, Int32(image.width), Int32(image.height), image.resolution.x / 25.4)
    }
}

// template-maker: makes records from pictures as pidd does, for `make quality`; no product.
//
//   template-maker < LIST      each line: PICTURE, tab, OUTPUT. PICTURE is a binary PGM at 500 ppi, or a FIR.
//
// Writes OUTPUT.fmr and OUTPUT.fir and prints quality, minutiae and milliseconds of the whole stage and of the detector in it
// for each line; `-` alone for a picture that is refused.
import Biometrics
import Glibc
import Platform
import Scanner
import Secrets
import Synchronization

/// Notes how long the detector takes.
private final class Timed: MinutiaDetector {
    let detector = FPrintMinutiaDetector()
    let spent = Mutex(Duration.zero)

    func minutiae(in image: FingerImage) async throws -> Minutiae {
        let start = SuspendingClock().now
        let found = try await detector.minutiae(in: image)
        let time = SuspendingClock().now - start
        spent.withLock { $0 = time }
        return found
    }
}

private struct NotAPicture: Error {}

/// A binary PGM of 8 bits without comments, or a FIR.
private func picture(_ path: String) throws -> FingerImage {
    let bytes = try readFile(path, limit: 32 << 20)
    if bytes.starts(with: Array("FIR".utf8)) {
        return try FingerImageRecord(parsing: SecretBytes(copying: bytes)).image()
    }
    var offset = 0
    var words: [String] = []
    while words.count < 4, let end = bytes[offset...].firstIndex(where: { $0 == 32 || $0 == 10 }) {
        words.append(String(decoding: bytes[offset..<end], as: UTF8.self))
        offset = end + 1
    }
    guard words.count == 4, words[0] == "P5", words[3] == "255", let width = Int(words[1]), let height = Int(words[2]),
        width > 0, height > 0, bytes.count - offset == width * height
    else { throw NotAPicture() }
    return FingerImage(
        width: width, height: height, pixels: SecretBytes(copying: bytes[offset...]), resolution: .standard)
}

private func write(_ bytes: SecretBytes, _ path: String) throws {
    try unsafe bytes.withUnsafeBuffer { unsafe try writeFileAtomically(path, UnsafeRawBufferPointer($0), mode: 0o600) }
}

private func milliseconds(_ time: Duration) -> Double { Double(Int(time / .microseconds(1))) / 1000 }

while let line = readLine() {
    let paths = line.split(separator: "\t").map(String.init)
    guard paths.count == 2 else { continue }
    do {
        let image = try picture(paths[0])
        let detector = Timed()
        let start = SuspendingClock().now
        let made = try await FingerTemplate(
            image: image, detector: detector, position: .unknown, impression: .livePlain)
        let whole = SuspendingClock().now - start
        try write(made.record, paths[1] + ".fmr")
        let compressed = try FingerImageRecord(image: image, position: .unknown, impression: .livePlain)
        try write(compressed.encoded(), paths[1] + ".fir")
        let inDetector = detector.spent.withLock { $0 }
        print(
            "\(made.quality) \(made.minutiaCount) \(milliseconds(whole)) \(milliseconds(inDetector))\n",
            to: STDOUT_FILENO)
    } catch {
        say("template-maker: \(paths[0]): \(error)")
        print("-\n", to: STDOUT_FILENO)
    }
}

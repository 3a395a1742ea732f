// Reading the files that were named and telling what is in them.
import Biometrics
import Glibc
import Platform
import Secrets

/// Bytes of a record: 5000 x 5000 pixels as they are, and some.
private let largestRecord = 32 << 20

/// Shows one record.
///
/// - Throws: `FileError` for a file that cannot be used, `BiometricError` for a record that is not good.
func inspect(_ options: Options) throws -> Int32 {
    let record = try Record(path: options.record)
    print(record.description, to: STDOUT_FILENO)
    let remarks = record.remarks
    for remark in remarks { print("remark: \(remark)\n", to: STDOUT_FILENO) }
    // A picture is decoded even when nobody wants to see it: it may be damaged.
    var picture = try record.picture(isWanted: options.png != nil)
    if let path = options.picture {
        let second = try Record(path: path)
        guard case .minutiae(let minutiae) = record.content, case .image(let image) = second.content else {
            throw BiometricError(
                "wrong-kinds", "minutiae are drawn on a picture: RECORD has to be a FMR and --picture a FIR",
                nextStep: "leave --picture out to see one record alone")
        }
        guard (image.width, image.height) == (minutiae.width, minutiae.height) else {
            throw BiometricError(
                "wrong-sizes",
                "the FMR is of \(minutiae.width) x \(minutiae.height) pixels, the FIR of \(image.width) x \(image.height)",
                nextStep: "name the records of one capture")
        }
        picture = try second.picture(isWanted: true)
    }
    if let path = options.png {
        let drawing = Drawing(on: picture, minutiae: record.minutiae)
        try unsafe drawing.png.withUnsafeBuffer { (bytes) throws(FileError) in
            unsafe try writeFileAtomically(path, UnsafeRawBufferPointer(bytes), mode: 0o600)
        }
    }
    return 0
}

/// A record that was read without fault.
struct Record {
    enum Content {
        case minutiae(FingerMinutiaeRecord)
        case image(FingerImageRecord)
    }

    let content: Content
    private let size: Int

    init(path: String) throws {
        let file = try openForReading(path, limit: largestRecord)
        let bytes = try readSecret(descriptor: file.descriptor.raw, limit: largestRecord)
        size = bytes.count
        if bytes.begins(with: "FMR\0") {
            content = .minutiae(
                try explained(bytes) { () throws(BiometricError) in try FingerMinutiaeRecord(parsing: bytes) })
        } else if bytes.begins(with: "FIR\0") {
            content = .image(
                try explained(bytes) { () throws(BiometricError) in try FingerImageRecord(parsing: bytes) })
        } else {
            throw notARecord(bytes)
        }
    }

    /// Nil for minutiae alone, and for a picture in a compression that cannot be decoded here, unless it is wanted.
    func picture(isWanted: Bool) throws -> FingerImage? {
        switch content {
        case .minutiae: nil
        case .image(let image): image.compression.isReadable || isWanted ? try image.image() : nil
        }
    }

    var minutiae: FingerMinutiaeRecord? {
        if case .minutiae(let record) = content { record } else { nil }
    }

    /// A line for each field, then one for each minutia.
    var description: String {
        switch content {
        case .minutiae(let record):
            var text = """
                FMR, ISO/IEC 19794-2:2005, \(size) bytes
                picture      \(record.width) x \(record.height) pixels
                resolution   \(record.pixelsPerCentimetre.x) x \(record.pixelsPerCentimetre.y) pixels per cm
                finger       \(record.position.posh)
                impression   \(record.impression)
                quality      \(record.quality)
                minutiae     \(record.minutiae.count)

                """
            if !record.minutiae.isEmpty { text += "   x    y  degrees  type         quality\n" }
            for index in 0..<record.minutiae.count {
                let minutia = record.minutiae[index]
                let degrees = Int((Double(minutia.angle) * 360 / 256).rounded())
                text +=
                    right(minutia.x, 4) + right(minutia.y, 5) + right(degrees, 9) + "  "
                    + "\(minutia.kind)".padded(to: 12) + right(minutia.quality, 8) + "\n"
            }
            return text
        case .image(let record):
            let rate = Double(record.width * record.height) / Double(max(record.data.count, 1))
            return """
                FIR, ISO/IEC 19794-4:2005, \(size) bytes
                picture      \(record.width) x \(record.height) pixels, 8 bits
                resolution   \(Int(record.resolution.x.rounded())) x \(Int(record.resolution.y.rounded())) ppi
                finger       \(record.position.posh)
                impression   \(record.impression)
                compression  \(record.compression), \(record.data.count) bytes, \(Int((rate * 10).rounded()) / 10):1

                """
        }
    }

    /// What is legal but makes a match or its acceptance unlikely.
    var remarks: [String] {
        var remarks: [String] = []
        switch content {
        case .minutiae(let record):
            let minutiae = (0..<record.minutiae.count).map { record.minutiae[$0] }
            if record.pixelsPerCentimetre != (197, 197) { remarks.append("it is not at 500 ppi (197 pixels per cm)") }
            if minutiae.count < 12 { remarks.append("it has fewer than 12 minutiae, too few for a sure match") }
            if minutiae.count >= 12, Set(minutiae.map(\.kind.rawValue)).count == 1 {
                remarks.append("all minutiae are of one type; has its writer lost the other?")
            }
            if minutiae.count >= 12, minutiae.allSatisfy({ $0.quality == 0 }) {
                remarks.append("no minutia has a quality")
            }
            let places = Set(minutiae.map { [Int($0.x), Int($0.y), Int($0.angle)] })
            if places.count < minutiae.count { remarks.append("\(minutiae.count - places.count) minutiae come twice") }
        case .image(let record):
            if abs(record.resolution.x - 500) > 5 || abs(record.resolution.y - 500) > 5 {
                remarks.append("it is not at 500 ppi")
            }
            if !record.compression.isReadable {
                remarks.append("a picture in \(record.compression) cannot be shown here")
            }
        }
        return remarks
    }
}

private func right(_ number: some BinaryInteger, _ width: Int) -> String {
    let text = "\(number)"
    return String(repeating: " ", count: max(width - text.count, 0)) + text
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(width - count, 0)) }
}

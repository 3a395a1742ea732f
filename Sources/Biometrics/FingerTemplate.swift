// From a scanner's picture to the record that goes into a PID block.
package import Secrets

/// What one capture of one finger yields.
package struct FingerTemplate: Sendable {
    /// The FMR (see `FingerMinutiaeRecord`).
    package let record: SecretBytes
    /// The FIR (see `FingerImageRecord`) of the same picture; nil when none was asked for.
    package let imageRecord: SecretBytes?
    /// `nmPoints` of PidData: the minutiae in the record.
    package let minutiaCount: Int
    /// `qScore` of PidData: 0...100, higher is better.
    package let quality: Int

    /// Brings a picture to 500 ppi and makes its records; the FIR is compressed, and the clarity of ridges measured, while the minutiae are being searched.
    ///
    /// The picture keeps its own size, which the record states: no reader of ISO/IEC 19794-2 asks for a frame of one size, and cutting
    /// to it would lose ridges, while padding would only move all minutiae.
    ///
    /// - Parameters:
    ///   - image: as the scanner gave it, with its true resolution.
    ///   - detector: finds minutiae at 500 ppi.
    ///   - position: the finger that was asked for.
    ///   - impression: how the scanner takes it.
    ///   - imageRate: how many times the picture of the FIR is compressed, 10...20; nil for no FIR.
    /// - Throws: `BiometricError` for a picture that is too small or shows no ridges, or what the detector throws.
    package init(
        image: FingerImage, detector: any MinutiaDetector, position: FingerPosition, impression: FingerImpression,
        imageRate: Double? = nil
    ) async throws {
        let standard = try image.resampled(to: .standard)
        async let compressed = Self.imageRecord(of: standard, position, impression, rate: imageRate)
        async let clarity = RidgeClarity(of: standard)
        let found = try await detector.minutiae(in: standard.preparedForMinutiae())
        let minutiae = chosen(from: found, width: standard.width, height: standard.height)
        guard !minutiae.isEmpty else {
            throw BiometricError(
                "no-ridges", "the picture shows no ridges", nextStep: "clean the scanner and the finger")
        }
        quality = qualityScore(of: minutiae, clarity: await clarity)
        minutiaCount = minutiae.count
        record = try FingerMinutiaeRecord(
            width: standard.width, height: standard.height, position: position, impression: impression,
            quality: quality, minutiae: minutiae
        ).encoded()
        imageRecord = try await compressed
    }

    @concurrent private static func imageRecord(
        of image: FingerImage, _ position: FingerPosition, _ impression: FingerImpression, rate: Double?
    ) async throws(BiometricError) -> SecretBytes? {
        guard let rate else { return nil }
        return try FingerImageRecord(image: image, position: position, impression: impression, rate: rate).encoded()
    }
}

/// At most 255 minutiae, best first, none twice at the same place and angle, and none at an edge of the picture.
///
/// Where the sensor is smaller than the finger every ridge ends at the edge: of the minutiae found there more than a third is
/// false, four times as many as elsewhere (docs/quality.md).
func chosen(from minutiae: Minutiae, width: Int, height: Int) -> Minutiae {
    let (columns, rows) = (edge..<(width - edge), edge..<(height - edge))
    let inner = (0..<minutiae.count).filter {
        columns.contains(Int(minutiae[$0].x)) && rows.contains(Int(minutiae[$0].y))
    }
    // Equal ones stay in the detector's order, so that a picture always gives the same record.
    let order = inner.sorted { (minutiae[$1].quality, $0) < (minutiae[$0].quality, $1) }
    return unsafe Minutiae(capacity: min(order.count, BiometricLimits.mostMinutiae)) { room in
        var count = 0
        for index in order where count < room.count {
            let next = minutiae[index]
            let known = (0..<count).contains { earlier in
                let other = unsafe room[earlier]
                return other.x == next.x && other.y == next.y && other.angle == next.angle
            }
            if !known {
                unsafe room[count] = next
                count += 1
            }
        }
        return count
    }
}

/// In pixels at 500 ppi, a ridge and a half; the detector itself drops what lies within some 8.
private let edge = 12

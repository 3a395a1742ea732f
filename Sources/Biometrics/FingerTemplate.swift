// From a scanner's picture to the record that goes into a PID block.
import Glibc
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

    /// Brings a picture to 500 ppi and makes its records; the FIR is compressed while the minutiae are being searched.
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
        let minutiae = chosen(from: try await detector.minutiae(in: standard))
        guard !minutiae.isEmpty else {
            throw BiometricError(
                "no-ridges", "the picture shows no ridges", nextStep: "clean the scanner and the finger")
        }
        quality = qualityScore(of: minutiae)
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

/// At most 255 minutiae, best first, none twice at the same place and angle.
func chosen(from minutiae: Minutiae) -> Minutiae {
    unsafe Minutiae(capacity: min(minutiae.count, BiometricLimits.mostMinutiae)) { room in
        let order = (0..<minutiae.count).sorted { minutiae[$0].quality > minutiae[$1].quality }
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

/// A score of 0...100 from the number of reliable minutiae, `100 * (1 - exp(-n / 20))`.
///
/// Minutiae count as reliable from half of the detector's scale on. On public prints their number ranks pictures by how well they
/// match; 20 is the median of such pictures and scores 63.
func qualityScore(of minutiae: Minutiae) -> Int {
    let reliable = (0..<minutiae.count).count { minutiae[$0].quality >= 50 }
    return Int((100 * (1 - exp(-Double(reliable) / 20))).rounded())
}

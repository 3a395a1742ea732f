// Minutiae: where ridges end and fork.
package import Secrets

/// One minutia in the terms of ISO/IEC 19794-2:2005.
package struct Minutia: Equatable, BitwiseCopyable, Sendable {
    /// The type codes of the record.
    package enum Kind: UInt8, BitwiseCopyable, Sendable {
        case other = 0
        case ending = 1
        case bifurcation = 2
    }

    /// Pixels from the left edge, 0..<width.
    package var x: UInt16
    /// Pixels from the top edge, 0..<height.
    package var y: UInt16
    /// 360/256 degrees each, anticlockwise from the positive x axis as a person sees the picture.
    package var angle: UInt8
    package var kind: Kind
    /// 1...100, 0 when not reported.
    package var quality: UInt8

    package init(x: UInt16, y: UInt16, angle: UInt8, kind: Kind, quality: UInt8) {
        (self.x, self.y, self.angle, self.kind, self.quality) = (x, y, angle, kind, quality)
    }
}

/// The minutiae of one finger: as secret as the picture they came from.
package typealias Minutiae = SecretBuffer<Minutia>

/// Finds minutiae in a picture at 500 ppi; the scanner library does it, so the biometric stage only knows this much of it.
package protocol MinutiaDetector: Sendable {
    /// Finds the minutiae of one finger.
    ///
    /// - Parameter image: a picture at `Resolution.standard`, at least 60 x 60 pixels.
    /// - Returns: at most 255 minutiae, in no particular order.
    /// - Throws: an error of the detector when it fails, such as for a picture without ridges.
    func minutiae(in image: FingerImage) async throws -> Minutiae
}

// A grey picture of a finger, as a scanner gives it or as an extractor wants it.
package import Secrets

/// Pixels per inch, along each axis.
package struct Resolution: Equatable, Sendable {
    package var x: Double
    package var y: Double

    package init(x: Double, y: Double) { (self.x, self.y) = (x, y) }

    /// The resolution of all records and of minutiae detection (spec/fingerprint.md section 8).
    package static let standard = Resolution(x: 500, y: 500)
}

/// An 8-bit grey picture of one finger: dark ridges on light, top row first, no padding between rows.
package struct FingerImage: Sendable {
    /// Pixels in a row.
    package let width: Int
    /// Rows.
    package let height: Int
    /// `width * height` grey values, 0 black.
    package let pixels: SecretBytes
    package let resolution: Resolution

    package init(width: Int, height: Int, pixels: SecretBytes, resolution: Resolution) {
        precondition(width > 0 && height > 0 && pixels.count == width * height, "pixels do not fill the picture")
        self.width = width
        self.height = height
        self.pixels = pixels
        self.resolution = resolution
    }
}

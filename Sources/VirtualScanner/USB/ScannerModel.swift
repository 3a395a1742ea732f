// The two scanners that can be made of software, through libfprint's real USB drivers.
package import Biometrics

/// A scanner that a recording can stand for (spec/fingerprint.md sections 3 and 4).
package enum ScannerModel: String, CaseIterable, Sendable {
    /// NEXT Biometrics NB-1010-U, USB 298d:1010.
    case nb1010
    /// DigitalPersona U.are.U 4500, USB 05ba:000a.
    case uru4500

    /// Pixels in a row of the scanner's picture.
    package var width: Int { self == .nb1010 ? 256 : 384 }
    /// Rows that carry a finger; libfprint adds a white one on top for the U.are.U.
    package var height: Int { self == .nb1010 ? 180 : 289 }
    /// Pixels per inch, both ways.
    package var ppi: Double { self == .nb1010 ? 385 : 512 }
    /// libfprint's name for the driver.
    package var driver: String { self == .nb1010 ? "nb1010" : "uru4000" }

    /// One touch of this scanner; on the NB-1010 the finger lies along the longer side of the sensor, tip to the left.
    package func impression(of finger: SyntheticFinger, _ number: UInt64) -> FingerImage {
        finger.impression(number, width: width, height: height, ppi: ppi, lyingOnSide: self == .nb1010)
    }

    /// The glass of this scanner with no finger on it.
    package func emptyGlass(seed: UInt64 = 0) -> FingerImage {
        VirtualScanner.emptyGlass(seed: seed, width: width, height: height, ppi: ppi)
    }
}

// A finger that never was: grown from a seed, the same on every run.
package import Biometrics
import Glibc

/// A made-up finger; every seed is another one, and each always looks the same.
///
/// It is nobody's biometric data: prints, records and recordings made from it may be shown and shipped.
package struct SyntheticFinger: Sendable {
    package let seed: UInt64
    package let printClass: PrintClass
    /// The ridges: -1 in the valleys, 1 on the crests.
    let skin: Grid
    /// What never prints dark: 1 in the middle of a sweat pore, up to 1 in a crease of the skin.
    let gaps: Grid

    /// Grows the finger, which takes a fraction of a second; make its impressions from one value.
    package init(seed: UInt64) {
        var random = SeededRandom(seed, 0)
        let printClass = PrintClass.draw(&random)
        let skin = growRidges(RidgeFlow(printClass, &random), &random)
        gaps = Self.makeGaps(in: skin, &random)
        (self.seed, self.printClass, self.skin) = (seed, printClass, skin)
    }

    /// One touch of a scanner's glass, dark ridges on light.
    ///
    /// Touches differ in place, angle, pressure, moisture and the way the skin is pulled, and the same number always
    /// gives the same picture.
    ///
    /// - Parameters:
    ///   - number: which touch.
    ///   - width: pixels in a row.
    ///   - height: rows.
    ///   - ppi: pixels per inch, both ways.
    ///   - lyingOnSide: the fingertip points left, as on sensors that are longer than they are high.
    /// - Returns: the picture, with `ppi` as its resolution.
    package func impression(
        _ number: UInt64, width: Int, height: Int, ppi: Double, lyingOnSide: Bool = false
    ) -> FingerImage {
        Impression(of: self, number: number, lyingOnSide: lyingOnSide).picture(width: width, height: height, ppi: ppi)
    }

    /// Pores sit on the crests, two or three to the millimetre; some fingers have a crease or scar.
    private static func makeGaps(in skin: Grid, _ random: inout SeededRandom) -> Grid {
        var gaps = Skin.emptyGrid()
        for row in stride(from: 4, to: skin.height - 4, by: 8) {
            for column in stride(from: 4, to: skin.width - 4, by: 8) where random.uniform(0...1) < 0.7 {
                let (right, down) = (random.index(below: 8), random.index(below: 8))
                // The highest of nine neighbours: pores that fall into a valley are none.
                let candidates = (-1...1).flatMap { y in
                    (-1...1).map { x in (column - 4 + right + x, row - 4 + down + y) }
                }
                let inside = candidates.filter { $0.0 > 0 && $0.1 > 0 }
                guard let best = inside.max(by: { skin[$0] < skin[$1] }), skin[best] > 0.75 else { continue }
                gaps.addSpot(
                    at: skin.place(best.0, best.1), radius: random.uniform(0.035...0.06),
                    height: random.uniform(0.4...1))
            }
        }
        for _ in 0..<random.index(below: 3) {
            var place = Place(x: random.uniform(-7...7), y: random.uniform(-6...9))
            var heading = random.uniform(0...(2 * .pi))
            let radius = random.uniform(0.06...0.11)
            for _ in 0..<Int(random.uniform(20...90)) {
                gaps.addSpot(at: place, radius: radius, height: random.uniform(0.3...0.5))
                heading += 0.06 * random.normal()
                place.x += 0.08 * cosf(heading)
                place.y += 0.08 * sinf(heading)
            }
        }
        return gaps
    }
}

extension Grid {
    fileprivate subscript(cell: (column: Int, row: Int)) -> Float { values[cell.row * width + cell.column] }
}

// Fields over the skin: a grid of numbers, and noise that changes slowly from place to place.
import Glibc

/// A place on the finger: millimetres from the core, x to the right, y towards the wrist, as one sees the print.
struct Place {
    var x: Float
    var y: Float
}

/// Numbers on a regular grid over a rectangle of skin, row by row from the fingertip.
struct Grid: Sendable {
    let width: Int
    let height: Int
    /// The place of the first number.
    let origin: Place
    /// Millimetres between neighbours.
    let spacing: Float
    var values: [Float]

    init(width: Int, height: Int, origin: Place, spacing: Float, fill: Float = 0) {
        (self.width, self.height, self.origin, self.spacing) = (width, height, origin, spacing)
        values = [Float](repeating: fill, count: width * height)
    }

    func place(_ column: Int, _ row: Int) -> Place {
        Place(x: origin.x + Float(column) * spacing, y: origin.y + Float(row) * spacing)
    }

    /// The value at any place, between the four nearest numbers; beyond the grid its edge goes on.
    ///
    /// `ease` bends the weights: straight for pictures, an S-curve for noise, which then shows no creases at grid lines.
    func sample(_ place: Place, ease: (Float) -> Float = { $0 }) -> Float {
        let x = min(max((place.x - origin.x) / spacing, 0), Float(width) - 1.001)
        let y = min(max((place.y - origin.y) / spacing, 0), Float(height) - 1.001)
        let (column, row) = (Int(x), Int(y))
        let (right, down) = (ease(x - Float(column)), ease(y - Float(row)))
        let first = row * width + column
        let upper = values[first] + (values[first + 1] - values[first]) * right
        let lower = values[first + width] + (values[first + width + 1] - values[first + width]) * right
        return upper + (lower - upper) * down
    }

    /// Adds a round soft spot.
    mutating func addSpot(at centre: Place, radius: Float, height: Float) {
        let reach = 2.5 * radius
        func span(_ low: Float, _ start: Float, _ count: Int) -> Range<Int> {
            let first = max(0, Int((low - reach - start) / spacing))
            return first..<max(first, min(count, Int((low + reach - start) / spacing) + 1))
        }
        for row in span(centre.y, origin.y, self.height) {
            for column in span(centre.x, origin.x, width) {
                let here = place(column, row)
                let (x, y) = (here.x - centre.x, here.y - centre.y)
                values[row * width + column] += height * expf(-(x * x + y * y) / (2 * radius * radius))
            }
        }
    }
}

/// Noise with bumps of a chosen size, deviation about 0.6, smooth everywhere (value noise).
struct SmoothNoise: Sendable {
    private let lattice: Grid

    /// Draws the noise; `bump` is the distance in millimetres from one independent value to the next.
    init(bump: Float, _ random: inout SeededRandom) {
        let count = Int(2 * Skin.reach / bump) + 2
        var lattice = Grid(
            width: count, height: count, origin: Place(x: -Skin.reach, y: -Skin.reach), spacing: bump)
        for index in lattice.values.indices { lattice.values[index] = random.normal() }
        self.lattice = lattice
    }

    func callAsFunction(_ place: Place) -> Float { lattice.sample(place) { $0 * $0 * (3 - 2 * $0) } }
}

/// 0 below `from`, 1 above `to`, an S-curve between.
func smoothStep(_ from: Float, _ to: Float, _ value: Float) -> Float {
    let part = min(max((value - from) / (to - from), 0), 1)
    return part * part * (3 - 2 * part)
}

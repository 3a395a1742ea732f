// Ridges grown out of noise: the picture of one finger's skin.
import Glibc

/// The rectangle of skin that is grown, and the grid it is grown on.
enum Skin {
    /// Millimetres between the numbers of the grid: 500 per inch.
    static let spacing: Float = 25.4 / 500
    /// The pad: an ellipse in millimetres around `padCentre`; nothing grows outside.
    static let padCentre = Place(x: 0, y: 2)
    static let padRadius = Place(x: 9.6, y: 12.6)
    /// No place that is looked at lies further from the core than this.
    static let reach: Float = 24

    /// How far from the pad's centre a place lies; 1 is the pad's edge.
    static func distanceFromCentre(_ place: Place) -> Float {
        let (x, y) = ((place.x - padCentre.x) / padRadius.x, (place.y - padCentre.y) / padRadius.y)
        return sqrtf(x * x + y * y)
    }

    static func emptyGrid() -> Grid {
        Grid(
            width: Int(2 * padRadius.x / spacing), height: Int(2 * padRadius.y / spacing),
            origin: Place(x: padCentre.x - padRadius.x, y: padCentre.y - padRadius.y), spacing: spacing)
    }
}

/// Grows ridges that follow a flow: -1 in the valleys, 1 on the crests.
///
/// The idea is that of SFinGe (Cappelli, Maio, Maltoni): start from random specks and filter again and again with a
/// Gabor filter that is tuned at every place to the direction and distance of the ridges there. Waves that fit are
/// amplified, all else dies out. Minutiae are not drawn: they appear by themselves where waves from different
/// specks meet out of step, or where ridges spread and leave room for another.
func growRidges(_ flow: RidgeFlow, _ random: inout SeededRandom) -> Grid {
    let bank = GaborBank()
    var skin = Skin.emptyGrid()
    let (width, height) = (skin.width, skin.height)
    var filters = [Int32](repeating: GaborBank.none, count: width * height)
    for row in GaborBank.radius..<(height - GaborBank.radius) {
        for column in GaborBank.radius..<(width - GaborBank.radius) {
            let place = skin.place(column, row)
            guard Skin.distanceFromCentre(place) < 1 else { continue }
            filters[row * width + column] = bank.index(
                direction: flow.direction(at: place), distance: flow.distance(at: place))
        }
    }
    for index in filters.indices where filters[index] != GaborBank.none { skin.values[index] = random.uniform(-1...1) }

    // The first gain wakes the noise; low ones give waves time to outgrow their rivals, which leaves as few minutiae as skin
    // has; the last ones sharpen what has won.
    for gain: Float in [5, 2, 1.5, 1.5, 1.5, 1.5, 1.6, 1.8, 2, 2.5, 3, 3] {
        skin.values = bank.filter(skin.values, width: width, with: filters).map { tanhf(gain * $0) }
    }
    return skin
}

/// Gabor filters for every direction and ridge distance in small steps, so that none is computed twice.
///
/// A Gabor filter is a wave under a bell: here the wave runs across the ridges, the bell is somewhat longer along
/// them, which heals gaps. The mean of each filter is taken off, so that an even grey gives nothing.
struct GaborBank {
    /// Half the width of a filter in grid steps; the bell has fallen to a few per cent there.
    static let radius = 11
    /// The index for "nothing grows here".
    static let none: Int32 = -1

    private static let directions = 64
    private static let distances = 16
    private static let smallestDistance: Float = 0.36
    private static let distanceStep: Float = 0.015
    private static let side = 2 * radius + 1
    /// Rows are padded with a zero to whole vectors of eight.
    private static let rowVectors = (side + 7) / 8
    private let weights: [SIMD8<Float>]

    init() {
        var weights: [SIMD8<Float>] = []
        weights.reserveCapacity(Self.directions * Self.distances * Self.side * Self.rowVectors)
        for direction in 0..<Self.directions {
            for distance in 0..<Self.distances {
                weights += Self.makeFilter(
                    direction: Float(direction) * .pi / Float(Self.directions),
                    distance: (Self.smallestDistance + Float(distance) * Self.distanceStep) / Skin.spacing)
            }
        }
        self.weights = weights
    }

    /// One filter, row by row; `distance` is from crest to crest in grid steps.
    private static func makeFilter(direction: Float, distance: Float) -> [SIMD8<Float>] {
        let (across, along) = (0.40 * distance, 0.75 * distance)
        let (sine, cosine) = (sinf(direction), cosf(direction))
        var filter = [Float](repeating: 0, count: side * side)
        var sum: Float = 0
        var energy: Float = 0
        for row in 0..<side {
            for column in 0..<side {
                let (x, y) = (Float(column - radius), Float(radius - row))
                let (t, n) = (x * cosine + y * sine, y * cosine - x * sine)
                let bell = expf(-(n * n) / (2 * across * across) - t * t / (2 * along * along))
                filter[row * side + column] = bell * cosf(2 * .pi * n / distance)
                sum += filter[row * side + column]
            }
        }
        for row in 0..<side {
            for column in 0..<side {
                let n = Float(radius - row) * cosine - Float(column - radius) * sine
                filter[row * side + column] -= sum / Float(side * side)
                energy += filter[row * side + column] * cosf(2 * .pi * n / distance)
            }
        }
        return (0..<side * rowVectors).map { index in
            var vector = SIMD8<Float>()
            for lane in 0..<8 {
                let column = index % rowVectors * 8 + lane
                if column < side { vector[lane] = filter[index / rowVectors * side + column] / energy }
            }
            return vector
        }
    }

    /// The filter that fits a direction in radians and a ridge distance in millimetres best.
    func index(direction: Float, distance: Float) -> Int32 {
        let step = Int((direction / .pi * Float(Self.directions)).rounded())
        let turn = (step % Self.directions + Self.directions) % Self.directions
        let width = Int(((distance - Self.smallestDistance) / Self.distanceStep).rounded())
        return Int32(turn * Self.distances + min(max(width, 0), Self.distances - 1))
    }

    /// Filters each number with the filter chosen for it; a full wave of height 1 comes out with height 1.
    ///
    /// This is where all the time goes, hence vectors and unchecked pointers. The choices keep `radius` away from the
    /// edges, and one spare number at the end makes room for the zero weight of the last row.
    func filter(_ values: [Float], width: Int, with choices: [Int32]) -> [Float] {
        var result = [Float](repeating: 0, count: values.count)
        unsafe weights.withUnsafeBufferPointer { weights in
            unsafe (values + [0]).withUnsafeBytes { values in
                for index in choices.indices where choices[index] != Self.none {
                    var sum = SIMD8<Float>()
                    var weight = Int(choices[index]) * Self.side * Self.rowVectors
                    var first = index - Self.radius * (width + 1)
                    for _ in 0..<Self.side {
                        for vector in 0..<Self.rowVectors {
                            let offset = (first + 8 * vector) * MemoryLayout<Float>.stride
                            let input = unsafe values.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
                            unsafe sum += weights[weight + vector] * input
                        }
                        weight += Self.rowVectors
                        first += width
                    }
                    result[index] = sum.sum()
                }
            }
        }
        return result
    }
}

// What is done to a picture before minutiae are searched in it; docs/quality.md has the figures.
import Glibc
import Secrets

extension FingerImage {
    /// The picture with its noise softened and with the same mean and contrast everywhere.
    ///
    /// A narrow Gaussian takes the grain of the sensor away; then each pixel becomes its distance from the mean of the square of
    /// some 2.5 mm around it, in standard deviations there. Faint and dark parts so become alike, ridges keep their shape.
    /// Records keep the picture as it was.
    ///
    /// The measures are for 500 ppi. The loops have no branch inside, so that the compiler makes vector instructions of them.
    func preparedForMinutiae() -> FingerImage {
        let smooth = smoothed()
        let (width, height) = (width, height)
        let prepared = unsafe SecretBytes(capacity: width * height) { room in
            unsafe smooth.withUnsafeBuffer { values in
                var squares = Squares(width: width, height: height)
                for y in 0..<height {
                    unsafe squares.move(to: y, values)
                    let (row, ready) = unsafe (values.baseAddress! + y * width, room.baseAddress! + y * width)
                    unsafe squares.withStatistics { means, variances in
                        for x in 0..<width {
                            let deviation = unsafe max(variances[x], 0).squareRoot()
                            let distance = unsafe (row[x] - means[x]) / max(deviation, Self.leastContrast)
                            unsafe ready[x] = greyValue(128 + Self.contrast * distance)
                        }
                    }
                }
            }
            return width * height
        }
        return FingerImage(width: width, height: height, pixels: prepared, resolution: resolution)
    }

    /// Below this standard deviation, in grey values, there is nothing to bring out but noise.
    private static let leastContrast: Float = 10
    /// The standard deviation of grey values afterwards.
    private static let contrast: Float = 60

    /// The picture under a Gaussian of 0.8 pixels; beyond a border the border's own pixels stand.
    private func smoothed() -> SecretBuffer<Float> {
        let raw = (0...3).map { expf(-Float($0 * $0) / (2 * 0.8 * 0.8)) }
        let sum = raw[0] + 2 * (raw[1] + raw[2] + raw[3])
        let (k0, k1, k2, k3) = (raw[0] / sum, raw[1] / sum, raw[2] / sum, raw[3] / sum)
        let (width, height) = (width, height)
        return unsafe SecretBuffer<Float>(capacity: width * height) { room in
            unsafe pixels.withUnsafeBuffer { source in
                // A row that is smoothed from above to below only, with its borders three times more on each side.
                unsafe withSecretScratch(Float.self, capacity: width + 6) { scratch in
                    let down = unsafe scratch.baseAddress! + 3
                    for y in 0..<height {
                        /// The row that is so far from this one.
                        func row(_ distance: Int) -> UnsafePointer<UInt8> {
                            unsafe source.baseAddress! + min(max(y + distance, 0), height - 1) * width
                        }
                        let (a3, a2, a1) = unsafe (row(-3), row(-2), row(-1))
                        let (b0, b1, b2, b3) = unsafe (row(0), row(1), row(2), row(3))
                        for x in 0..<width {
                            let first = unsafe k0 * Float(b0[x])
                            let second = unsafe k1 * Float(Int32(a1[x]) + Int32(b1[x]))
                            let third = unsafe k2 * Float(Int32(a2[x]) + Int32(b2[x]))
                            let fourth = unsafe k3 * Float(Int32(a3[x]) + Int32(b3[x]))
                            unsafe down[x] = first + second + third + fourth
                        }
                        for distance in 1...3 {
                            unsafe down[-distance] = down[0]
                            unsafe down[width - 1 + distance] = down[width - 1]
                        }
                        let smooth = unsafe room.baseAddress! + y * width
                        for x in 0..<width {
                            let second = unsafe k1 * (down[x - 1] + down[x + 1])
                            let third = unsafe k2 * (down[x - 2] + down[x + 2])
                            let fourth = unsafe k3 * (down[x - 3] + down[x + 3])
                            unsafe smooth[x] = k0 * down[x] + second + third + fourth
                        }
                    }
                }
            }
            return width * height
        }
    }
}

/// The nearest grey value; 2^23 added leaves the rounded number in the lowest bits, without a call to the C library for each pixel.
@inline(__always) func greyValue(_ value: Float) -> UInt8 {
    UInt8(truncatingIfNeeded: (min(max(value, 0), 255) + 8_388_608).bitPattern)
}

/// A sum of values (x) and one of their squares (y).
private typealias Sums = SIMD2<Double>

/// The means and variances of the squares around the pixels of a row, cut at the borders of the picture; the row moves down.
private struct Squares {
    private let width: Int
    private let height: Int
    /// Each column's sums over the rows of the squares; columns of zeros on both sides, so that no square leaves the array.
    private var columns: [Sums]
    /// One divided by the columns of each square.
    private let shares: [Double]
    /// Stands for the rows beyond the borders.
    private let emptyRow: [Float]
    /// Of the whole row the means, then the variances.
    private var statistics: [Float]

    /// 49 x 49 pixels: five ridges.
    private static let radius = 24
    private static let side = 2 * radius + 1

    init(width: Int, height: Int) {
        (self.width, self.height) = (width, height)
        columns = [Sums](repeating: .zero, count: width + Self.side)
        shares = (0..<width).map { 1 / Double(Self.extent(around: $0, below: width)) }
        emptyRow = [Float](repeating: 0, count: width)
        statistics = [Float](repeating: 0, count: 2 * width)
    }

    /// How many columns or rows of a square are inside the picture.
    private static func extent(around place: Int, below end: Int) -> Int {
        min(place + radius + 1, end) - max(place - radius, 0)
    }

    /// Goes to a row; rows are taken in order, so that each only adds the one that comes near and takes off the one that went.
    mutating func move(to y: Int, _ picture: UnsafeBufferPointer<Float>) {
        for row in (y == 0 ? 0 : y + Self.radius)...(y + Self.radius) {
            unsafe replace(row - Self.side, with: row, picture)
        }
        let (width, shares) = (width, shares)
        let share = 1 / Double(Self.extent(around: y, below: height))
        unsafe columns.withUnsafeBufferPointer { columns in
            unsafe statistics.withUnsafeMutableBufferPointer { statistics in
                // Around the place left of the first pixel.
                var square = unsafe columns[..<Self.side].reduce(.zero, +)
                for x in 0..<width {
                    square += unsafe columns[x + Self.side] - columns[x]
                    let means = square * (share * shares[x])
                    unsafe statistics[x] = Float(means.x)
                    unsafe statistics[width + x] = Float(means.y - means.x * means.x)
                }
            }
        }
    }

    /// Lends the means and variances of the row.
    func withStatistics(_ body: (_ means: UnsafePointer<Float>, _ variances: UnsafePointer<Float>) -> Void) {
        unsafe statistics.withUnsafeBufferPointer { unsafe body($0.baseAddress!, $0.baseAddress! + width) }
    }

    /// Takes one row's values off the columns and adds those of another.
    private mutating func replace(_ old: Int, with new: Int, _ picture: UnsafeBufferPointer<Float>) {
        let (width, height) = (width, height)
        unsafe emptyRow.withUnsafeBufferPointer { emptyRow in
            func values(_ row: Int) -> UnsafePointer<Float> {
                unsafe (0..<height).contains(row) ? picture.baseAddress! + row * width : emptyRow.baseAddress!
            }
            let (old, new) = unsafe (values(old), values(new))
            unsafe columns.withUnsafeMutableBufferPointer { columns in
                let sums = unsafe columns.baseAddress! + Self.radius + 1
                for x in 0..<width {
                    let difference = unsafe Double(new[x]) - Double(old[x])
                    let sum = unsafe Double(new[x]) + Double(old[x])
                    unsafe sums[x] += Sums(difference, difference * sum)
                }
            }
        }
    }
}

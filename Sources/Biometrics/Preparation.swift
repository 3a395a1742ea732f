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
    /// The measures are for 500 ppi.
    func preparedForMinutiae() -> FingerImage {
        let smooth = smoothed()
        let (width, height) = (width, height)
        let prepared = unsafe SecretBytes(capacity: width * height) { room in
            unsafe smooth.withUnsafeBuffer { values in
                var columns = ColumnSums(width: width, height: height)
                for y in 0..<height {
                    unsafe columns.move(to: y, values)
                    let (row, ready) = unsafe (values.baseAddress! + y * width, room.baseAddress! + y * width)
                    for x in 0..<width {
                        let means = columns.means(around: x)
                        let deviation = Float(max(means.y - means.x * means.x, 0)).squareRoot()
                        let distance = unsafe (row[x] - Float(means.x)) / max(deviation, Self.leastContrast)
                        unsafe ready[x] = greyValue(128 + Self.contrast * distance)
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
    ///
    /// The loops have no branch inside, so that the compiler makes vector instructions of them.
    private func smoothed() -> SecretBuffer<Float> {
        let raw = (0...3).map { expf(-Float($0 * $0) / (2 * 0.8 * 0.8)) }
        let sum = raw[0] + 2 * (raw[1] + raw[2] + raw[3])
        let (k0, k1, k2, k3) = (raw[0] / sum, raw[1] / sum, raw[2] / sum, raw[3] / sum)
        let (width, height) = (width, height)
        let down = unsafe SecretBuffer<Float>(capacity: width * height) { room in
            unsafe pixels.withUnsafeBuffer { source in
                for y in 0..<height {
                    /// Where the row begins that is so far from this one.
                    func row(_ distance: Int) -> Int { min(max(y + distance, 0), height - 1) * width }
                    let (a3, a2, a1, b0, b1, b2, b3) = (row(-3), row(-2), row(-1), row(0), row(1), row(2), row(3))
                    for x in 0..<width {
                        let first = unsafe k0 * Float(source[b0 + x])
                        let second = unsafe k1 * Float(Int32(source[a1 + x]) + Int32(source[b1 + x]))
                        let third = unsafe k2 * Float(Int32(source[a2 + x]) + Int32(source[b2 + x]))
                        let fourth = unsafe k3 * Float(Int32(source[a3 + x]) + Int32(source[b3 + x]))
                        unsafe room[b0 + x] = first + second + third + fourth
                    }
                }
            }
            return width * height
        }
        return unsafe SecretBuffer<Float>(capacity: width * height) { room in
            unsafe down.withUnsafeBuffer { source in
                for start in stride(from: 0, to: width * height, by: width) {
                    for x in 3..<(width - 3) {
                        let at = start + x
                        let second = unsafe k1 * (source[at - 1] + source[at + 1])
                        let third = unsafe k2 * (source[at - 2] + source[at + 2])
                        let fourth = unsafe k3 * (source[at - 3] + source[at + 3])
                        unsafe room[at] = k0 * source[at] + second + third + fourth
                    }
                    for x in [0, 1, 2, width - 3, width - 2, width - 1] {
                        func value(_ distance: Int) -> Float {
                            unsafe source[start + min(max(x + distance, 0), width - 1)]
                        }
                        let (second, third) = (k1 * (value(-1) + value(1)), k2 * (value(-2) + value(2)))
                        unsafe room[start + x] = k0 * value(0) + second + third + k3 * (value(-3) + value(3))
                    }
                }
            }
            return width * height
        }
    }
}

/// The nearest grey value; 2^23 added leaves the rounded number in the lowest bits, without a call to the C library for each pixel.
func greyValue(_ value: Float) -> UInt8 {
    UInt8(truncatingIfNeeded: (min(max(value, 0), 255) + 8_388_608).bitPattern)
}

/// A sum of values (x) and one of their squares (y).
private typealias Sums = SIMD2<Double>

/// The sums of the columns over the rows around a row, which moves down one by one.
private struct ColumnSums {
    private let width: Int
    private let height: Int
    private var rows = 0..<0
    /// One for each column.
    private var sums: [Sums]
    /// What all columns left of one have together; the picture lies `radius` entries in, so that no window leaves the array.
    private var before: [Sums]

    /// 49 x 49 pixels: five ridges.
    private static let radius = 24

    init(width: Int, height: Int) {
        (self.width, self.height) = (width, height)
        sums = [Sums](repeating: .zero, count: width)
        before = [Sums](repeating: .zero, count: width + 2 * Self.radius + 1)
    }

    /// Goes to a row; rows are taken in order, so that each only adds those that come near and takes off those that went.
    mutating func move(to y: Int, _ picture: UnsafeBufferPointer<Float>) {
        let wanted = max(y - Self.radius, 0)..<min(y + Self.radius + 1, height)
        for row in rows.upperBound..<wanted.upperBound { unsafe add(row, picture, 1) }
        for row in rows.lowerBound..<wanted.lowerBound { unsafe add(row, picture, -1) }
        rows = wanted
        var all = Sums.zero
        for x in 0..<width {
            all += sums[x]
            before[Self.radius + 1 + x] = all
        }
        for index in (width + Self.radius + 1)..<before.count { before[index] = all }
    }

    /// The means over the square around a pixel of the row, cut at the borders of the picture.
    func means(around x: Int) -> Sums {
        let columns = min(x + Self.radius + 1, width) - max(x - Self.radius, 0)
        return (before[x + 2 * Self.radius + 1] - before[x]) / Double(columns * rows.count)
    }

    private mutating func add(_ row: Int, _ picture: UnsafeBufferPointer<Float>, _ sign: Double) {
        let values = unsafe picture.baseAddress! + row * width
        for x in 0..<width {
            let value = unsafe Double(values[x])
            sums[x] += Sums(sign * value, sign * value * value)
        }
    }
}

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
            var surroundings = Surroundings(width: width, height: height)
            unsafe smooth.withUnsafeBuffer { values in
                for y in 0..<height {
                    let (own, target) = unsafe (values.baseAddress! + y * width, room.baseAddress! + y * width)
                    unsafe surroundings.move(to: y, values.baseAddress!)
                    let (means, variances) = unsafe (surroundings.means, surroundings.variances)
                    for x in 0..<width {
                        let scale = unsafe Self.contrast / max(variances[x], Self.leastVariance).squareRoot()
                        let value = unsafe (own[x] - means[x]) * scale + 128.5
                        unsafe target[x] = UInt8(max(0, min(255, value)))
                    }
                }
            }
            return width * height
        }
        return FingerImage(width: width, height: height, pixels: prepared, resolution: resolution)
    }

    /// Below this variance, a standard deviation of 10 grey values, there is nothing to bring out but noise.
    private static let leastVariance: Float = 100
    /// The standard deviation of grey values afterwards.
    private static let contrast: Float = 60

    /// The picture under a Gaussian of 0.8 pixels; beyond a border the border's own pixels stand.
    ///
    /// Rows are softened downwards into one row with room at both ends, and that row then along itself, so that both loops
    /// run over neighbours in memory without a question in them.
    private func smoothed() -> SecretBuffer<Float> {
        let reach = 3
        let raw = (0...reach).map { expf(-Float($0 * $0) / (2 * 0.8 * 0.8)) }
        let sum = raw[0] + 2 * raw[1...].reduce(0, +)
        let (middle, next, third, last) = (raw[0] / sum, raw[1] / sum, raw[2] / sum, raw[3] / sum)
        func weighted(_ value: Float, _ one: Float, _ two: Float, _ three: Float) -> Float {
            middle * value + next * one + third * two + last * three
        }
        let (width, height) = (width, height)
        return unsafe SecretBuffer<Float>(capacity: width * height) { room in
            _ = unsafe SecretBuffer<Float>(capacity: width + 2 * reach) { line in
                unsafe pixels.withUnsafeBuffer { source in
                    for y in 0..<height {
                        func row(_ offset: Int) -> UnsafePointer<UInt8> {
                            unsafe source.baseAddress! + min(max(y + offset, 0), height - 1) * width
                        }
                        let (above3, above2, above1) = unsafe (row(-3), row(-2), row(-1))
                        let (below1, below2, below3) = unsafe (row(1), row(2), row(3))
                        let own = unsafe row(0)
                        for x in 0..<width {
                            unsafe line[x + reach] = weighted(
                                Float(own[x]), Float(above1[x]) + Float(below1[x]), Float(above2[x]) + Float(below2[x]),
                                Float(above3[x]) + Float(below3[x]))
                        }
                        for x in 0..<reach {
                            unsafe line[x] = line[reach]
                            unsafe line[width + reach + x] = line[width + reach - 1]
                        }
                        let target = unsafe room.baseAddress! + y * width
                        for x in 0..<width {
                            unsafe target[x] = weighted(
                                line[x + 3], line[x + 2] + line[x + 4], line[x + 1] + line[x + 5], line[x] + line[x + 6]
                            )
                        }
                    }
                }
                return width + 2 * reach
            }
            return width * height
        }
    }
}

/// Mean and variance of the square around each pixel of a row, cut at the borders of the picture; the row moves down one by one.
///
/// The loops run over neighbours in memory without a question in them, which is what makes them quick.
@safe private struct Surroundings: ~Copyable {
    /// 49 x 49 pixels: five ridges.
    private static let radius = 24
    private static let side = 2 * radius + 1

    /// A sum of values and one of their squares.
    private typealias Sums = SIMD2<Double>

    /// One for each pixel of the row.
    let means: UnsafeMutablePointer<Float>
    let variances: UnsafeMutablePointer<Float>

    private let width: Int
    private let height: Int
    private var rows = 0..<0
    /// For each column the sums over `rows`.
    private let columns: UnsafeMutablePointer<Sums>
    /// The sums of all columns before the one that is `radius` to the left of each; those around x are `[x + side] - [x]`.
    private let running: UnsafeMutablePointer<Sums>

    init(width: Int, height: Int) {
        func room<Value>(_ count: Int, of zero: Value) -> UnsafeMutablePointer<Value> {
            let room = UnsafeMutablePointer<Value>.allocate(capacity: count)
            unsafe room.initialize(repeating: zero, count: count)
            return unsafe room
        }
        (self.width, self.height) = (width, height)
        unsafe (means, variances) = (room(width, of: 0), room(width, of: 0))
        unsafe (columns, running) = (room(width, of: .zero), room(width + Self.side, of: .zero))
    }

    deinit {
        unsafe means.deallocate()
        unsafe variances.deallocate()
        unsafe columns.deallocate()
        unsafe running.deallocate()
    }

    /// Goes to the row below, or to the first one; `values` are those of the whole picture.
    mutating func move(to y: Int, _ values: UnsafePointer<Float>) {
        let wanted = max(y - Self.radius, 0)..<min(y + Self.radius + 1, height)
        for row in rows.upperBound..<wanted.upperBound { unsafe add(values + row * width, times: 1) }
        for row in rows.lowerBound..<wanted.lowerBound { unsafe add(values + row * width, times: -1) }
        rows = wanted
        var sum = Sums.zero
        for x in 0..<width {
            unsafe sum += columns[x]
            unsafe running[Self.radius + 1 + x] = sum
        }
        unsafe (running + Self.radius + 1 + width).update(repeating: sum, count: Self.radius)
        for x in 0..<width {
            let count = (min(x + Self.radius + 1, width) - max(x - Self.radius, 0)) * rows.count
            let averages = unsafe (running[x + Self.side] - running[x]) * (1 / Double(count))
            unsafe means[x] = Float(averages.x)
            unsafe variances[x] = Float(averages.y - averages.x * averages.x)
        }
    }

    private func add(_ row: UnsafePointer<Float>, times sign: Double) {
        for x in 0..<width {
            let value = unsafe Double(row[x])
            unsafe columns[x] += Sums(value, value * value) * sign
        }
    }
}

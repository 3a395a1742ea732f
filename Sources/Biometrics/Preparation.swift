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
                let window = LocalWindow(width: width, height: height)
                var columns = ColumnSums(window)
                for y in 0..<height {
                    unsafe columns.move(to: y, values)
                    var sums = (value: 0.0, square: 0.0)
                    var covered = 0..<0
                    for x in 0..<width {
                        let wanted = window.columns(around: x)
                        while covered.upperBound < wanted.upperBound {
                            sums.value += columns.value[covered.upperBound]
                            sums.square += columns.square[covered.upperBound]
                            covered = covered.lowerBound..<(covered.upperBound + 1)
                        }
                        while covered.lowerBound < wanted.lowerBound {
                            sums.value -= columns.value[covered.lowerBound]
                            sums.square -= columns.square[covered.lowerBound]
                            covered = (covered.lowerBound + 1)..<covered.upperBound
                        }
                        let count = Double(wanted.count * columns.rows.count)
                        let mean = sums.value / count
                        let deviation = max(sums.square / count - mean * mean, 0).squareRoot()
                        let distance =
                            unsafe (Double(values[y * width + x]) - mean) / max(deviation, Self.leastContrast)
                        unsafe room[y * width + x] = UInt8(
                            max(0, min(255, (128 + Self.contrast * distance).rounded())))
                    }
                }
            }
            return width * height
        }
        return FingerImage(width: width, height: height, pixels: prepared, resolution: resolution)
    }

    /// Below this standard deviation, in grey values, there is nothing to bring out but noise.
    private static let leastContrast = 10.0
    /// The standard deviation of grey values afterwards.
    private static let contrast = 60.0

    /// The picture under a Gaussian of 0.8 pixels.
    private func smoothed() -> SecretBuffer<Float> {
        let radius = 3
        let raw = (-radius...radius).map { expf(-Float($0 * $0) / (2 * 0.8 * 0.8)) }
        let sum = raw.reduce(0, +)
        let kernel = raw.map { $0 / sum }
        let (width, height) = (width, height)
        let across = unsafe SecretBuffer<Float>(capacity: width * height) { room in
            unsafe pixels.withUnsafeBuffer { source in
                for y in 0..<height {
                    for x in 0..<width {
                        var value: Float = 0
                        for tap in 0...(2 * radius) {
                            let column = min(max(x + tap - radius, 0), width - 1)
                            value += unsafe kernel[tap] * Float(source[y * width + column])
                        }
                        unsafe room[y * width + x] = value
                    }
                }
            }
            return width * height
        }
        return unsafe SecretBuffer<Float>(capacity: width * height) { room in
            unsafe across.withUnsafeBuffer { source in
                for y in 0..<height {
                    for x in 0..<width {
                        var value: Float = 0
                        for tap in 0...(2 * radius) {
                            let row = min(max(y + tap - radius, 0), height - 1)
                            value += unsafe kernel[tap] * source[row * width + x]
                        }
                        unsafe room[y * width + x] = value
                    }
                }
            }
            return width * height
        }
    }
}

/// The square around a pixel, cut at the borders of the picture.
private struct LocalWindow {
    let width: Int
    let height: Int
    /// 49 x 49 pixels: five ridges.
    private static let radius = 24

    func columns(around x: Int) -> Range<Int> { max(x - Self.radius, 0)..<min(x + Self.radius + 1, width) }
    func rows(around y: Int) -> Range<Int> { max(y - Self.radius, 0)..<min(y + Self.radius + 1, height) }
}

/// For each column: the sum of values and of squares over the rows around a row, which moves down one by one.
private struct ColumnSums {
    private let window: LocalWindow
    private(set) var rows: Range<Int>
    private(set) var value: [Double]
    private(set) var square: [Double]

    init(_ window: LocalWindow) {
        self.window = window
        rows = 0..<0
        value = [Double](repeating: 0, count: window.width)
        square = value
    }

    mutating func move(to y: Int, _ values: UnsafeBufferPointer<Float>) {
        let wanted = window.rows(around: y)
        for row in rows.upperBound..<wanted.upperBound { unsafe add(row, values, 1) }
        for row in rows.lowerBound..<wanted.lowerBound { unsafe add(row, values, -1) }
        rows = wanted
    }

    private mutating func add(_ row: Int, _ values: UnsafeBufferPointer<Float>, _ sign: Double) {
        for x in 0..<window.width {
            let pixel = unsafe Double(values[row * window.width + x])
            value[x] += sign * pixel
            square[x] += sign * pixel * pixel
        }
    }
}

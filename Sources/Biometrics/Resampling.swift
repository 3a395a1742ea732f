// Bringing a picture to another resolution.
import Glibc
import Secrets

extension FingerImage {
    /// The picture at another resolution, by separable cubic convolution.
    ///
    /// The Catmull-Rom kernel keeps ridges sharp; when the picture shrinks it is widened by the same factor, so that no
    /// ridge is skipped. A picture that has the resolution already is returned as it is.
    ///
    /// - Throws: `BiometricError` when either side would be shorter than 60 or longer than 5000 pixels.
    package func resampled(to target: Resolution) throws(BiometricError) -> FingerImage {
        let newWidth = Int((Double(width) * target.x / resolution.x).rounded())
        let newHeight = Int((Double(height) * target.y / resolution.y).rounded())
        let sides = BiometricLimits.smallestSide...BiometricLimits.largestSide
        guard sides.contains(newWidth), sides.contains(newHeight), sides.contains(width), sides.contains(height) else {
            throw BiometricError(
                "picture-size", "the picture of \(width)x\(height) pixels is too small or too large",
                nextStep: "place the whole finger on the scanner")
        }
        guard (newWidth, newHeight) != (width, height) else {
            return FingerImage(width: width, height: height, pixels: pixels, resolution: target)
        }
        let columns = Weights(from: width, to: newWidth)
        let rows = Weights(from: height, to: newHeight)
        // First along the rows, then along the columns.
        let squeezed = unsafe SecretBuffer<Float>(capacity: newWidth * height) { room in
            unsafe pixels.withUnsafeBuffer { source in
                for y in 0..<height {
                    for x in 0..<newWidth {
                        var sum: Float = 0
                        for tap in 0..<columns.taps {
                            let column = columns.position(x, tap)
                            sum += unsafe columns.weight(x, tap) * Float(source[y * width + column])
                        }
                        unsafe room[y * newWidth + x] = sum
                    }
                }
            }
            return newWidth * height
        }
        let result = unsafe SecretBytes(capacity: newWidth * newHeight) { room in
            unsafe squeezed.withUnsafeBuffer { source in
                for y in 0..<newHeight {
                    for x in 0..<newWidth {
                        var sum: Float = 0
                        for tap in 0..<rows.taps {
                            sum += unsafe rows.weight(y, tap) * source[rows.position(y, tap) * newWidth + x]
                        }
                        unsafe room[y * newWidth + x] = UInt8(min(max(sum.rounded(), 0), 255))
                    }
                }
            }
            return newWidth * newHeight
        }
        return FingerImage(width: newWidth, height: newHeight, pixels: result, resolution: target)
    }
}

/// For each new position along one axis: which old pixels count, and how much.
private struct Weights {
    /// Old pixels per new one.
    let taps: Int
    private let length: Int
    private let firsts: [Int]
    private let weights: [Float]

    init(from old: Int, to new: Int) {
        let step = Double(old) / Double(new)
        let stretch = max(step, 1)
        taps = Int((4 * stretch).rounded(.up)) + 1
        length = old
        var firsts: [Int] = []
        var weights: [Float] = []
        for index in 0..<new {
            let centre = (Double(index) + 0.5) * step - 0.5
            let first = Int((centre - 2 * stretch).rounded(.down))
            let raw = (0..<taps).map { Self.catmullRom((Double(first + $0) - centre) / stretch) }
            let sum = raw.reduce(0, +)
            firsts.append(first)
            weights += raw.map { Float($0 / sum) }
        }
        self.firsts = firsts
        self.weights = weights
    }

    /// The old pixel of a tap; beyond the border the border's own pixel stands.
    func position(_ index: Int, _ tap: Int) -> Int { min(max(firsts[index] + tap, 0), length - 1) }

    func weight(_ index: Int, _ tap: Int) -> Float { weights[index * taps + tap] }

    private static func catmullRom(_ distance: Double) -> Double {
        let x = abs(distance)
        if x < 1 { return (1.5 * x - 2.5) * x * x + 1 }
        if x < 2 { return ((-0.5 * x + 2.5) * x - 4) * x + 2 }
        return 0
    }
}

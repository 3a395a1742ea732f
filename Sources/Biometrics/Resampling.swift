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
        // First along the columns, whole rows at a time, then along the rows.
        let squeezed = unsafe SecretBuffer<Float>(capacity: width * newHeight) { room in
            unsafe pixels.withUnsafeBuffer { source in
                for y in 0..<newHeight {
                    for tap in 0..<(4 * rows.fours) {
                        let weight = rows.weights[y * rows.fours + tap / 4][tap % 4]
                        let old = unsafe source.baseAddress! + (rows.firsts[y] + tap) * width
                        let new = unsafe room.baseAddress! + y * width
                        for x in 0..<width { unsafe new[x] += weight * Float(old[x]) }
                    }
                }
            }
            return width * newHeight
        }
        let result = unsafe SecretBytes(capacity: newWidth * newHeight) { room in
            unsafe squeezed.withUnsafeBuffer { source in
                for y in 0..<newHeight {
                    let old = unsafe UnsafeRawPointer(source.baseAddress! + y * width)
                    let new = unsafe room.baseAddress! + y * newWidth
                    var next = 0
                    for x in 0..<newWidth {
                        let first = columns.firsts[x]
                        var sum = SIMD4<Float>.zero
                        for place in stride(from: first, to: first + 4 * columns.fours, by: 4) {
                            let pixels = unsafe old.loadUnaligned(fromByteOffset: 4 * place, as: SIMD4<Float>.self)
                            sum += columns.weights[next] * pixels
                            next += 1
                        }
                        unsafe new[x] = greyValue(sum.sum())
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
    /// How many times four old pixels count for each new one.
    let fours: Int
    /// The first old pixel of each new one; all that count are inside the picture.
    let firsts: [Int]
    /// `fours` for each new pixel.
    let weights: [SIMD4<Float>]

    init(from old: Int, to new: Int) {
        let step = Double(old) / Double(new)
        let stretch = max(step, 1)
        fours = Int((stretch + 0.25).rounded(.up))
        let taps = 4 * fours
        var firsts: [Int] = []
        var weights: [SIMD4<Float>] = []
        for index in 0..<new {
            let centre = (Double(index) + 0.5) * step - 0.5
            let reach = Int((centre - 2 * stretch).rounded(.down))
            let first = min(max(reach, 0), old - taps)
            let raw = (reach..<(reach + taps)).map { Self.catmullRom((Double($0) - centre) / stretch) }
            let sum = raw.reduce(0, +)
            var shares = [Float](repeating: 0, count: taps)
            // Beyond the border the border's own pixel stands.
            for (place, share) in zip(reach..., raw) {
                shares[min(max(place, 0), old - 1) - first] += Float(share / sum)
            }
            firsts.append(first)
            for start in stride(from: 0, to: taps, by: 4) { weights.append(SIMD4(shares[start..<(start + 4)])) }
        }
        self.firsts = firsts
        self.weights = weights
    }

    private static func catmullRom(_ distance: Double) -> Double {
        let x = abs(distance)
        if x < 1 { return (1.5 * x - 2.5) * x * x + 1 }
        if x < 2 { return ((-0.5 * x + 2.5) * x - 4) * x + 2 }
        return 0
    }
}

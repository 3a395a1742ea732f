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
        let result = unsafe SecretBytes(capacity: newWidth * newHeight) { room in
            unsafe pixels.withUnsafeBuffer { source in
                unsafe withSecretScratch(Float.self, capacity: width) { row in
                    for y in 0..<newHeight {
                        unsafe rows.blend(source.baseAddress!, at: y, into: row)
                        unsafe columns.squeeze(row.baseAddress!, into: room.baseAddress! + y * newWidth)
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
        let fours = Int((stretch + 0.25).rounded(.up))
        let taps = 4 * fours
        var firsts: [Int] = []
        var weights = [SIMD4<Float>](repeating: .zero, count: new * fours)
        for index in 0..<new {
            let centre = (Double(index) + 0.5) * step - 0.5
            let reach = Int((centre - 2 * stretch).rounded(.down))
            let first = min(max(reach, 0), old - taps)
            func share(_ place: Int) -> Double { Self.catmullRom((Double(place) - centre) / stretch) }
            let sum = (reach..<(reach + taps)).reduce(0.0) { $0 + share($1) }
            for place in reach..<(reach + taps) {
                // Beyond the border the border's own pixel stands.
                let tap = min(max(place, 0), old - 1) - first
                weights[index * fours + tap / 4][tap % 4] += Float(share(place) / sum)
            }
            firsts.append(first)
        }
        self.fours = fours
        self.firsts = firsts
        self.weights = weights
    }

    /// Makes a new row out of the old ones, whole rows at a time.
    func blend(_ source: UnsafePointer<UInt8>, at y: Int, into row: UnsafeMutableBufferPointer<Float>) {
        unsafe row.update(repeating: 0)
        for four in 0..<fours {
            let weight = weights[y * fours + four]
            let first = unsafe source + (firsts[y] + 4 * four) * row.count
            let (second, third, fourth) = unsafe (first + row.count, first + 2 * row.count, first + 3 * row.count)
            for x in row.indices {
                let half = unsafe row[x] + weight.x * Float(first[x]) + weight.y * Float(second[x])
                unsafe row[x] = half + weight.z * Float(third[x]) + weight.w * Float(fourth[x])
            }
        }
    }

    /// Makes the pixels of a new row out of those of an old one.
    func squeeze(_ row: UnsafePointer<Float>, into new: UnsafeMutablePointer<UInt8>) {
        unsafe weights.withUnsafeBufferPointer { weights in
            for x in firsts.indices {
                let old = unsafe UnsafeRawPointer(row + firsts[x])
                var sum = SIMD4<Float>.zero
                for four in 0..<fours {
                    let pixels = unsafe old.loadUnaligned(fromByteOffset: 16 * four, as: SIMD4<Float>.self)
                    sum += unsafe weights[x * fours + four] * pixels
                }
                unsafe new[x] = greyValue(sum.sum())
            }
        }
    }

    private static func catmullRom(_ distance: Double) -> Double {
        let x = abs(distance)
        if x < 1 { return (1.5 * x - 2.5) * x * x + 1 }
        if x < 2 { return ((-0.5 * x + 2.5) * x - 4) * x + 2 }
        return 0
    }
}

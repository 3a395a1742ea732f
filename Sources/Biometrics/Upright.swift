// Bringing a scanner's picture into the one form that all else expects: fingertip up, dark ridges on light, full contrast.
import Secrets

/// A clockwise turn in steps of 90 degrees; the raw value is in degrees.
package enum QuarterTurn: Int, Equatable, Sendable {
    case none = 0
    case right = 90
    case half = 180
    case left = 270
}

/// How ridges stand out in a scanner's pictures.
package enum RidgePolarity: String, Equatable, Sendable {
    /// Dark ridges on light ground.
    case dark
    /// Light ridges on dark ground.
    case light
    /// Not known beforehand: each picture is judged by its ground.
    case auto
}

extension FingerImage {
    /// The picture turned clockwise.
    package func rotated(_ turn: QuarterTurn) -> FingerImage {
        switch turn {
        case .none: return self
        case .half: return remade(from: pixels.count - 1, across: -1, down: -width)
        // What was the left column becomes the top row.
        case .right: return remade(onSide: true, from: (height - 1) * width, across: -width, down: 1)
        case .left: return remade(onSide: true, from: width - 1, across: width, down: -1)
        }
    }

    /// The picture with dark ridges on light ground.
    package func darkOnLight(from polarity: RidgePolarity) -> FingerImage {
        switch polarity {
        case .dark: return self
        case .light: return mapped { 255 - $0 }
        case .auto: return groundIsDark ? mapped { 255 - $0 } : self
        }
    }

    /// Whether the parts without ridges are darker than those with them, which is how a negative looks.
    ///
    /// Blocks of 8 x 8 pixels whose grey values hardly differ are ground. A picture with too little ground to judge by, as
    /// when the finger covers the sensor, counts as a positive.
    package var groundIsDark: Bool {
        let side = 8
        let (columns, rows) = (width / side, height / side)
        guard columns > 0, rows > 0 else { return false }
        let image = self
        return pixels.withSpan { pixels in
            var ground = (count: 0, sum: 0)
            var ridges = (count: 0, sum: 0)
            for block in 0..<columns * rows {
                let start = block / columns * side * image.width + block % columns * side
                var (sum, least, most) = (0, UInt8.max, UInt8.min)
                for pixel in 0..<side * side {
                    let value = pixels[start + pixel / side * image.width + pixel % side]
                    sum += Int(value)
                    (least, most) = (min(least, value), max(most, value))
                }
                let mean = sum / (side * side)
                if most - least < 48 {
                    ground = (ground.count + 1, ground.sum + mean)
                } else {
                    ridges = (ridges.count + 1, ridges.sum + mean)
                }
            }
            guard ground.count * 20 >= columns * rows, ridges.count > 0 else { return false }
            return ground.sum / ground.count < ridges.sum / ridges.count
        }
    }

    /// The picture with its grey values spread over the whole range, if they fill less than half of it.
    ///
    /// The lightest and the darkest hundredth of the pixels do not count, so that a speck does not keep a faint picture faint.
    /// A picture without any contrast stays as it is.
    package func stretched() -> FingerImage {
        let histogram = pixels.withSpan { pixels in
            // Neighbours are often alike, and a count that was just written has to be waited for: so there are four of each.
            var counts = [Int32](repeating: 0, count: 4 * 256)
            for index in pixels.indices { counts[(index & 3) << 8 | Int(pixels[index])] += 1 }
            return (0..<256).map { value in (0..<4).reduce(0) { $0 + Int(counts[$1 << 8 | value]) } }
        }
        func level(_ values: some Sequence<Int>) -> Int {
            var passed = 0
            return values.first { value in
                passed += histogram[value]
                return passed * 100 > pixels.count
            } ?? 0
        }
        let (least, most) = (level(0..<256), level((0..<256).reversed()))
        // Below 8 grey values there is nothing but noise to stretch.
        guard (8..<128).contains(most - least) else { return self }
        return mapped { value in UInt8(max(0, min(255, (Int(value) - least) * 255 / (most - least)))) }
    }

    /// A picture of the same pixels in another order: where the first one is here, and how far away its neighbours to the right and
    /// below are.
    private func remade(onSide: Bool = false, from start: Int, across: Int, down: Int) -> FingerImage {
        let (newWidth, newHeight) = onSide ? (height, width) : (width, height)
        let remade = unsafe SecretBytes(capacity: pixels.count) { room in
            unsafe pixels.withUnsafeBuffer { source in
                for y in 0..<newHeight {
                    let (old, new) = (start + y * down, y * newWidth)
                    for x in 0..<newWidth { unsafe room[new &+ x] = source[old &+ x &* across] }
                }
            }
            return room.count
        }
        let turned = onSide ? Resolution(x: resolution.y, y: resolution.x) : resolution
        return FingerImage(width: newWidth, height: newHeight, pixels: remade, resolution: turned)
    }

    private func mapped(_ change: (UInt8) -> UInt8) -> FingerImage {
        let mapped = unsafe SecretBytes(capacity: pixels.count) { room in
            unsafe pixels.withUnsafeBuffer { source in
                for index in room.indices { unsafe room[index] = change(source[index]) }
            }
            return room.count
        }
        return FingerImage(width: width, height: height, pixels: mapped, resolution: resolution)
    }
}

// How good a picture is for matching, as one number; docs/quality.md explains the formula and has the figures behind it.
import Glibc
import Secrets

/// A score of 0...100, higher is better: `100 * (1 - exp(-n * f / 24))`.
///
/// `n` is the sum of the squared reliabilities of the minutiae: a reliability is how likely a minutia is true, so its square is how
/// likely two such pictures both show it, and `n` how many they have in common. 24 is its median on public prints. `f`, 0...1, is
/// 1 for ridges as clear as the worst of those prints has them and 0 for noise (`RidgeClarity`). A minutia whose quality was not
/// reported counts 0.4, as they do in the mean.
func qualityScore(of minutiae: Minutiae, clarity: RidgeClarity) -> Int {
    let common = minutiae.withSpan { minutiae in
        minutiae.indices.reduce(0.0) { sum, index in
            let quality = Double(minutiae[index].quality) / 100
            return sum + (quality == 0 ? 0.4 : quality * quality)
        }
    }
    return Int((100 * (1 - exp(-common * clarity.factor / 24))).rounded())
}

/// How clear the ridges of a picture are, measured in blocks of 16 x 16 pixels that have any contrast.
struct RidgeClarity: Equatable {
    /// 0...1, the mean of how much the grey values change along one direction only, over the three by three blocks around each.
    let coherence: Double
    /// The mean standard deviation inside the blocks, in grey values.
    let contrast: Double

    /// Noise has a coherence of less than 0.1; the worst of 80 public prints has 0.3 and a contrast of 31, an ordinary one 0.64 and 56.
    var factor: Double { max(0, min(1, (coherence - 0.1) / 0.2)) * min(1, contrast / 30) }

    private static let side = 16
    /// Blocks with a smaller standard deviation are ground.
    private static let leastContrast = 15.0

    init(coherence: Double, contrast: Double) { (self.coherence, self.contrast) = (coherence, contrast) }

    /// Measures a picture at 500 ppi.
    init(of image: FingerImage) {
        let (columns, rows) = (image.width / Self.side, image.height / Self.side)
        let blocks = image.pixels.withSpan { pixels in
            (0..<columns * rows).map { index in
                Block(
                    pixels, width: image.width, height: image.height, left: index % columns * Self.side,
                    top: index / columns * Self.side, side: Self.side)
            }
        }
        var (sum, contrast, count) = (0.0, 0.0, 0)
        for index in blocks.indices where blocks[index].deviation > Self.leastContrast {
            let (column, row) = (index % columns, index / columns)
            var (xx, yy, xy) = (0.0, 0.0, 0.0)
            for y in max(row - 1, 0)...min(row + 1, rows - 1) {
                for x in max(column - 1, 0)...min(column + 1, columns - 1) {
                    let block = blocks[y * columns + x]
                    xx += block.xx
                    yy += block.yy
                    xy += block.xy
                }
            }
            sum += hypot(xx - yy, 2 * xy) / max(xx + yy, .leastNormalMagnitude)
            contrast += blocks[index].deviation
            count += 1
        }
        self.init(coherence: sum / Double(max(count, 1)), contrast: contrast / Double(max(count, 1)))
    }

    /// The sums of one block: products of its gradients, and the standard deviation of its grey values.
    private struct Block {
        let xx: Double
        let yy: Double
        let xy: Double
        let deviation: Double

        init(_ pixels: Span<UInt8>, width: Int, height: Int, left: Int, top: Int, side: Int) {
            var (products, sum, squares) = ((xx: 0, yy: 0, xy: 0), 0, 0)
            for y in top..<(top + side) {
                let (above, below) = (max(y - 1, 0) * width, min(y + 1, height - 1) * width)
                for x in left..<(left + side) {
                    let right = Int(pixels[y * width + min(x + 1, width - 1)])
                    let horizontal = right - Int(pixels[y * width + max(x - 1, 0)])
                    let vertical = Int(pixels[below + x]) - Int(pixels[above + x])
                    products.xx += horizontal * horizontal
                    products.yy += vertical * vertical
                    products.xy += horizontal * vertical
                    let grey = Int(pixels[y * width + x])
                    sum += grey
                    squares += grey * grey
                }
            }
            (xx, yy, xy) = (Double(products.xx), Double(products.yy), Double(products.xy))
            let count = Double(side * side)
            let mean = Double(sum) / count
            deviation = max(Double(squares) / count - mean * mean, 0).squareRoot()
        }
    }
}

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
        let blocks = Self.blocks(of: image)
        var (sum, contrast, count) = (0.0, 0.0, 0)
        for index in blocks.indices where blocks[index].deviation > Self.leastContrast {
            let (column, row) = (index % columns, index / columns)
            var (xx, yy, xy) = (0, 0, 0)
            for y in max(row - 1, 0)...min(row + 1, rows - 1) {
                for x in max(column - 1, 0)...min(column + 1, columns - 1) {
                    let block = blocks[y * columns + x]
                    xx += Int(block.xx)
                    yy += Int(block.yy)
                    xy += Int(block.xy)
                }
            }
            sum += hypot(Double(xx - yy), Double(2 * xy)) / max(Double(xx + yy), .leastNormalMagnitude)
            contrast += blocks[index].deviation
            count += 1
        }
        self.init(coherence: sum / Double(max(count, 1)), contrast: contrast / Double(max(count, 1)))
    }

    /// The sums of one block: products of its gradients, its grey values and their squares; all 256 of any of them fit.
    private struct Block {
        var (xx, yy, xy): (Int32, Int32, Int32) = (0, 0, 0)
        var (sum, squares): (Int32, Int32) = (0, 0)

        /// The standard deviation of the grey values.
        var deviation: Double {
            let count = Double(side * side)
            let mean = Double(sum) / count
            return max(Double(squares) / count - mean * mean, 0).squareRoot()
        }
    }

    /// Row by row; the loops over pixels have no branch inside, so that the compiler makes vector instructions of them.
    private static func blocks(of image: FingerImage) -> [Block] {
        let (width, height) = (image.width, image.height)
        let (columns, rows) = (width / side, height / side)
        var blocks = [Block](repeating: Block(), count: columns * rows)
        var slopes = [Int16](repeating: 0, count: width)
        unsafe image.pixels.withUnsafeBuffer { pixels in
            /// A row; beyond a border the border's own.
            func row(_ y: Int) -> UnsafePointer<UInt8> {
                unsafe pixels.baseAddress! + min(max(y, 0), height - 1) * width
            }
            for y in 0..<(rows * side) {
                let (above, row, below) = unsafe (row(y - 1), row(y), row(y + 1))
                unsafe slopes.withUnsafeMutableBufferPointer { slopes in
                    unsafe slopes[0] = Int16(row[1]) - Int16(row[0])
                    for x in 1..<(width - 1) { unsafe slopes[x] = Int16(row[x + 1]) - Int16(row[x - 1]) }
                    unsafe slopes[width - 1] = Int16(row[width - 1]) - Int16(row[width - 2])
                    for column in 0..<columns {
                        var block = blocks[y / side * columns + column]
                        for x in (column * side)..<((column + 1) * side) {
                            let horizontal = unsafe Int32(slopes[x])
                            let vertical = unsafe Int32(below[x]) - Int32(above[x])
                            let grey = unsafe Int32(row[x])
                            block.xx &+= horizontal &* horizontal
                            block.yy &+= vertical &* vertical
                            block.xy &+= horizontal &* vertical
                            block.sum &+= grey
                            block.squares &+= grey &* grey
                        }
                        blocks[y / side * columns + column] = block
                    }
                }
            }
        }
        return blocks
    }
}

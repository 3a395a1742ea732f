// Drawn pictures with known minutiae.
import Biometrics
import Glibc
import Secrets

struct TestPicture {
    let width: Int
    let height: Int
    let pixels: [UInt8]

    init(width: Int, height: Int, _ grey: (Int, Int) -> Double) {
        self.width = width
        self.height = height
        pixels = (0..<width * height).map { UInt8(max(0, min(255, grey($0 % width, $0 / width).rounded()))) }
    }

    /// Parallel ridges, `period` pixels apart, that run at `degrees` (anticlockwise, as a person sees them), with
    /// dislocations: at each a ridge begins or ends between its neighbours.
    ///
    /// The phase of a wave that winds once around a point is the textbook model of a minutia.
    static func ridges(
        width: Int = 256, height: Int = 288, period: Double = 9, degrees: Double = 0,
        dislocations: [(x: Double, y: Double, turns: Double)]
    ) -> TestPicture {
        let slope = degrees * .pi / 180
        return TestPicture(width: width, height: height) { x, y in
            // Across the ridges: the normal of a line that rises anticlockwise while y grows downwards.
            var phase = 2 * .pi * (Double(x) * sin(slope) + Double(y) * cos(slope)) / period
            for point in dislocations { phase += point.turns * atan2(Double(y) - point.y, Double(x) - point.x) }
            return 128 + 110 * cos(phase)
        }
    }

    /// A picture like a finger's in that it holds a dozen minutiae; `seed` makes another.
    static func finger(seed: Int = 0, width: Int = 256, height: Int = 288) -> TestPicture {
        let places = (0..<12).map { index in
            (
                x: Double(40 + (index * 83 + seed * 31) % (width - 80)),
                y: Double(40 + (index * 59 + seed * 17) % (height - 80)),
                turns: index % 2 == 0 ? 1.0 : -1.0
            )
        }
        return ridges(width: width, height: height, degrees: 20, dislocations: places)
    }

    func cropped(height: Int) -> TestPicture {
        TestPicture(width: width, height: height) { Double(pixels[$1 * width + $0]) }
    }

    static func blank(width: Int, height: Int) -> TestPicture {
        TestPicture(width: width, height: height) { _, _ in 255 }
    }

    var image: FingerImage {
        FingerImage(width: width, height: height, pixels: SecretBytes(copying: pixels), resolution: .standard)
    }
}

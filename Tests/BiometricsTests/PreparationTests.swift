// What preparing a picture for the detector does to it, against values that can be worked out.
@testable import Biometrics
import Glibc
import Secrets
import Testing

@Suite struct PreparationTests {
    private func image(_ width: Int, _ height: Int, _ pixel: (Int, Int) -> Double) -> FingerImage {
        let values = (0..<width * height).map { UInt8(max(0, min(255, pixel($0 % width, $0 / width).rounded()))) }
        return FingerImage(
            width: width, height: height, pixels: SecretBytes(copying: values), resolution: .standard)
    }

    private func row(_ image: FingerImage, _ y: Int) -> [Double] {
        (0..<image.width).map { Double(image.pixels[y * image.width + $0]) }
    }

    @Test(arguments: [15.0, 40, 100]) func `ridges get the same contrast however faint they were`(amplitude: Double) {
        let ridges = image(200, 150) { x, _ in 130 + amplitude * sin(Double(x) * 0.7) }
        let prepared = ridges.preparedForMinutiae()
        let inner = row(prepared, 75)[30..<170]
        // The amplitude of a sine with a standard deviation of 60 is 85; the soft filter is undone by the scaling.
        let peaks: [Double] = [inner.max() ?? 0, 256 - (inner.min() ?? 0)]
        for peak in peaks { #expect(abs(peak - 213) < 6) }
    }

    @Test func `a shade over the picture goes away`() {
        let shaded = image(300, 150) { x, _ in
            let ridge: Double = 30 * sin(Double(x) * 0.7)
            return 40 + Double(x) / 3 + ridge
        }
        let middle = row(shaded.preparedForMinutiae(), 75)
        let (left, right) = (middle[40..<103], middle[197..<260])  // seven periods each
        let difference: Double = (left.reduce(0, +) - right.reduce(0, +)) / 63
        #expect(abs(difference) < 8)
    }

    @Test func `what has no contrast stays without, and sizes stay`() {
        let prepared = image(61, 200) { x, y in 200 + Double((x * 7 + y * 13) % 3) }.preparedForMinutiae()
        #expect((prepared.width, prepared.height) == (61, 200))
        #expect(prepared.resolution == .standard)
        let flat = (0..<prepared.pixels.count).allSatisfy { (118...138).contains(prepared.pixels[$0]) }
        #expect(flat)
    }

    /// The mean and standard deviation of the 49 x 49 square around each of four points, computed here the long way.
    @Test func `each pixel is its distance from the mean of its surroundings, in standard deviations`() {
        // Smooth, so that the narrow Gaussian hardly changes it.
        func grey(_ x: Int, _ y: Int) -> Double {
            let (across, down): (Double, Double) = (sin(Double(x) * 0.12), cos(Double(y) * 0.1))
            return 128 + 50 * across + 40 * down
        }
        let prepared = image(120, 110, grey).preparedForMinutiae()
        for (x, y) in [(0, 0), (60, 55), (119, 40), (30, 109)] {
            var (sum, squares, count) = (0.0, 0.0, 0.0)
            for row in max(y - 24, 0)...min(y + 24, 109) {
                for column in max(x - 24, 0)...min(x + 24, 119) {
                    sum += grey(column, row)
                    squares += grey(column, row) * grey(column, row)
                    count += 1
                }
            }
            let mean = sum / count
            let deviation: Double = (squares / count - mean * mean).squareRoot()
            let expected: Double = max(0, min(255, 128 + 60 * (grey(x, y) - mean) / deviation))
            let real = Double(prepared.pixels[y * 120 + x])
            #expect(abs(real - expected) <= 4)
        }
    }
}

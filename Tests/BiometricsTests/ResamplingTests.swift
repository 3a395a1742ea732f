// Resampling against values that can be worked out by hand.
import Biometrics
import Glibc
import Secrets
import Testing

@Suite struct ResamplingTests {
    private func image(_ width: Int, _ height: Int, ppi: Double, _ pixel: (Int, Int) -> Double) -> FingerImage {
        let values = (0..<height).flatMap { y in (0..<width).map { x in UInt8(pixel(x, y).rounded()) } }
        return FingerImage(
            width: width, height: height, pixels: SecretBytes(copying: values), resolution: .init(x: ppi, y: ppi))
    }

    @Test(arguments: [385.0, 512, 500, 1000])
    func `a plain picture stays plain and gets the size of 500 ppi`(ppi: Double) throws {
        let result = try image(256, 180, ppi: ppi) { _, _ in 77 }.resampled(to: .standard)
        #expect(result.width == Int((256 * 500 / ppi).rounded()))
        #expect(result.height == Int((180 * 500 / ppi).rounded()))
        #expect((0..<result.pixels.count).allSatisfy { result.pixels[$0] == 77 })
        #expect(result.resolution == .standard)
    }

    /// A straight slope is reproduced exactly by cubic convolution, away from the borders.
    @Test(arguments: [250.0, 385, 1000]) func `a slope keeps its values at the same places`(ppi: Double) throws {
        let result = try image(200, 140, ppi: ppi) { x, _ in Double(x) }.resampled(to: .standard)
        for x in 20..<(result.width - 20) {
            let expected = (Double(x) + 0.5) * ppi / 500 - 0.5
            #expect(abs(Double(result.pixels[50 * result.width + x]) - expected) <= 1)
        }
    }

    /// Ridges of 0.48 mm, the mean of adults, keep their period in millimetres and most of their contrast.
    @Test(arguments: [385.0, 512, 1000]) func `ridges keep their period and contrast`(ppi: Double) throws {
        let period = 0.48 / 25.4 * ppi
        let result = try image(300, 200, ppi: ppi) { x, _ in 128 + 100 * sin(2 * .pi * Double(x) / period) }
            .resampled(to: .standard)
        let row = (0..<result.width).map { Double(result.pixels[60 * result.width + $0]) }
        let crossings = (21..<(result.width - 20)).count { (row[$0 - 1] - 128) * (row[$0] - 128) < 0 }
        let expected = Double(result.width - 41) / (0.48 / 25.4 * 500 / 2)
        #expect(abs(Double(crossings) - expected) <= 2)
        let inner = row[20..<(result.width - 20)]
        #expect(try #require(inner.max()) > 215)
        #expect(try #require(inner.min()) < 41)
    }

    @Test func `axes are scaled apart`() throws {
        let picture = FingerImage(
            width: 100, height: 100, pixels: SecretBytes(copying: [UInt8](repeating: 9, count: 10_000)),
            resolution: .init(x: 250, y: 500))
        let result = try picture.resampled(to: .standard)
        #expect((result.width, result.height) == (200, 100))
    }

    @Test(arguments: [(59, 200), (200, 59), (5001, 60)]) func `impossible sizes are refused`(width: Int, height: Int) {
        #expect(throws: BiometricError.self) {
            try image(width, height, ppi: 500) { _, _ in 0 }.resampled(to: .standard)
        }
    }
}

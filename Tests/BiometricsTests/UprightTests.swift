// Turning, inverting and stretching pictures, on values worked out by hand and on synthetic prints.
import Biometrics
import Secrets
import Testing
import VirtualScanner

@Suite struct UprightTests {
    private func image(_ width: Int, _ height: Int, _ values: [UInt8]) -> FingerImage {
        FingerImage(
            width: width, height: height, pixels: SecretBytes(copying: values), resolution: Resolution(x: 400, y: 500))
    }

    private func bytes(_ image: FingerImage) -> [UInt8] {
        image.pixels.withSpan { span in span.indices.map { span[$0] } }
    }

    @Test func `a turn by quarters moves every pixel where it belongs, and the resolution with it`() {
        //  1 2 3      4 1
        //  4 5 6  ->  5 2   clockwise
        //             6 3
        let picture = image(3, 2, [1, 2, 3, 4, 5, 6])
        let right = picture.rotated(.right)
        #expect(bytes(right) == [4, 1, 5, 2, 6, 3] && right.width == 2 && right.height == 3)
        #expect(right.resolution == Resolution(x: 500, y: 400))
        let left = picture.rotated(.left)
        #expect(bytes(left) == [3, 6, 2, 5, 1, 4] && left.resolution == Resolution(x: 500, y: 400))
        let half = picture.rotated(.half)
        #expect(bytes(half) == [6, 5, 4, 3, 2, 1] && half.resolution == picture.resolution)
        #expect(bytes(picture.rotated(.none)) == bytes(picture))
        #expect(bytes(right.rotated(.left)) == bytes(picture))
    }

    @Test(arguments: [1, 7, 12] as [UInt64]) func `a synthetic print is told from its negative`(seed: UInt64) {
        let print = SyntheticFinger(seed: seed).impression(1, width: 384, height: 289, ppi: 512, lyingOnSide: false)
        let negative = image(384, 289, bytes(print).map { 255 - $0 })
        #expect(!print.groundIsDark && negative.groundIsDark)
        #expect(bytes(print.darkOnLight(from: .auto)) == bytes(print))
        #expect(bytes(negative.darkOnLight(from: .auto)) == bytes(print))
        #expect(bytes(negative.darkOnLight(from: .light)) == bytes(print))
        #expect(bytes(negative.darkOnLight(from: .dark)) == bytes(negative))
    }

    @Test func `a picture without ground or without ridges counts as a positive`() {
        // Stripes all over, then one grey.
        #expect(!image(64, 64, (0..<64 * 64).map { $0 % 8 < 4 ? 0 : 200 }).groundIsDark)
        #expect(!image(64, 64, [UInt8](repeating: 20, count: 64 * 64)).groundIsDark)
    }

    @Test func `a faint picture gets the whole range, a specked one too, a good or an empty one is left alone`() {
        let ramp = (0..<100 * 100).map { UInt8(190 + $0 % 41) }
        let stretched = bytes(image(100, 100, ramp).stretched())
        #expect(stretched.min() == 0 && stretched.max() == 255)
        // The middle of 190...230 is the middle of 0...255.
        #expect(stretched[20] == 127)
        var specked = ramp
        for index in 0..<50 { specked[index * 7] = index % 2 == 0 ? 0 : 255 }
        #expect(bytes(image(100, 100, specked).stretched())[20] == 127)
        let good = (0..<100 * 100).map { UInt8(60 + $0 % 140) }
        #expect(bytes(image(100, 100, good).stretched()) == good)
        let empty = (0..<100 * 100).map { UInt8(240 + $0 % 4) }
        #expect(bytes(image(100, 100, empty).stretched()) == empty)
    }
}

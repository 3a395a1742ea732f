// Choosing minutiae and scoring; the detector itself is tested where the scanner library is.
@testable import Biometrics
import Glibc
import Secrets
import Testing

@Suite struct FingerTemplateTests {
    /// Gives the minutiae it was made with: here only what is done with them is looked at.
    private struct Fixed: MinutiaDetector {
        let found: [Minutia]

        func minutiae(in image: FingerImage) async throws -> Minutiae { Minutiae(copying: found) }
    }

    private func template(_ found: [Minutia]) async throws -> FingerTemplate {
        let picture = FingerImage(
            width: 300, height: 300, pixels: SecretBytes(copying: [UInt8](repeating: 200, count: 90_000)),
            resolution: .standard)
        return try await FingerTemplate(
            image: picture, detector: Fixed(found: found), position: .rightIndex, impression: .livePlain)
    }

    private func minutia(_ index: Int, quality: UInt8) -> Minutia {
        Minutia(
            x: UInt16(20 + index % 250), y: UInt16(20 + index / 250 * 10), angle: 8, kind: .ending, quality: quality)
    }

    @Test func `at most 255 minutiae are kept, the best ones`() async throws {
        let made = try await template((0..<400).map { minutia($0, quality: UInt8($0 % 100) + 1) })
        let record = try FingerMinutiaeRecord(parsing: made.record)
        #expect(made.minutiaCount == 255)
        #expect(record.minutiae.count == 255)
        // 400 qualities, four of each of 1...100: the best 255 reach down to 37.
        #expect((0..<255).map { record.minutiae[$0].quality }.min() == 37)
        #expect(record.position == .rightIndex)
    }

    @Test func `the same minutia is written once`() async throws {
        let made = try await template([minutia(1, quality: 60), minutia(1, quality: 40), minutia(2, quality: 50)])
        #expect(made.minutiaCount == 2)
    }

    @Test func `minutiae within 12 pixels of an edge are left out`() async throws {
        let places: [(UInt16, UInt16)] = [
            (11, 150), (150, 11), (288, 150), (150, 288), (12, 12), (287, 287), (150, 150),
        ]
        let made = try await template(
            places.map { Minutia(x: $0.0, y: $0.1, angle: 0, kind: .ending, quality: 50) })
        #expect(made.minutiaCount == 3)
        await #expect(throws: BiometricError.self) {
            try await template([Minutia(x: 5, y: 150, angle: 0, kind: .ending, quality: 90)])
        }
    }

    @Test func `the best minutia stands first, equal ones in the order they were found in`() async throws {
        let made = try await template([
            minutia(1, quality: 30), minutia(2, quality: 90), minutia(3, quality: 30), minutia(4, quality: 60),
        ])
        let record = try FingerMinutiaeRecord(parsing: made.record)
        #expect((0..<4).map { record.minutiae[$0].x } == [22, 24, 21, 23])
    }

    /// 100 * (1 - exp(-n f / 24)) with n = 0.64 count + 50 * 0.01, worked out with python3.
    @Test(
        arguments: [(1, 1.0, 5), (20, 1, 43), (41, 1, 67), (41, 0.5, 43), (41, 0, 0), (255, 1, 100)])
    func `quality grows with reliable minutiae and with clear ridges`(count: Int, factor: Double, score: Int) {
        let clarity = RidgeClarity(coherence: 0.1 + 0.2 * factor, contrast: 30)
        let found = (0..<count).map { minutia($0, quality: 80) } + (0..<50).map { minutia(300 + $0, quality: 10) }
        #expect(qualityScore(of: Minutiae(copying: found), clarity: clarity) == score)
    }

    /// 100 * (1 - exp(-30 * 0.4 / 24)) = 39.3; and not even 255 of them, as a fallback finds them in noise, make a finger.
    @Test func `minutiae without a quality count by their number and by clear ridges`() {
        func score(_ count: Int, coherence: Double) -> Int {
            let found = (0..<count).map { minutia($0, quality: 0) }
            return qualityScore(
                of: Minutiae(copying: found), clarity: RidgeClarity(coherence: coherence, contrast: 30))
        }
        #expect(score(30, coherence: 0.6) == 39)
        #expect(score(255, coherence: 0.09) == 0)
    }

    /// The coherence of one slanted wave is 1; of two that cross at right angles it is 0, as of noise it nearly is.
    @Test func `clarity is that of one direction, and of contrast`() {
        func clarity(_ pixel: (Double, Double) -> Double) -> RidgeClarity {
            let pixels = (0..<160 * 160).map { (index: Int) -> UInt8 in
                UInt8(max(0, min(255, pixel(Double(index % 160), Double(index / 160)))))
            }
            return RidgeClarity(
                of: FingerImage(
                    width: 160, height: 160, pixels: SecretBytes(copying: pixels), resolution: .standard))
        }
        let wave = clarity { x, y in 128 + 80 * sin(0.5 * x + 0.4 * y) }
        #expect(wave.coherence > 0.98)
        // The standard deviation of a sine is its amplitude over the root of 2.
        let expected: Double = 80 / 2.0.squareRoot()
        #expect(abs(wave.contrast - expected) < 3)
        #expect(wave.factor == 1)
        let crossed = clarity { x, y in 128 + 60 * sin(0.6 * x) + 60 * sin(0.6 * y) }
        #expect(crossed.coherence < 0.2)
        var random: UInt32 = 1
        let noise = clarity { _, _ in
            random = random &* 1_664_525 &+ 1_013_904_223
            return Double(random >> 24)
        }
        #expect(noise.coherence < 0.1)
        let plain = clarity { _, _ in 240 }
        #expect(plain.factor == 0)
    }

    @Test func `a FIR of the same picture is made when it is asked for`() async throws {
        let picture = FingerImage(
            width: 150, height: 200, pixels: SecretBytes(copying: [UInt8](repeating: 200, count: 30_000)),
            resolution: .init(x: 250, y: 250))
        let made = try await FingerTemplate(
            image: picture, detector: Fixed(found: [minutia(1, quality: 60)]), position: .rightIndex,
            impression: .swipe,
            imageRate: 12)
        let image = try FingerImageRecord(parsing: try #require(made.imageRecord))
        let minutiae = try FingerMinutiaeRecord(parsing: made.record)
        #expect((image.width, image.height) == (300, 400))
        #expect((minutiae.width, minutiae.height) == (300, 400))
        #expect((image.position, image.impression) == (.rightIndex, .swipe))
        #expect(try await template([minutia(1, quality: 60)]).imageRecord == nil)
    }

    @Test func `a picture without minutiae is refused with a next step`() async {
        await #expect { try await template([]) } throws: { ($0 as? BiometricError)?.nextStep.isEmpty == false }
    }
}

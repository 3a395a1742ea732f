// Choosing minutiae and scoring; the detector itself is tested where the scanner library is.
import Biometrics
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
        Minutia(x: UInt16(index % 300), y: UInt16(index / 300 * 10), angle: 8, kind: .ending, quality: quality)
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

    /// 100 * (1 - exp(-n / 20)), worked out with python3 for n = 1, 20, 41.
    @Test(arguments: [(1, 5), (20, 63), (41, 87)]) func `quality grows with reliable minutiae`(n: Int, score: Int)
        async throws
    {
        let weak = (100..<150).map { minutia($0, quality: 49) }
        #expect(try await template((0..<n).map { minutia($0, quality: 50) } + weak).quality == score)
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

// The FMR against the byte vector of spec/rd-service.md 2.6.3, and records that are cut or changed.
import Biometrics
import Secrets
import Testing

@Suite struct FingerMinutiaeRecordTests {
    /// Section 2.6, vector 3: made by another program.
    private let vector: [UInt8] = stride(from: 0, to: 84, by: 2).map { index in
        let hex = Array("464d5200203230000000002a00000100016800c500c5010000003c02406400c840508032004bc8460000")
        return UInt8(String(hex[index...(index + 1)]), radix: 16) ?? 0
    }

    private var record: FingerMinutiaeRecord {
        FingerMinutiaeRecord(
            width: 256, height: 360, position: .unknown, impression: .livePlain, quality: 60,
            minutiae: Minutiae(copying: [
                Minutia(x: 100, y: 200, angle: 64, kind: .ending, quality: 80),
                Minutia(x: 50, y: 75, angle: 200, kind: .bifurcation, quality: 70),
            ]))
    }

    private func bytes(_ secret: SecretBytes) -> [UInt8] { (0..<secret.count).map { secret[$0] } }

    @Test func `the record of the specification's vector is written byte for byte`() throws {
        #expect(try bytes(record.encoded()) == vector)
    }

    @Test func `the vector reads back as what it says`() throws {
        let read = try FingerMinutiaeRecord(parsing: SecretBytes(copying: vector))
        #expect((read.width, read.height) == (256, 360))
        #expect(read.pixelsPerCentimetre == (197, 197))
        #expect((read.position, read.impression, read.quality) == (.unknown, .livePlain, 60))
        #expect(read.minutiae.count == 2)
        #expect(read.minutiae[1] == Minutia(x: 50, y: 75, angle: 200, kind: .bifurcation, quality: 70))
    }

    @Test func `a record cut at any byte, or followed by one, is refused`() {
        for length in 0..<vector.count {
            #expect(throws: BiometricError.self) {
                try FingerMinutiaeRecord(parsing: SecretBytes(copying: vector.prefix(length)))
            }
        }
        #expect(throws: BiometricError.self) { try FingerMinutiaeRecord(parsing: SecretBytes(copying: vector + [0])) }
    }

    /// Offset, new value: magic, version, length, views, reserved, position, impression, quality, type, x, y, minutia quality, extension.
    @Test(arguments: [
        (0, 0x47), (6, 0x31), (11, 0x2b), (22, 2), (23, 1), (24, 11), (25, 0x10), (26, 101), (28, 0xc0), (29, 0xff),
        (30, 0x40), (33, 101), (41, 1),
    ]) func `a field with an impossible value is refused`(offset: Int, value: UInt8) {
        var changed = vector
        changed[offset] = value
        if offset == 29 { changed[28] |= 1 }  // x = 511 in a picture 256 wide
        #expect(throws: BiometricError.self) { try FingerMinutiaeRecord(parsing: SecretBytes(copying: changed)) }
    }

    @Test func `whatever is read of a changed record is written back byte for byte, but for the device it came from`()
        throws
    {
        var state: UInt64 = 1
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var accepted = 0
        for _ in 0..<5000 {
            var changed = vector
            for _ in 0...random(3) { changed[random(changed.count)] = UInt8(random(256)) }
            guard let record = try? FingerMinutiaeRecord(parsing: SecretBytes(copying: changed)),
                let written = try? record.encoded()
            else { continue }
            accepted += 1
            (changed[12], changed[13]) = (0, 0)
            #expect(bytes(written) == changed)
        }
        #expect(accepted > 500)
    }

    @Test func `a minutia outside the picture is not written`() {
        let outside = FingerMinutiaeRecord(
            width: 100, height: 100, position: .leftThumb, impression: .swipe, quality: 0,
            minutiae: Minutiae(copying: [Minutia(x: 100, y: 0, angle: 0, kind: .other, quality: 0)]))
        #expect(throws: BiometricError.self) { try outside.encoded() }
    }

    @Test(arguments: FingerPosition.allCases)
    func `each position has the word of section 5_2`(position: FingerPosition) {
        #expect(FingerPosition(posh: position.posh) == position)
        let words = [
            "UNKNOWN", "RIGHT_THUMB", "RIGHT_INDEX", "RIGHT_MIDDLE", "RIGHT_RING", "RIGHT_LITTLE", "LEFT_THUMB",
            "LEFT_INDEX", "LEFT_MIDDLE", "LEFT_RING", "LEFT_LITTLE",
        ]
        #expect(words[Int(position.rawValue)] == position.posh)
    }
}

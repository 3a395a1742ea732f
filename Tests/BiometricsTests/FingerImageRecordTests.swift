// The FIR against the byte vector of spec/rd-service.md 5.5, against two independent decoders, and damaged.
import Biometrics
import FoundationEssentials
import Secrets
import TestSupport
import Testing
import VirtualScanner

@Suite struct FingerImageRecordTests {
    /// Section 5.5: 256 x 360 pixels, 197 a centimetre, JPEG 2000, an empty picture; made by another program.
    private static let vector: [UInt8] = {
        let hex = Array(
            "464952003031300000000000002e0000001f010200c500c500c500c5080400000000000e000101fe000100016800")
        return stride(from: 0, to: hex.count, by: 2).map { UInt8(String(hex[$0...($0 + 1)]), radix: 16) ?? 0 }
    }()

    private static let picture = SyntheticFinger(seed: 3).impression(1, width: 300, height: 400, ppi: 500)

    private static let record = Result {
        try FingerImageRecord(image: picture, position: .leftIndex, impression: .swipe).encoded()
    }

    private func bytes(_ secret: SecretBytes) -> [UInt8] { secret.withSpan { span in span.indices.map { span[$0] } } }

    private func parsed(_ record: [UInt8]) throws(BiometricError) -> FingerImageRecord {
        try FingerImageRecord(parsing: SecretBytes(copying: record))
    }

    @Test func `the specification's vector reads as what it says and is written byte for byte`() throws {
        let read = try parsed(Self.vector)
        #expect((read.width, read.height) == (256, 360))
        #expect(read.compression == .jpeg2000)
        #expect((read.position, read.impression) == (.unknown, .livePlain))
        #expect(read.data.isEmpty)
        #expect(read.resolution == .standard)
        #expect(bytes(read.encoded()) == Self.vector)
    }

    @Test func `a record cut at any byte, or followed by one, is refused`() throws {
        for length in 0..<Self.vector.count {
            #expect(throws: BiometricError.self) { try parsed(Array(Self.vector.prefix(length))) }
        }
        #expect(throws: BiometricError.self) { try parsed(Self.vector + [0]) }
    }

    /// Offset, new value: magic, version, length, level, fingers, units, image resolution 0 and above the scan's, depth,
    /// compression, reserved, block, position, views, view number, quality, impression, reserved.
    @Test(arguments: [
        (0, 0x47), (4, 0x32), (13, 0x2f), (17, 10), (18, 2), (19, 0), (25, 0), (24, 1), (28, 16), (29, 6), (30, 1),
        (35, 15), (36, 11), (37, 2), (38, 0), (39, 100), (40, 5), (45, 1),
    ]) func `a field with an impossible value is refused`(offset: Int, value: UInt8) {
        var changed = Self.vector
        changed[offset] = value
        #expect(throws: BiometricError.self) { try parsed(changed) }
    }

    @Test func `a FIR of the look-alike standard with a longer header is refused`() {
        // ANSI/INCITS 381 has a CBEFF product id of 4 bytes after the length.
        var other = Self.vector
        other.insert(contentsOf: [0, 1, 0, 2], at: 14)
        other[13] += 4
        #expect(throws: BiometricError.self) { try parsed(other) }
    }

    @Test(arguments: [10.0, 15, 20]) func `the picture is as many times smaller as asked for`(rate: Double) throws {
        let record = try FingerImageRecord(
            image: Self.picture, position: .unknown, impression: .livePlain, rate: rate)
        let real = 300 * 400 / Double(record.data.count)
        #expect(abs(real - rate) < rate * 0.03, "\(real)")
    }

    @Test(arguments: [9.9, 20.1, .nan]) func `other rates are refused`(rate: Double) {
        #expect {
            try FingerImageRecord(image: Self.picture, position: .unknown, impression: .livePlain, rate: rate)
        } throws: { ($0 as? BiometricError)?.code == "image-rate" }
    }

    @Test func `the picture that comes back is as close to the one that went in as opj_compress makes it`() throws {
        let folder = try TemporaryFolder()
        try Self.picture.write(folder.file("a.pgm"), as: .pgm)
        for (tool, from, to) in [("opj_compress", "a.pgm", "a.jp2"), ("opj_decompress", "a.jp2", "b.pgm")] {
            let options = tool == "opj_compress" ? ["-r", "15", "-I"] : []
            let outcome = try runTool(
                "/usr/bin/\(tool)", ["-i", folder.file(from), "-o", folder.file(to)] + options)
            #expect(outcome.status == 0, "\(outcome.text)")
        }
        let theirs = try Data(contentsOf: URL(fileURLWithPath: folder.file("b.pgm"))).suffix(300 * 400)
        let ours = try parsed(bytes(Self.record.get())).image()
        #expect((ours.width, ours.height) == (300, 400))
        let original = bytes(Self.picture.pixels)
        #expect(meanSquare(bytes(ours.pixels), original) < 1.05 * meanSquare(Array(theirs), original))
    }

    @Test func `opj_decompress and PIL read the same picture out of the record`() throws {
        let folder = try TemporaryFolder()
        let whole = try bytes(Self.record.get())
        _ = try folder.write("a.jp2", Data(whole.dropFirst(46)))
        let tool = try runTool(
            "/usr/bin/opj_decompress", ["-i", folder.file("a.jp2"), "-o", folder.file("a.pgm")])
        #expect(tool.status == 0, "\(tool.text)")
        let back = try parsed(whole).image()
        let pgm = try Data(contentsOf: URL(fileURLWithPath: folder.file("a.pgm")))
        #expect(Array(pgm.suffix(300 * 400)) == bytes(back.pixels))

        let script = """
            import io, sys; from PIL import Image
            picture = Image.open(io.BytesIO(open(sys.argv[1], 'rb').read()))
            print(picture.format, picture.mode, *picture.size)
            open(sys.argv[2], 'wb').write(picture.tobytes())
            """
        let python = try runTool("/usr/bin/python3", ["-c", script, folder.file("a.jp2"), folder.file("a.raw")])
        #expect(python.text == "JPEG2000 L 300 400\n")
        let raw = try Data(contentsOf: URL(fileURLWithPath: folder.file("a.raw")))
        // Another rounding of half a grey value is allowed.
        let pixels = bytes(back.pixels)
        #expect(raw.count == pixels.count && zip(raw, pixels).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
    }

    @Test func `the wavelet is the 9-7 one, in one tile and without a comment`() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("a.jp2", Data(bytes(Self.record.get()).dropFirst(46)))
        let dump = try runTool("/usr/bin/opj_dump", ["-i", folder.file("a.jp2")]).text
        for line in ["qmfbid=0", "numcomps=1", "tw=1, th=1", "prec=8"] { #expect(dump.contains(line), "\(line)") }
        #expect(!bytes(try Self.record.get()).contains(subsequence: Array("OpenJPEG".utf8)))
    }

    @Test func `a picture of another resolution is brought to 500 ppi`() throws {
        let small = SyntheticFinger(seed: 3).impression(2, width: 256, height: 180, ppi: 385)
        let record = try parsed(
            bytes(FingerImageRecord(image: small, position: .unknown, impression: .livePlain).encoded()))
        #expect((record.width, record.height) == (332, 234))
        #expect(try record.image().width == 332)
    }

    @Test func `an uncompressed picture is read, WSQ is named as not readable`() throws {
        var raw = Self.vector + [UInt8](repeating: 9, count: 256 * 360)
        let total = raw.count
        for index in 0..<4 { raw[10 + index] = UInt8(truncatingIfNeeded: total >> (24 - 8 * index)) }
        for index in 0..<4 { raw[32 + index] = UInt8(truncatingIfNeeded: (total - 32) >> (24 - 8 * index)) }
        raw[29] = 0
        #expect(try parsed(raw).image().pixels[5] == 9)
        raw[29] = 2
        #expect(throws: BiometricError.self) { try parsed(raw).image() }
    }

    @Test func `a picture of another size than the record says is refused before it is decoded`() throws {
        var other = try bytes(Self.record.get())
        other[42] ^= 1
        #expect { try parsed(other).image() } throws: {
            ($0 as? BiometricError)?.cause.contains("300 x 400 pixels, not") == true
        }
    }

    @Test func `damaged pictures neither crash nor come back in another size`() throws {
        let whole = try bytes(Self.record.get())
        var state: UInt64 = 1
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        for _ in 0..<150 {
            var changed = whole
            for _ in 0...random(4) {
                changed[46 + random(random(2) == 0 ? 200 : whole.count - 46)] = UInt8(random(256))
            }
            guard let image = try? parsed(changed).image() else { continue }
            #expect((image.width, image.height) == (300, 400))
        }
        for length in stride(from: 46, to: whole.count, by: 97) {
            var cut = Array(whole.prefix(length))
            for index in 0..<4 { cut[10 + index] = UInt8(truncatingIfNeeded: length >> (24 - 8 * index)) }
            for index in 0..<4 { cut[32 + index] = UInt8(truncatingIfNeeded: (length - 32) >> (24 - 8 * index)) }
            #expect(throws: BiometricError.self) { try parsed(cut).image() }
        }
    }

    private func meanSquare(_ left: [UInt8], _ right: [UInt8]) -> Double {
        zip(left, right).reduce(0) { $0 + Double((Int($1.0) - Int($1.1)) * (Int($1.0) - Int($1.1))) }
            / Double(left.count)
    }
}

extension [UInt8] {
    func contains(subsequence: [UInt8]) -> Bool {
        indices.contains { self[$0...].starts(with: subsequence) }
    }
}

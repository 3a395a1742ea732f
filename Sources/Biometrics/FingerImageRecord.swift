// The finger image record (FIR), ISO/IEC 19794-4:2005 (spec/rd-service.md 5.5), with one finger and one view.
package import Secrets

/// A finger image record of one picture, which is what a PID block carries.
package struct FingerImageRecord: Sendable {
    /// How the picture is kept, by the code of the record.
    package enum Compression: UInt8, Sendable {
        case none = 0
        case packed = 1
        case wsq = 2
        case jpeg = 3
        case jpeg2000 = 4
        case png = 5

        /// Whether `image` can decode it.
        package var isReadable: Bool { self == .none || self == .jpeg2000 }
    }

    /// Pixels.
    package let width: Int
    /// Pixels.
    package let height: Int
    /// Of the picture in the record, rounded to what its fields hold.
    package let resolution: Resolution
    package let position: FingerPosition
    package let impression: FingerImpression
    package let compression: Compression
    /// The picture as the record keeps it.
    package let data: SecretBytes

    /// A record of a picture, compressed with the 9/7 wavelet of JPEG 2000.
    ///
    /// - Parameters:
    ///   - image: any picture; one that is not at 500 ppi is resampled.
    ///   - position: the finger that was asked for.
    ///   - impression: how the scanner takes it.
    ///   - rate: how many times smaller than one byte a pixel it becomes, 10...20.
    /// - Throws: `BiometricError` for a picture that is too small or large, a rate out of range, or when OpenJPEG fails.
    package init(
        image: FingerImage, position: FingerPosition, impression: FingerImpression,
        rate: Double = BiometricLimits.usualImageRate
    ) throws(BiometricError) {
        guard BiometricLimits.imageRates.contains(rate) else {
            throw BiometricError("image-rate", "a picture is compressed 10 to 20 times, not \(rate) times")
        }
        let standard = try image.resampled(to: .standard)
        width = standard.width
        height = standard.height
        resolution = .standard
        self.position = position
        self.impression = impression
        compression = .jpeg2000
        data = try JPEG2000.encoded(standard, ratio: rate)
    }

    private static let magic = Array("FIR\0010\0".utf8)
    private static let headerLength = 32
    private static let fingerHeaderLength = 14
    /// Image acquisition level 31: 500 ppi, 8 bits.
    private static let acquisitionLevel = 31
    /// The edition of 2005 has no quality of its own; validators demand this value.
    private static let undefinedQuality = 254

    /// The bytes of the record, big-endian; only for records made here, which have one resolution.
    package func encoded() -> SecretBytes {
        let total = Self.headerLength + Self.fingerHeaderLength + data.count
        return unsafe SecretBytes(capacity: total) { room in
            var writer = unsafe BigEndianWriter(room: room)
            writer.append(Self.magic)
            writer.append(total, bytes: 6)
            writer.append(0, bytes: 2)  // capture device: not reported
            writer.append(Self.acquisitionLevel, bytes: 2)
            writer.append(1, bytes: 1)  // one finger
            writer.append(2, bytes: 1)  // scale in pixels per centimetre
            for axis in [resolution.x, resolution.y, resolution.x, resolution.y] {  // scanned, and in the record
                writer.append(Int((axis / 2.54).rounded()), bytes: 2)
            }
            writer.append(8, bytes: 1)  // bits a pixel
            writer.append(Int(compression.rawValue), bytes: 1)
            writer.append(0, bytes: 2)  // reserved
            writer.append(Self.fingerHeaderLength + data.count, bytes: 4)
            writer.append(Int(position.rawValue), bytes: 1)
            writer.append(1, bytes: 1)  // views
            writer.append(1, bytes: 1)  // number of this view
            writer.append(Self.undefinedQuality, bytes: 1)
            writer.append(Int(impression.rawValue), bytes: 1)
            writer.append(width, bytes: 2)
            writer.append(height, bytes: 2)
            writer.append(0, bytes: 1)  // reserved
            writer.append(data)
            return total
        }
    }

    /// Reads a record strictly: every length must fit and every reserved byte be 0; the picture itself is not decoded.
    ///
    /// - Throws: `BiometricError` naming the first field that is wrong.
    package init(parsing record: SecretBytes) throws(BiometricError) {
        var reader = BigEndianReader(record)
        guard try reader.skip(Self.magic) else { throw .record("it does not begin with FIR and version 010") }
        try reader.expect(record.count, bytes: 6, orElse: "its length field is wrong")
        _ = try reader.number(bytes: 2)
        guard [30, 31].contains(try reader.number(bytes: 2)) else {
            throw .record("its acquisition level is not 30 or 31 (500 ppi)")
        }
        try reader.expect(1, bytes: 1, orElse: "it has not exactly one finger")
        let units = try reader.number(bytes: 1)
        guard [1, 2].contains(units) else { throw .record("its scale units are neither inches nor centimetres") }
        let scanned = (try reader.number(bytes: 2), try reader.number(bytes: 2))
        let kept = (try reader.number(bytes: 2), try reader.number(bytes: 2))
        guard kept.0 > 0, kept.1 > 0, kept.0 <= scanned.0, kept.1 <= scanned.1 else {
            throw .record("its image resolution is 0 or above its scan resolution")
        }
        // 197 a centimetre are 500.38 ppi, but stand for 500.
        let inch = units == 1 ? 1 : 500.0 / 197
        resolution = Resolution(x: Double(kept.0) * inch, y: Double(kept.1) * inch)
        try reader.expect(8, bytes: 1, orElse: "it has not 8 bits a pixel")
        guard let compression = Compression(rawValue: UInt8(try reader.number(bytes: 1))) else {
            throw .record("its compression is none")
        }
        self.compression = compression
        try reader.expect(0, bytes: 2, orElse: "reserved bytes are not 0")
        try reader.expect(record.count - Self.headerLength, bytes: 4, orElse: "its block length is wrong")
        position = try reader.position()
        // The count of views, and the number of this one.
        try reader.expect(0x0101, bytes: 2, orElse: "it has not exactly one view")
        try reader.expect(Self.undefinedQuality, bytes: 1, orElse: "its quality is not 254")
        impression = try reader.impression()
        width = try reader.number(bytes: 2)
        height = try reader.number(bytes: 2)
        try reader.expect(0, bytes: 1, orElse: "a reserved byte is not 0")
        data = try reader.take(record.count - Self.headerLength - Self.fingerHeaderLength)
        if compression == .none, data.count != width * height {
            throw .record("\(data.count) bytes are not \(width) x \(height) pixels")
        }
    }

    /// The picture in the record.
    ///
    /// - Throws: `BiometricError` for a compression other than none and JPEG 2000, a damaged picture, or one of another size than
    ///   the record says or of a size that no finger has.
    package func image() throws(BiometricError) -> FingerImage {
        let sides = BiometricLimits.smallestSide...BiometricLimits.largestSide
        guard sides.contains(width), sides.contains(height) else {
            throw .record("its picture of \(width) x \(height) pixels is too small or too large")
        }
        let pixels: SecretBytes
        switch compression {
        case .none: pixels = data
        case .jpeg2000: pixels = try JPEG2000.decoded(data, width: width, height: height)
        default: throw .record("its compression is neither none nor JPEG 2000")
        }
        return FingerImage(width: width, height: height, pixels: pixels, resolution: resolution)
    }
}

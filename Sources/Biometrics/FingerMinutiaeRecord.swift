// The finger minutiae record (FMR), ISO/IEC 19794-2:2005 (spec/rd-service.md 5.4), with one finger view.
package import Secrets

/// A finger minutiae record of one view without extended data, which is what a PID block carries.
package struct FingerMinutiaeRecord: Sendable {
    /// Pixels.
    package let width: Int
    /// Pixels.
    package let height: Int
    /// Pixels per centimetre along x and y; 197 stands for 500 ppi.
    package let pixelsPerCentimetre: (x: Int, y: Int)
    package let position: FingerPosition
    package let impression: FingerImpression
    /// 0...100, higher is better.
    package let quality: Int
    package let minutiae: Minutiae

    /// A record of minutiae found at 500 ppi.
    package init(
        width: Int, height: Int, position: FingerPosition, impression: FingerImpression, quality: Int,
        minutiae: Minutiae
    ) {
        self.width = width
        self.height = height
        pixelsPerCentimetre = (197, 197)
        self.position = position
        self.impression = impression
        self.quality = quality
        self.minutiae = minutiae
    }

    private static let magic = Array("FMR\0 20\0".utf8)
    private static let headerLength = 24
    private static let viewHeaderLength = 4
    private static let minutiaLength = 6
    private static let extensionLengthField = 2

    /// The bytes of the record, big-endian.
    ///
    /// - Throws: `BiometricError` for more than 255 minutiae, one outside the picture, or a number its field cannot hold.
    package func encoded() throws(BiometricError) -> SecretBytes {
        guard minutiae.count <= BiometricLimits.mostMinutiae else { throw .record("more than 255 minutiae") }
        guard (1...0x3fff).contains(width), (1...0x3fff).contains(height), (0...100).contains(quality) else {
            throw .record("a picture size or quality out of range")
        }
        let total =
            Self.headerLength + Self.viewHeaderLength + minutiae.count * Self.minutiaLength + Self.extensionLengthField
        return try unsafe SecretBytes(capacity: total) { (room) throws(BiometricError) -> Int in
            var writer = unsafe BigEndianWriter(room: room)
            writer.append(Self.magic)
            writer.append(total, bytes: 4)
            writer.append(0, bytes: 2)  // capture equipment: not reported
            writer.append(width, bytes: 2)
            writer.append(height, bytes: 2)
            writer.append(pixelsPerCentimetre.x, bytes: 2)
            writer.append(pixelsPerCentimetre.y, bytes: 2)
            writer.append(1, bytes: 1)  // one finger view
            writer.append(0, bytes: 1)  // reserved
            writer.append(Int(position.rawValue), bytes: 1)
            writer.append(Int(impression.rawValue), bytes: 1)  // view number 0 in the high nibble
            writer.append(quality, bytes: 1)
            writer.append(minutiae.count, bytes: 1)
            for index in 0..<minutiae.count {
                let minutia = minutiae[index]
                guard Int(minutia.x) < width, Int(minutia.y) < height, minutia.quality <= 100 else {
                    throw .record("a minutia outside the picture or of impossible quality")
                }
                writer.append(Int(minutia.kind.rawValue) << 14 | Int(minutia.x), bytes: 2)
                writer.append(Int(minutia.y), bytes: 2)
                writer.append(Int(minutia.angle), bytes: 1)
                writer.append(Int(minutia.quality), bytes: 1)
            }
            writer.append(0, bytes: 2)  // no extended data
            return total
        }
    }

    /// Reads a record strictly: every length must fit and every reserved bit be 0.
    ///
    /// - Throws: `BiometricError` naming the first field that is wrong.
    package init(parsing record: SecretBytes) throws(BiometricError) {
        var reader = BigEndianReader(record)
        guard try reader.skip(Self.magic) else { throw .record("it does not begin with FMR and version 20") }
        try reader.expect(record.count, bytes: 4, orElse: "its length field is wrong")
        _ = try reader.number(bytes: 2)
        width = try reader.number(bytes: 2)
        height = try reader.number(bytes: 2)
        guard (1...0x3fff).contains(width), (1...0x3fff).contains(height) else {
            throw .record("the picture size is out of range")
        }
        pixelsPerCentimetre = (try reader.number(bytes: 2), try reader.number(bytes: 2))
        guard pixelsPerCentimetre.x > 0, pixelsPerCentimetre.y > 0 else { throw .record("a resolution is 0") }
        try reader.expect(1, bytes: 1, orElse: "it has not exactly one finger view")
        try reader.expect(0, bytes: 1, orElse: "a reserved byte is not 0")
        position = try reader.position()
        impression = try reader.impression()
        quality = try reader.number(bytes: 1)
        guard quality <= 100 else { throw .record("the quality is over 100") }
        let count = try reader.number(bytes: 1)
        let (width, height) = (width, height)
        minutiae = try unsafe Minutiae(capacity: count) { (room) throws(BiometricError) -> Int in
            for index in 0..<count {
                unsafe room[index] = try Self.minutia(&reader, width: width, height: height)
            }
            return count
        }
        try reader.expect(0, bytes: 2, orElse: "it has extended data")
        guard reader.isAtEnd else { throw .record("bytes follow its end") }
    }

    private static func minutia(
        _ reader: inout BigEndianReader, width: Int, height: Int
    ) throws(BiometricError) -> Minutia {
        let typeAndX = try reader.number(bytes: 2)
        let y = try reader.number(bytes: 2)
        let angle = try reader.number(bytes: 1)
        let quality = try reader.number(bytes: 1)
        guard let kind = Minutia.Kind(rawValue: UInt8(typeAndX >> 14)) else {
            throw .record("a minutia's type is none")
        }
        let x = typeAndX & 0x3fff
        guard y >> 14 == 0, x < width, y < height, quality <= 100 else { throw .record("a minutia is out of range") }
        return Minutia(x: UInt16(x), y: UInt16(y), angle: UInt8(angle), kind: kind, quality: UInt8(quality))
    }
}

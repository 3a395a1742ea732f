// Reading and writing the big-endian numbers of ISO/IEC 19794 records.
import Secrets

/// Writes numbers into memory of known size; the caller sized it for all it writes, and a debug build checks that.
@safe struct BigEndianWriter {
    let room: UnsafeMutableBufferPointer<UInt8>
    var offset = 0

    init(room: UnsafeMutableBufferPointer<UInt8>) { unsafe self.room = room }

    mutating func append(_ number: Int, bytes: Int) {
        for shift in stride(from: (bytes - 1) * 8, through: 0, by: -8) {
            unsafe room[offset] = UInt8(truncatingIfNeeded: number >> shift)
            offset += 1
        }
    }

    mutating func append(_ bytes: [UInt8]) {
        for byte in bytes { append(Int(byte), bytes: 1) }
    }

    mutating func append(_ secret: SecretBytes) {
        offset += unsafe secret.withUnsafeBuffer {
            unsafe UnsafeMutableBufferPointer(rebasing: room[offset...]).update(fromContentsOf: $0)
        }
    }
}

/// Reads numbers from a secret and never beyond its end.
struct BigEndianReader {
    private let source: SecretBytes
    private var offset = 0

    init(_ source: SecretBytes) { self.source = source }

    var isAtEnd: Bool { offset == source.count }

    /// Whether the next bytes are these; they are passed over.
    mutating func skip(_ expected: [UInt8]) throws(BiometricError) -> Bool {
        var same = true
        for byte in expected where try number(bytes: 1) != Int(byte) { same = false }
        return same
    }

    mutating func number(bytes: Int) throws(BiometricError) -> Int {
        guard source.count - offset >= bytes else { throw .record("it ends too early, at byte \(source.count)") }
        defer { offset += bytes }
        return (offset..<(offset + bytes)).reduce(0) { $0 << 8 | Int(source[$1]) }
    }

    /// Passes over a field of which a record has but one value; throws `fault` for any other.
    mutating func expect(_ value: Int, bytes: Int, orElse fault: String) throws(BiometricError) {
        guard try number(bytes: bytes) == value else { throw .record(fault) }
    }

    mutating func position() throws(BiometricError) -> FingerPosition {
        guard let position = FingerPosition(rawValue: UInt8(try number(bytes: 1))) else {
            throw .record("the finger position is none")
        }
        return position
    }

    /// An impression type; in a FMR the number of the view stands in the same byte and has to be 0.
    mutating func impression() throws(BiometricError) -> FingerImpression {
        guard let impression = FingerImpression(rawValue: UInt8(try number(bytes: 1))) else {
            throw .record("the view number or impression type is not supported")
        }
        return impression
    }

    /// The next bytes as a secret of their own.
    mutating func take(_ count: Int) throws(BiometricError) -> SecretBytes {
        guard count >= 0, source.count - offset >= count else {
            throw .record("it ends too early, at byte \(source.count)")
        }
        defer { offset += count }
        let start = offset
        return unsafe source.withUnsafeBuffer { unsafe SecretBytes(copying: $0[start..<(start + count)]) }
    }
}

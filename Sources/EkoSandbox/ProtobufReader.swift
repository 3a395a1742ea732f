// Reads Protocol Buffers messages strictly: every field known, in range, and no byte left over.
import Secrets

/// A message that is being read; it never reads beyond its own end.
struct ProtobufReader {
    /// What a field holds.
    enum Value {
        case number(Int)
        /// A text, bytes or a message: where it stands.
        case bytes(Range<Int>)
    }

    private let source: SecretBytes
    private let range: Range<Int>
    private var offset: Int

    /// Reads a part of the source, or all of it.
    init(_ source: SecretBytes, _ range: Range<Int>? = nil) {
        self.source = source
        self.range = range ?? 0..<source.count
        offset = self.range.lowerBound
    }

    /// The next field and its value; nil at the end of the message.
    ///
    /// - Throws: `PidRefusal` 513.
    mutating func next() throws(PidRefusal) -> (field: Int, value: Value)? {
        guard offset < range.upperBound else { return nil }
        let key = try varint()
        guard key >> 3 > 0 else { throw .protobuf("a field has the number 0") }
        switch key & 7 {
        case 0: return (key >> 3, .number(try varint()))
        case 2:
            let length = try varint()
            guard length <= range.upperBound - offset else { throw .protobuf("a field is longer than its message") }
            defer { offset += length }
            return (key >> 3, .bytes(offset..<(offset + length)))
        default: throw .protobuf("a field has a wire type that a PID does not use")
        }
    }

    /// A number below 2^31, which all of a PID's are.
    private mutating func varint() throws(PidRefusal) -> Int {
        var number = 0
        for shift in stride(from: 0, through: 28, by: 7) {
            guard offset < range.upperBound else { throw .protobuf("it ends inside a number") }
            let byte = Int(source[offset])
            offset += 1
            number |= (byte & 0x7f) << shift
            if byte < 0x80 {
                guard number >> 31 == 0 else { break }
                return number
            }
        }
        throw .protobuf("a number is too large")
    }

    /// The text that stands somewhere; for what is not secret.
    ///
    /// - Throws: `PidRefusal` 513 when it is not UTF-8 or longer than 1000 bytes.
    func text(_ place: Range<Int>) throws(PidRefusal) -> String {
        guard place.count <= 1000, let text = String(validating: place.map { source[$0] }, as: UTF8.self) else {
            throw .protobuf("a text is too long or not UTF-8")
        }
        return text
    }

    /// The bytes that stand somewhere.
    func secret(_ place: Range<Int>) -> SecretBytes {
        unsafe source.withUnsafeBuffer { unsafe SecretBytes(copying: $0[place]) }
    }
}

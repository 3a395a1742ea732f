// The wire format of Protocol Buffers, as far as a PID block needs it: varints, texts, bytes and messages.
import Secrets

/// A message that is being written; the content of its fields may be secret.
///
/// A PID block has six small messages of a few fields, for which an encoder of this size is easier to trust than generated code
/// that keeps copies in buffers of its own.
struct ProtobufMessage {
    /// Keys and lengths are public, what they announce is not.
    private var parts: [SecretBytes] = []
    private(set) var count = 0

    /// Adds a number or a value of an enumeration, 0 or more.
    mutating func add(_ field: Int, _ number: Int) {
        append(SecretBytes(copying: varint(field << 3 | 0) + varint(number)))
    }

    /// Adds a text or bytes.
    mutating func add(_ field: Int, _ bytes: SecretBytes) {
        append(SecretBytes(copying: varint(field << 3 | 2) + varint(bytes.count)))
        append(bytes)
    }

    /// Adds a text that is not secret.
    mutating func add(_ field: Int, _ text: String) { add(field, SecretBytes(copying: Array(text.utf8))) }

    /// Adds a message in this message.
    mutating func add(_ field: Int, _ message: ProtobufMessage) {
        append(SecretBytes(copying: varint(field << 3 | 2) + varint(message.count)))
        parts += message.parts
        count += message.count
    }

    var encoded: SecretBytes { .concatenating(parts) }

    private mutating func append(_ part: SecretBytes) {
        parts.append(part)
        count += part.count
    }
}

/// A number in groups of seven bits, the lowest first.
private func varint(_ number: Int) -> [UInt8] {
    var rest = UInt64(number)
    var bytes: [UInt8] = []
    while rest > 0x7f {
        bytes.append(UInt8(rest & 0x7f) | 0x80)
        rest >>= 7
    }
    return bytes + [UInt8(rest)]
}

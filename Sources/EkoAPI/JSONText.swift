// JSON written byte by byte, so that a secret goes straight from its own memory into the request's.
import Secrets

/// A JSON value: a string of a text or of a secret's bytes, or JSON that is ready.
enum JSONText {
    case plain(String)
    case secret(SecretBytes)
    /// A number, or JSON that was written before.
    case verbatim(String)

    /// Hands over the bytes of the value, one after the other.
    fileprivate func write(_ sink: (UInt8) -> Void) {
        if case .verbatim(let text) = self {
            for byte in text.utf8 { sink(byte) }
            return
        }
        sink(UInt8(ascii: "\""))
        switch self {
        case .plain(let text):
            for scalar in text.unicodeScalars {
                // Terminals obey these controls too; in UTF-8 the later ones have two bytes.
                if (0x7f...0x9f).contains(scalar.value) {
                    writeControl(UInt8(scalar.value), sink)
                } else {
                    for byte in UTF8.encode(scalar)! { writeEscaped(byte, sink) }
                }
            }
        case .secret(let secret):
            secret.withSpan { bytes in for index in bytes.indices { writeEscaped(bytes[index], sink) } }
        case .verbatim: break
        }
        sink(UInt8(ascii: "\""))
    }
}

/// One JSON object, its members in the order given, as a secret.
///
/// The bytes of the secrets must be UTF-8; nothing of them is left anywhere else.
func jsonObject(_ members: [(name: String, value: JSONText)]) -> SecretBytes {
    func write(_ sink: (UInt8) -> Void) {
        sink(UInt8(ascii: "{"))
        for (index, member) in members.enumerated() {
            if index > 0 { sink(UInt8(ascii: ",")) }
            JSONText.plain(member.name).write(sink)
            sink(UInt8(ascii: ":"))
            member.value.write(sink)
        }
        sink(UInt8(ascii: "}"))
    }
    var length = 0
    write { _ in length += 1 }
    return unsafe SecretBytes(capacity: length) { room in
        var count = 0
        write {
            unsafe room[count] = $0
            count += 1
        }
        return count
    }
}

/// A text as a JSON string, quotes included.
package func jsonString(_ text: String) -> String {
    var bytes: [UInt8] = []
    JSONText.plain(text).write { bytes.append($0) }
    return String(decoding: bytes, as: UTF8.self)
}

/// RFC 8259 section 7: quote, backslash and everything below U+0020 are escaped.
private func writeEscaped(_ byte: UInt8, _ sink: (UInt8) -> Void) {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        sink(UInt8(ascii: "\\"))
        sink(byte)
    case UInt8(ascii: "\n"): for byte in "\\n".utf8 { sink(byte) }
    case UInt8(ascii: "\r"): for byte in "\\r".utf8 { sink(byte) }
    case UInt8(ascii: "\t"): for byte in "\\t".utf8 { sink(byte) }
    case 0..<32: writeControl(byte, sink)
    default: sink(byte)
    }
}

/// Writes a character below U+0100 as an escape of four hexadecimal digits.
private func writeControl(_ character: UInt8, _ sink: (UInt8) -> Void) {
    for byte in "\\u00".utf8 { sink(byte) }
    for digit in [character >> 4, character & 15] { sink(digit < 10 ? digit + 48 : digit + 87) }
}

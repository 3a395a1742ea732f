// JSON bodies: read strictly, with every text kept as a secret until somebody needs it otherwise.
package import Secrets

/// A JSON value as it came; numbers keep their text, because `otp: 012345` and `1e2` are matters of spelling.
package enum JSONValue: Sendable {
    case string(SecretBytes)
    case number(String)
    case bool(Bool)
    case null
    case array([JSONValue])
    case object([String: JSONValue])
}

/// Why a text is not the JSON that is taken here, without a word of its content.
package struct JSONRefusal: Error, Equatable, CustomStringConvertible {
    package let description: String
}

extension JSONValue {
    /// Reads a whole JSON text (RFC 8259).
    ///
    /// Refused besides what the grammar refuses: a member named twice, more than 64 members or 8 levels, and texts that
    /// are not UTF-8 or hold half of a surrogate pair, since readers differ on those.
    /// - Throws: `JSONRefusal` with the place of the fault, counted in bytes.
    package init(parsing text: [UInt8]) throws(JSONRefusal) {
        var reader = JSONReader(text)
        self = try reader.value(depth: 0)
        try reader.end()
    }
}

private struct JSONReader {
    private let text: [UInt8]
    private var index = 0

    init(_ text: [UInt8]) { self.text = text }

    private func refusal(_ what: String) -> JSONRefusal { JSONRefusal(description: "\(what) at byte \(index)") }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private var next: UInt8? { index < text.count ? text[index] : nil }

    private mutating func skipBlanks() {
        while let byte = next, [0x20, 0x09, 0x0a, 0x0d].contains(byte) { index += 1 }
    }

    private mutating func take(_ byte: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: byte) else { return false }
        index += 1
        return true
    }

    private mutating func take(word: String) -> Bool {
        guard text[index...].starts(with: word.utf8) else { return false }
        index += word.utf8.count
        return true
    }

    mutating func end() throws(JSONRefusal) {
        skipBlanks()
        guard index == text.count else { throw refusal("something follows the value") }
    }

    mutating func value(depth: Int) throws(JSONRefusal) -> JSONValue {
        guard depth <= Limits.jsonDepth else { throw refusal("too many levels") }
        skipBlanks()
        switch next {
        case UInt8(ascii: "{"): return .object(try object(depth: depth))
        case UInt8(ascii: "["): return .array(try array(depth: depth))
        case UInt8(ascii: "\""): return .string(try string())
        case let byte? where byte == UInt8(ascii: "-") || Self.isDigit(byte): return .number(try number())
        default:
            if take(word: "true") { return .bool(true) }
            if take(word: "false") { return .bool(false) }
            if take(word: "null") { return .null }
            throw refusal("no JSON value")
        }
    }

    private mutating func object(depth: Int) throws(JSONRefusal) -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        _ = take("{")
        skipBlanks()
        if take("}") { return members }
        repeat {
            skipBlanks()
            guard next == UInt8(ascii: "\"") else { throw refusal("no member name") }
            let name = unsafe try string().withUnsafeBuffer { unsafe String(decoding: $0, as: UTF8.self) }
            skipBlanks()
            guard take(":") else { throw refusal("no colon") }
            guard members.count < Limits.jsonMembers else { throw refusal("too many members") }
            guard members.updateValue(try value(depth: depth + 1), forKey: name) == nil else {
                throw refusal("a member that is named twice")
            }
            skipBlanks()
        } while take(",")
        guard take("}") else { throw refusal("no end of the object") }
        return members
    }

    private mutating func array(depth: Int) throws(JSONRefusal) -> [JSONValue] {
        var members: [JSONValue] = []
        _ = take("[")
        skipBlanks()
        if take("]") { return members }
        repeat {
            guard members.count < Limits.jsonMembers else { throw refusal("too many members") }
            members.append(try value(depth: depth + 1))
            skipBlanks()
        } while take(",")
        guard take("]") else { throw refusal("no end of the array") }
        return members
    }

    private mutating func number() throws(JSONRefusal) -> String {
        let start = index
        _ = take("-")
        if !take("0") { try digits() }
        if take(".") { try digits() }
        if take("e") || take("E") {
            _ = take("+") || take("-")
            try digits()
        }
        return String(decoding: text[start..<index], as: UTF8.self)
    }

    private mutating func digits() throws(JSONRefusal) {
        let start = index
        while let byte = next, Self.isDigit(byte) { index += 1 }
        guard index > start else { throw refusal("no digit") }
    }

    // MARK: Strings

    /// Reads a string into memory of its own; what it decodes to is never longer than what was written.
    private mutating func string() throws(JSONRefusal) -> SecretBytes {
        index += 1
        guard let end = endOfString() else { throw refusal("no end of the text") }
        let decoded = try unsafe SecretBytes(capacity: end - index) { (room) throws(JSONRefusal) -> Int in
            var count = 0
            while index < end {
                let byte = text[index]
                guard byte >= 0x20 else { throw refusal("a control character in a text") }
                index += 1
                if byte == UInt8(ascii: "\\") {
                    for part in UTF8.encode(try escaped())! {
                        unsafe room[count] = part
                        count += 1
                    }
                } else {
                    unsafe room[count] = byte
                    count += 1
                }
            }
            let bytes = unsafe Span(_unsafeElements: UnsafeBufferPointer(rebasing: room[..<count]))
            guard (try? UTF8Span(validating: bytes)) != nil else { throw refusal("a text that is not UTF-8") }
            return count
        }
        index = end + 1
        return decoded
    }

    private func endOfString() -> Int? {
        var place = index
        while place < text.count, text[place] != UInt8(ascii: "\"") {
            place += text[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        return place < text.count ? place : nil
    }

    private mutating func escaped() throws(JSONRefusal) -> Unicode.Scalar {
        guard let letter = next else { throw refusal("no end of the text") }
        index += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): break
        default: throw refusal("an unknown escape")
        }
        let unit = try hexadecimal()
        if let scalar = Unicode.Scalar(unit) { return scalar }
        guard (0xd800...0xdbff).contains(unit), take("\\"), take("u") else { throw refusal("half of a character") }
        let low = try hexadecimal()
        guard (0xdc00...0xdfff).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (unit - 0xd800) << 10 + (low - 0xdc00))
        else { throw refusal("half of a character") }
        return scalar
    }

    private mutating func hexadecimal() throws(JSONRefusal) -> UInt32 {
        guard index + 4 <= text.count else { throw refusal("no end of the text") }
        var unit: UInt32 = 0
        for byte in text[index..<(index + 4)] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw refusal("no hexadecimal digit")
            }
            unit = unit << 4 | UInt32(digit)
        }
        index += 4
        return unit
    }
}

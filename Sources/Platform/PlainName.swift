// Names that can stand anywhere as they are.

/// Whether a text is made of `A-Z a-z 0-9 . _ -` alone and has an allowed length.
///
/// Nothing in it needs quoting in a URL, a header, XML, JSON or the journal.
///
/// - Parameters:
///   - text: a name that somebody else chose.
///   - length: in bytes.
/// - Returns: false for any other text.
package func isPlainName(_ text: some StringProtocol, length: ClosedRange<Int>) -> Bool {
    length.contains(text.utf8.count)
        && text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
}

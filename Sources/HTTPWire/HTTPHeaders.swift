// The header fields of a request or a response, in order.

/// Header fields in the order in which they stand in the message; names compare without regard to case.
///
/// They are kept as one text of whole lines, as on the wire: only what is asked for becomes a string. Nothing in it can
/// break the framing: what may not stand in a name is written as a hyphen, and in a value as a space.
package struct HTTPHeaders: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    /// Where a field stands in the text.
    private struct Field: Sendable, Equatable {
        let start: Int
        let nameEnd: Int
        let valueEnd: Int

        var name: Range<Int> { start..<nameEnd }
        var value: Range<Int> { (nameEnd + 2)..<valueEnd }
        var line: Range<Int> { start..<(valueEnd + 2) }
    }

    private var text: [UInt8] = []
    private var fields: [Field] = []

    package init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { add(name, value) }
    }

    /// The number of fields.
    package var count: Int { fields.count }

    /// Adds a field after those that are there, also when one of them has the same name.
    package mutating func add(_ name: String, _ value: String) {
        let field = append(name.utf8, value.utf8)
        for index in field.name where !ASCII.isToken(text[index]) { text[index] = UInt8(ascii: "-") }
        for index in field.value where !ASCII.isFieldValue(text[index]) { text[index] = ASCII.space }
    }

    /// Adds the fields of another message.
    package mutating func add(_ others: HTTPHeaders) {
        for field in others.fields { append(others.text[field.name], others.text[field.value]) }
    }

    /// Adds a field whose name and value have been found to be well-formed.
    mutating func add(checkedName name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) { append(name, value) }

    @discardableResult
    private mutating func append(_ name: some Collection<UInt8>, _ value: some Collection<UInt8>) -> Field {
        if fields.isEmpty {
            text.reserveCapacity(256)
            fields.reserveCapacity(8)
        }
        let start = text.count
        text += name
        let nameEnd = text.count
        text.append(ascii: ": ")
        text += value
        let field = Field(start: start, nameEnd: nameEnd, valueEnd: text.count)
        text.append(ascii: "\r\n")
        fields.append(field)
        return field
    }

    /// The first value under a name.
    package subscript(name: String) -> String? {
        fields.first { isNamed(name, $0) }.map { string($0.value) }
    }

    /// All values under a name.
    package func values(of name: String) -> [String] {
        fields.filter { isNamed(name, $0) }.map { string($0.value) }
    }

    /// How many fields have a name.
    func count(of name: String) -> Int { fields.count { isNamed(name, $0) } }

    /// The members of a comma-separated list that may be spread over several fields, trimmed and in lower case.
    package func list(of name: String) -> [String] {
        var members: [String] = []
        for field in fields where isNamed(name, field) {
            for member in text[field.value].split(separator: UInt8(ascii: ",")) {
                members.append(String(decoding: ASCII.trimmed(member).map(ASCII.lower), as: UTF8.self))
            }
        }
        return members
    }

    /// Writes the lines of all fields but those with one of some names.
    func write(to bytes: inout [UInt8], except names: [String]) {
        for field in fields where !names.contains(where: { isNamed($0, field) }) { bytes += text[field.line] }
    }

    private func isNamed(_ name: String, _ field: Field) -> Bool {
        field.name.count == name.utf8.count
            && zip(field.name, name.utf8).allSatisfy { ASCII.lower(text[$0]) == ASCII.lower($1) }
    }

    private func string(_ range: Range<Int>) -> String { String(decoding: text[range], as: UTF8.self) }
}

// The header fields of a request or a response, in order.

/// Header fields in the order in which they stand in the message; names compare without regard to case.
package struct HTTPHeaders: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    /// One header line.
    package struct Field: Sendable, Equatable {
        package let name: String
        package let value: String
    }

    package private(set) var fields: [Field] = []

    package init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { add(name, value) }
    }

    /// Adds a field after those that are there, also when one of them has the same name.
    package mutating func add(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }

    /// The first value under a name.
    package subscript(name: String) -> String? {
        fields.first { Self.areSame($0.name, name) }?.value
    }

    /// All values under a name.
    package func values(of name: String) -> [String] {
        fields.filter { Self.areSame($0.name, name) }.map(\.value)
    }

    /// The members of a comma-separated list that may be spread over several fields, trimmed and in lower case.
    package func list(of name: String) -> [String] {
        values(of: name).flatMap { value in
            value.utf8.split(separator: UInt8(ascii: ",")).map { member in
                String(decoding: ASCII.trimmed(Array(member)[...]).map(ASCII.lower), as: UTF8.self)
            }
        }
    }

    static func areSame(_ one: String, _ other: String) -> Bool {
        one.utf8.count == other.utf8.count && one.utf8.elementsEqual(other.utf8) { ASCII.lower($0) == ASCII.lower($1) }
    }
}

// A postal address, in the shapes in which Eko's products want it.

/// A postal address of a few named parts.
package struct Address: Sendable, CustomStringConvertible {
    /// How a product wants an address written.
    package enum Shape: Equatable, Sendable {
        /// A JSON object as a text (Fino).
        case objectText
        /// A JSON array of lines as a text (Fino, June 2026).
        case linesText
        /// A JSON array of lines (DigiKhata).
        case lines
    }

    /// The parts of the object, all of which Eko wants.
    static let names = ["line", "city", "state", "pincode", "district", "area"]

    private let parts: [(name: String, text: String)]

    /// Reads `line=12 Park Road;city=Pune;...`; a part without a name is a line.
    ///
    /// - Throws: `InvalidInput` for a name that is none or comes twice, and for an empty part.
    package init(parsing text: String) throws(InvalidInput) {
        var parts: [(name: String, text: String)] = []
        for part in text.split(separator: ";", omittingEmptySubsequences: true) {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = pair.count == 2 ? Self.trimmed(pair[0]) : ""
            let value = Self.trimmed(pair[pair.count - 1])
            let isNew = name.isEmpty || !parts.contains { $0.name == name }
            guard name.isEmpty || Self.names.contains(name), isNew, !value.isEmpty, text.utf8.count <= 500 else {
                throw InvalidInput(
                    "address-invalid", "the address is not a list of parts such as line=12 Park Road;city=Pune",
                    nextStep: "name each part once: \(Self.names.joined(separator: ", "))")
            }
            parts.append((name, value))
        }
        self.parts = parts
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }

    func fits(_ shape: Shape) -> Bool {
        switch shape {
        case .objectText: Self.names.allSatisfy { name in parts.contains { $0.name == name } }
        case .linesText, .lines: !parts.isEmpty
        }
    }

    func json(_ shape: Shape) -> JSONText {
        let lines = "[" + parts.map { jsonString($0.text) }.joined(separator: ",") + "]"
        switch shape {
        case .lines: return .verbatim(lines)
        case .linesText: return .plain(lines)
        case .objectText:
            let members = Self.names.compactMap { name in
                parts.first { $0.name == name }.map { "\(jsonString(name)):\(jsonString($0.text))" }
            }
            return .plain("{" + members.joined(separator: ",") + "}")
        }
    }

    package var description: String {
        parts.map { $0.name.isEmpty ? $0.text : "\($0.name)=\($0.text)" }.joined(separator: ";")
    }
}

// An operation with its values, checked and written out, not yet signed.
import Secrets

/// An operation with its values: ready to be signed and sent.
package struct PreparedCall: Sendable {
    package let operation: Operation
    /// Below the base URL, with the values of the path's fields and, of a GET, the query.
    let path: String
    /// The JSON text, which holds secrets; nil of a GET.
    let body: SecretBytes?
    /// The fields that are sent besides those of the path, in order, as they may be shown.
    package let shown: [(name: String, value: String)]

    /// Checks all values, then writes the path and the body.
    ///
    /// - Parameters:
    ///   - operation: what to call.
    ///   - values: by field name; those that the operation does not have are left out.
    /// - Throws: `InvalidInput` naming all fields that are missing, or the first that has a wrong form.
    package init(_ operation: Operation, _ values: [String: FieldValue]) throws(InvalidInput) {
        try Self.check(operation, values)
        self.operation = operation
        let path = operation.fields.filter { $0.place == .path }.reduce(into: operation.path) { path, field in
            if case .text(let text) = values[field.name] { path.replaceFirst("{\(field.name)}", with: text) }
        }
        let parameters = operation.fields.compactMap { field in
            field.place == .parameter ? values[field.name].map { (field: field, value: $0) } : nil
        }
        shown = parameters.map { ($0.field.name, $0.value.shown) }
        guard operation.method == "GET" else {
            self.path = path
            body = jsonObject(parameters.map { ($0.field.name, $0.value.json($0.field.format)) })
            return
        }
        body = nil
        let query = parameters.compactMap { field, value -> String? in
            // No GET has a field for a secret, and a query is no place for one.
            guard case .text(let text) = value else { return nil }
            return "\(field.name)=\(percentEncoded(text))"
        }
        self.path = path + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
    }

    /// Checks values without making anything of them.
    ///
    /// - Parameters:
    ///   - operation: what is to be called.
    ///   - values: by field name.
    ///   - later: fields whose values are still to come, such as a capture.
    /// - Throws: as `init`.
    package static func check(
        _ operation: Operation, _ values: [String: FieldValue], later: Set<String> = []
    ) throws(InvalidInput) {
        let missing = operation.fields.filter { $0.isRequired && values[$0.name] == nil && !later.contains($0.name) }
        guard missing.isEmpty else {
            throw InvalidInput(
                "field-missing", "the \(operation.title) needs \(missing.map(\.name).joined(separator: ", "))",
                nextStep: operation.waysToGive(missing))
        }
        func isKnown(_ name: String) -> Bool { values[name] != nil || later.contains(name) }
        for field in operation.fields {
            if let partner = field.partner, isKnown(field.name), !isKnown(partner) {
                throw InvalidInput(
                    "field-missing", "the \(operation.title) needs \(partner) beside \(field.name), or neither",
                    nextStep: operation.waysToGive(operation.fields.filter { $0.name == partner }))
            }
            guard let value = values[field.name], !field.format.accepts(value) else { continue }
            throw InvalidInput(
                "field-invalid", "--\(field.option) must be \(field.format.expectation)",
                nextStep: "correct the value")
        }
    }
}

extension Operation {
    /// Where the values of fields come from: the command line, the step before, or the settings file.
    fileprivate func waysToGive(_ missing: [Field]) -> String {
        let isSetting = { (field: Field) in ["initiator_id", "user_code"].contains(field.name) }
        func options(_ fields: [Field]) -> String { fields.map { "--\($0.option)" }.joined(separator: ", ") }
        let given = missing.filter { !isSetting($0) }
        let set = missing.filter(isSetting)
        let printed = missing.filter { $0.format == .reference }.map(\.member)
        return [
            given.isEmpty ? "" : "give \(options(given))",
            printed.isEmpty ? "" : "the step before prints \(printed.joined(separator: " and "))",
            set.isEmpty ? "" : "give \(options(set)) or set \(set.count == 1 ? "it" : "them") in the settings file",
        ].filter { !$0.isEmpty }.joined(separator: "; ")
    }
}

/// RFC 3986: all but the unreserved characters as `%XX`.
private func percentEncoded(_ text: String) -> String {
    text.utf8.map { byte in
        let character = Character(Unicode.Scalar(byte))
        let isPlain = byte < 0x80 && (character.isLetter || character.isNumber || "-._~".contains(character))
        let digits = String(byte, radix: 16, uppercase: true)
        return isPlain ? String(character) : "%" + (byte < 16 ? "0" : "") + digits
    }.joined()
}

extension String {
    fileprivate mutating func replaceFirst(_ pattern: String, with text: String) {
        guard let range = firstRange(of: pattern) else { return }
        replaceSubrange(range, with: text)
    }
}

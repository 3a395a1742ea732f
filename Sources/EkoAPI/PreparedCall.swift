// An operation with its values, checked and written out, not yet signed.
import Secrets

/// An operation with its values: ready to be signed and sent.
package struct PreparedCall: Sendable {
    package let operation: Operation
    /// Below the base URL, with the values of the path's fields.
    let path: String
    /// The JSON text; holds secrets.
    let body: SecretBytes
    /// Names of the body's fields, in order.
    package let fieldNames: [String]

    /// Checks all values, then writes the path and the body.
    ///
    /// - Parameters:
    ///   - operation: what to call.
    ///   - values: by field name; those that the operation does not have are left out.
    /// - Throws: `InvalidInput` naming all fields that are missing, or the first that has a wrong form.
    package init(_ operation: Operation, _ values: [String: FieldValue]) throws(InvalidInput) {
        try Self.check(operation, values)
        self.operation = operation
        path = operation.fields.filter { $0.place == .path }.reduce(into: operation.path) { path, field in
            if case .text(let text) = values[field.name] { path.replaceFirst("{\(field.name)}", with: text) }
        }
        let members = operation.fields.compactMap { field -> (name: String, value: JSONText)? in
            guard field.place == .body, let value = values[field.name] else { return nil }
            return (field.name, value.json)
        }
        fieldNames = members.map(\.name)
        body = jsonObject(members)
    }

    /// Checks values without making anything of them.
    ///
    /// - Parameters:
    ///   - operation: what is to be called.
    ///   - values: by field name.
    ///   - later: a field whose value is still to come, such as a capture.
    /// - Throws: as `init`.
    package static func check(
        _ operation: Operation, _ values: [String: FieldValue], later: String? = nil
    ) throws(InvalidInput) {
        let missing = operation.fields.filter { $0.isRequired && values[$0.name] == nil && $0.name != later }.map(
            \.name)
        guard missing.isEmpty else {
            throw InvalidInput(
                "field-missing", "the \(operation.title) needs \(missing.joined(separator: ", "))",
                nextStep: operation.waysToGive(missing))
        }
        for field in operation.fields {
            guard let value = values[field.name], !field.format.accepts(value) else { continue }
            throw InvalidInput(
                "field-invalid", "\(optionName(field.name)) must be \(field.format.expectation)",
                nextStep: "correct the value")
        }
    }
}

extension Operation {
    /// Where the values of fields come from: the command line, the step before, or the settings file.
    fileprivate func waysToGive(_ names: [String]) -> String {
        let isSetting = { (name: String) in ["initiator_id", "user_code"].contains(name) }
        func options(_ names: [String]) -> String { names.map(optionName).joined(separator: ", ") }
        let given = names.filter { !isSetting($0) }
        let set = names.filter(isSetting)
        let printed = fields.filter { $0.format == .reference && names.contains($0.name) }.map(\.name)
        return [
            given.isEmpty ? "" : "give \(options(given))",
            printed.isEmpty ? "" : "fino ekyc prints \(printed.joined(separator: " and "))",
            set.isEmpty ? "" : "give \(options(set)) or set \(set.count == 1 ? "it" : "them") in the settings file",
        ].filter { !$0.isEmpty }.joined(separator: "; ")
    }
}

/// How a person gives a field: its name, without Eko's endings.
private func optionName(_ field: String) -> String {
    switch field {
    case "customer_id": "--customer"
    case "aadhar": "--aadhaar-file"
    case "otp": "--otp-file"
    default: "--" + field.split(separator: "_").joined(separator: "-")
    }
}

extension String {
    fileprivate mutating func replaceFirst(_ pattern: String, with text: String) {
        guard let range = firstRange(of: pattern) else { return }
        replaceSubrange(range, with: text)
    }
}

// The name that a client gives to its request.
import Platform

/// The name of one request: 1 to 64 letters, digits, dots, hyphens and underscores (docs/openapi.json).
package struct RequestID: Equatable, Sendable {
    package let text: String

    /// Takes a name; nil when it has another form.
    package init?(_ text: String) {
        guard isPlainName(text, length: 1...64) else { return nil }
        self.text = text
    }

    /// Makes a name that no other request has.
    package static func unique() -> RequestID {
        RequestID(checked: "ekyc-\(String(UInt64.random(in: .min ... .max), radix: 36))")
    }

    private init(checked text: String) { self.text = text }
}

// The name that a client gives to its request.

/// The name of one request: 1 to 64 letters, digits, dots, hyphens and underscores (docs/openapi.json).
package struct RequestID: Equatable, Sendable {
    package let text: String

    /// Takes a name; nil when it has another form.
    package init?(_ text: String) {
        guard text.wholeMatch(of: /[A-Za-z0-9._\-]{1,64}/) != nil else { return nil }
        self.text = text
    }

    /// Makes a name that no other request has.
    package static func unique() -> RequestID {
        RequestID(checked: "ekyc-\(String(UInt64.random(in: .min ... .max), radix: 36))")
    }

    private init(checked text: String) { self.text = text }
}

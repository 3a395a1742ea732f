// What the daemon says of itself: one line an event, never a secret.
package import Platform

/// Writes lines of `key=value` pairs to standard error, where the service manager's journal takes them.
///
/// Values come from this program, from the kernel and from the settings, and from clients only after cleaning: what is not
/// printable ASCII becomes `?`, so that a line stays a line.
package struct Journal: Sendable {
    private let write: @Sendable (String) -> Void

    /// A journal on standard error, or on something else in tests.
    package init(write: @escaping @Sendable (String) -> Void = { say($0) }) { self.write = write }

    /// Writes one line: a text and pairs behind it.
    package func note(_ text: String, _ pairs: [(key: String, value: String)] = []) {
        write(([text] + pairs.map { "\($0)=\(Self.quoted($1))" }).joined(separator: " "))
    }

    /// Notes an error with its code, cause and next step.
    package func note(_ text: String, _ error: any ExplainedError) {
        note("\(text): \(error.cause)", error.nextStep.isEmpty ? [] : [("next", error.nextStep)])
    }

    private static func quoted(_ value: String) -> String {
        let clean = String(decoding: value.utf8.map { (32...126).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
        return clean.isEmpty || clean.contains(where: { " \"=".contains($0) })
            ? "\"\(clean.map { $0 == "\"" ? "'" : String($0) }.joined())\"" : clean
    }
}

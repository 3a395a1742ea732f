// What the daemon says of itself: one line an event, never a secret.
import Glibc
package import Platform

/// Writes lines of `key=value` pairs to standard error, where the service manager's journal takes them.
///
/// Values come from this program, from the kernel and from the settings, and from clients only after cleaning: what is not
/// printable ASCII becomes `?`, so that a line stays a line. No call waits for the reader of standard error.
package struct Journal: Sendable {
    private let lines: LineQueue

    /// A journal on standard error.
    package init() { lines = LineQueue(to: STDERR_FILENO) }

    /// Writes one line: a text and pairs behind it.
    package func note(_ text: String, _ pairs: [(key: String, value: String)] = []) {
        lines.add(([text] + pairs.map { "\($0)=\(Self.quoted($1))" }).joined(separator: " "))
    }

    /// Notes an error with its code, cause and next step.
    package func note(_ text: String, _ error: any ExplainedError) {
        note("\(text): \(error.cause)", error.nextStep.isEmpty ? [] : [("next", error.nextStep)])
    }

    /// Waits until all lines are written, at most for `time`; blocks the calling thread.
    package func flush(within time: Duration) { lines.flush(within: time) }

    private static func quoted(_ value: String) -> String {
        let clean = String(decoding: value.utf8.map { (32...126).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
        return clean.isEmpty || clean.contains(where: { " \"=".contains($0) })
            ? "\"\(clean.map { $0 == "\"" ? "'" : String($0) }.joined())\"" : clean
    }
}

// The parsers that read what others send, each with what must hold for any bytes at all.
import Glibc

/// One parser under fuzz.
///
/// `check` ends the process when a promise is broken; libFuzzer and the sanitizers see the rest: crashes, memory errors,
/// leaks, and inputs that take too long.
package struct FuzzTarget: Sendable {
    /// What `scripts/fuzz` and the folder of its corpus call it.
    package let name: String
    /// Larger inputs are past the parser's own limit and would only be refused.
    package let largestInput: Int
    package let check: @Sendable (_ input: [UInt8]) -> Void

    /// All of them.
    package static let all: [FuzzTarget] = [
        .httpStrict, .httpClients, .pidOptions, .pidData, .settings, .scannerTable, .json, .envelope, .piddEvents,
        .fingerMinutiaeRecord, .fingerImageRecord, .captureOptions, .loopback,
    ]
}

/// Ends the process when a promise is broken, also in a release build, and says which.
func promise(_ isKept: Bool, _ what: StaticString) {
    guard !isKept else { return }
    let line = "promise broken: \(what)\n"
    _ = unsafe write(STDERR_FILENO, line, line.utf8.count)
    preconditionFailure()
}

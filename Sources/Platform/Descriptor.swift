// A file descriptor with one owner.
import Glibc

/// Owns a descriptor and closes it once.
package struct Descriptor: ~Copyable, Sendable {
    package let raw: Int32

    /// Takes over `raw`; a negative value becomes a `SystemError` naming `call`.
    package init(_ raw: Int32, from call: String, on subject: String = "") throws(SystemError) {
        guard raw >= 0 else { throw SystemError(call, on: subject) }
        self.raw = raw
    }

    /// Gives the descriptor away: the caller closes it.
    package consuming func release() -> Int32 {
        let raw = self.raw
        discard self
        return raw
    }

    deinit { close(raw) }
}

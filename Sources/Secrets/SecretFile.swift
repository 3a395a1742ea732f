// Secrets that come from files and from standard input.
import Glibc
package import Platform

/// Reads a secret from a file that only its owner may read.
///
/// - Throws: `FileError` when others may read it, it belongs to somebody else, or it has more than `limit` bytes.
package func readSecretFile(_ path: String, limit: Int) throws(FileError) -> SecretBytes {
    let opened = try openForReading(path, limit: limit, privacy: .secret)
    return try unsafe SecretBytes(capacity: opened.size) { (room) throws(FileError) -> Int in
        let count = unsafe readFully(opened.descriptor.raw, into: UnsafeMutableRawBufferPointer(room))
        guard count >= 0 else {
            throw FileError(
                code: "file-error", cause: "\(path) cannot be read", nextStep: "check the file and its disk")
        }
        return count
    }
}

/// Reads a secret from a descriptor such as standard input, up to its end.
///
/// - Throws: `FileError` when reading fails or more than `limit` bytes come.
package func readSecret(descriptor: Int32, limit: Int) throws(FileError) -> SecretBytes {
    try unsafe SecretBytes(capacity: limit + 1) { (room) throws(FileError) -> Int in
        let count = unsafe readFully(descriptor, into: UnsafeMutableRawBufferPointer(room))
        guard (0...limit).contains(count) else {
            throw FileError(
                code: count < 0 ? "input-error" : "input-too-large",
                cause: count < 0 ? "the input cannot be read" : "the input has more than \(limit) bytes",
                nextStep: "check what is piped in")
        }
        return count
    }
}

extension SecretBuffer where Element == UInt8 {
    /// The same secret without white space and line ends at its two ends, as text editors and `echo` leave them.
    package func trimmingWhitespace() -> SecretBytes {
        withSpan { bytes in
            var range = bytes.indices
            func blank(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
            while let first = range.first, blank(bytes[first]) { range.removeFirst() }
            while let last = range.last, blank(bytes[last]) { range.removeLast() }
            return unsafe SecretBytes(capacity: range.count) { room in
                for (offset, index) in range.enumerated() { unsafe room[offset] = bytes[index] }
                return range.count
            }
        }
    }
}

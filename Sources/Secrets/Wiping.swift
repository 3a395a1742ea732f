// Overwriting what held a secret in memory of another kind, such as the buffers through which requests come in.
import Glibc

/// Overwrites a part of an array that nobody else holds; no compiler leaves it out.
///
/// - Parameters:
///   - bytes: where a secret stood.
///   - range: which part; nil for all.
package func wipe(_ bytes: inout [UInt8], _ range: Range<Int>? = nil) {
    unsafe bytes.withUnsafeMutableBytes { memory in
        let part = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[range ?? 0..<memory.count])
        guard let start = part.baseAddress else { return }
        unsafe explicit_bzero(start, part.count)
    }
}

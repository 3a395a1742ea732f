// Memory for what must not outlive its use: pictures, templates, PID plaintext, keys, Aadhaar numbers, OTPs.
import Glibc
import Platform

/// Bytes that are secret; see `SecretBuffer`.
package typealias SecretBytes = SecretBuffer<UInt8>

/// A fixed number of values in pages of their own that are wiped when the last reference goes.
///
/// The pages are locked against swapping where the process may do that, left out of core dumps and of forked
/// children. The content is written once, in `init`, and only lent afterwards, so the buffer may be shared between
/// threads; handing it on copies a reference, never the content. It has no description and shows nothing to a debugger's mirror.
package final class SecretBuffer<Element: BitwiseCopyable & Sendable>: Sendable, CustomReflectable {
    /// The number of values.
    package let count: Int
    /// Only `init` writes there.
    private let pages: SecretPages

    /// Makes room for `capacity` zeroed values and lets `fill` write them; `fill` returns how many it made.
    ///
    /// - Throws: what `fill` throws; the memory is wiped then as well.
    package init<Failure: Error>(
        capacity: Int, _ fill: (UnsafeMutableBufferPointer<Element>) throws(Failure) -> Int
    ) throws(Failure) {
        let size = max(capacity, 1) * MemoryLayout<Element>.stride
        guard let pages = SecretPages(bytes: size) else { fatalErrorOutOfMemory() }
        let values = unsafe UnsafeMutableBufferPointer(
            start: pages.start.bindMemory(to: Element.self, capacity: max(capacity, 1)), count: capacity)
        do {
            let used = unsafe try fill(values)
            precondition((0...capacity).contains(used), "more values than room")
            count = used
        } catch {
            pages.release()
            throw error
        }
        self.pages = pages
    }

    deinit { pages.release() }

    /// Lends the values to `body`, as a pointer for C; it must not escape.
    package func withUnsafeBuffer<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeBufferPointer<Element>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let start = unsafe UnsafePointer<Element>(bitPattern: pages.address)
        return unsafe try body(UnsafeBufferPointer(start: start, count: count))
    }

    /// Lends the values to `body`, bounds-checked and unable to escape.
    package func withSpan<Result: ~Copyable, Failure: Error>(
        _ body: (Span<Element>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe withUnsafeBuffer { (values) throws(Failure) -> Result in
            unsafe try body(Span(_unsafeElements: values))
        }
    }

    package subscript(index: Int) -> Element {
        withSpan { $0[index] }
    }

    package var isEmpty: Bool { count == 0 }

    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension SecretBuffer {
    /// Copies values that the caller wipes, or that came from somewhere less careful.
    package convenience init(copying values: some Collection<Element>) {
        unsafe self.init(capacity: values.count) { room in
            unsafe room.update(fromContentsOf: values)
        }
    }
}

extension SecretBuffer where Element == UInt8 {
    /// Compares without telling by its time where two secrets differ.
    package func isEqual(to other: SecretBytes) -> Bool {
        guard count == other.count else { return false }
        return withSpan { left in
            other.withSpan { right in
                var difference: UInt8 = 0
                for index in left.indices { difference |= left[index] ^ right[index] }
                return difference == 0
            }
        }
    }

    /// One secret made of several, in order.
    package static func concatenating(_ parts: [SecretBytes]) -> SecretBytes {
        unsafe SecretBytes(capacity: parts.reduce(0) { $0 + $1.count }) { room in
            var filled = 0
            for part in parts {
                filled += unsafe part.withUnsafeBuffer {
                    unsafe UnsafeMutableBufferPointer(rebasing: room[filled...]).update(fromContentsOf: $0)
                }
            }
            return filled
        }
    }
}

/// Lends `body` zeroed memory to work in, as secret as a `SecretBuffer`; it is wiped when `body` returns.
package func withSecretScratch<Element: BitwiseCopyable & Sendable>(
    _: Element.Type, capacity: Int, _ body: (UnsafeMutableBufferPointer<Element>) -> Void
) {
    _ = unsafe SecretBuffer<Element>(capacity: capacity) { room in
        unsafe body(room)
        return 0
    }
}

/// Ends the process: without memory nothing can be wiped, written or answered.
private func fatalErrorOutOfMemory() -> Never {
    say("out of memory")
    exit(71)  // EX_OSERR
}

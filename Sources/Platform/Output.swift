// Lines on standard output and standard error; the C globals themselves are refused by Swift 6.
import Glibc

/// Writes a text to a descriptor; a reader that has gone is not an error.
package func print(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { bytes in _ = unsafe try? writeAll(descriptor, UnsafeRawBufferPointer(bytes)) }
}

/// Writes one line to standard error.
package func say(_ line: String) { print(line + "\n", to: STDERR_FILENO) }

/// Writes one line to standard error if that takes it at once; for last words, which must not wait for a reader.
package func sayAtOnce(_ line: String) {
    var output = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
    if unsafe poll(&output, 1, 0) == 1 { say(line) }
}

// Lines on standard output and standard error; the C globals themselves are refused by Swift 6.
import Glibc

/// Writes a text to a descriptor; a reader that has gone is not an error.
package func print(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { bytes in _ = unsafe try? writeAll(descriptor, UnsafeRawBufferPointer(bytes)) }
}

/// Writes one line to standard error.
package func say(_ line: String) { print(line + "\n", to: STDERR_FILENO) }

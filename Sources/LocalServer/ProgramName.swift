// The name of the program at the other end.
import Glibc
import Platform
import Synchronization

/// The name of a process, read once, when it is first asked for.
final class ProgramName: Sendable, Equatable {
    private let pid: Int32
    private let known: Mutex<String?>

    init(of pid: Int32) {
        self.pid = pid
        known = Mutex(nil)
    }

    init(known name: String) {
        pid = 0
        known = Mutex(name)
    }

    /// In printable ASCII; empty when the process is gone or hidden.
    var text: String {
        known.withLock { known in
            let text = known ?? Self.read(pid)
            known = text
            return text
        }
    }

    static func == (one: ProgramName, other: ProgramName) -> Bool { one.text == other.text }

    private static func read(_ pid: Int32) -> String {
        guard pid > 0,
            let file = try? Descriptor(unsafe open("/proc/\(pid)/comm", O_RDONLY | O_CLOEXEC), from: "open")
        else { return "" }
        var name = [UInt8](repeating: 0, count: 64)
        let count = unsafe name.withUnsafeMutableBytes { unsafe readFully(file.raw, into: $0) }
        let printable = name[..<max(count, 0)].filter { $0 != UInt8(ascii: "\n") }
            .map { (0x20...0x7e).contains($0) ? $0 : UInt8(ascii: "?") }
        return String(decoding: printable, as: UTF8.self)
    }
}

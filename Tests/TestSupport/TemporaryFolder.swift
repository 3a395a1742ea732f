// A folder that goes away with the test that made it.
import FoundationEssentials
import Glibc
import Platform

/// An empty folder under the system's temporary folder, removed with all it holds when the last reference goes.
package final class TemporaryFolder: Sendable {
    package let path: String

    package init() throws {
        let base = unsafe getenv("TMPDIR").flatMap { unsafe String(validatingCString: $0) } ?? "/tmp"
        var template = Array("\(base)/pidd-test-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw SystemError("mkdtemp", on: base) }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The path of a name in the folder.
    package func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file with a mode and returns its path.
    package func write(_ name: String, _ content: some Collection<UInt8>, mode: UInt32 = 0o600) throws -> String {
        let bytes = Array(content)
        unsafe try bytes.withUnsafeBytes { unsafe try writeFileAtomically(file(name), $0, mode: mode) }
        return file(name)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}

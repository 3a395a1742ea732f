// Files that the kernel makes up as they are read, such as those below /proc, whose size is stated as 0.
import Glibc

/// The file of the running program, whatever name it was started by.
///
/// - Throws: `SystemError` where /proc is not to be had.
package func programFile() throws(SystemError) -> String {
    var path = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = unsafe readlink("/proc/self/exe", &path, path.count)
    guard length > 0 else { throw SystemError("readlink", on: "/proc/self/exe") }
    return String(decoding: path.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
}

/// Reads a file of the kernel's.
///
/// - Returns: at most `limit` bytes; what is beyond is left out.
/// - Throws: `FileError` when it cannot be read.
package func readKernelFile(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
    do throws(SystemError) {
        let file = try Descriptor(unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), from: "open", on: path)
        var bytes = [UInt8](repeating: 0, count: limit)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe readFully(file.raw, into: $0) }
        guard count >= 0 else { throw SystemError("read", on: path) }
        bytes.removeLast(limit - count)
        return bytes
    } catch {
        throw FileError(error)
    }
}

// Changes to whole folders that are seen as done or not done, the lock that keeps two writers apart, and wiping files.
import CLinux
import Glibc

/// Puts a finished folder into a place in one step; what was there before is then where the finished one was.
///
/// A process that is killed, or a machine that loses power, leaves the old folder in place or the new one.
///
/// - Throws: `FileError` when there is no finished folder or it cannot be moved.
package func putFolder(_ finished: String, in place: String) throws(FileError) {
    do throws(SystemError) {
        // The names in the finished folder first: the folder must not be there before its files are.
        try syncFolder(of: "\(finished)/.")
        if unsafe access(place, F_OK) == 0 {
            guard unsafe clinux_exchange(finished, place) == 0 else { throw SystemError("renameat2", on: place) }
        } else {
            guard unsafe rename(finished, place) == 0 else { throw SystemError("rename", on: place) }
        }
        try syncFolder(of: place)
    } catch {
        throw FileError(
            code: error.code == EINVAL ? "file-system-unsupported" : "folder-not-moved", cause: "\(error)",
            nextStep: error.code == EINVAL
                ? "keep the folder on a local file system such as ext4, xfs, btrfs or tmpfs"
                : "check the folder's owner, mode and free space")
    }
}

/// Overwrites a file's bytes and removes it, also one that may not be written; a file that is not there is no error.
///
/// Of a link only the name is removed. Journals of file systems and the spare blocks of flash may keep older copies, which
/// nothing here can reach.
///
/// - Throws: `FileError` when it cannot be overwritten, and then it is still there, or not be removed.
package func wipeFile(_ path: String) throws(FileError) {
    do throws(SystemError) {
        var status = stat()
        if unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
            // What its owner may not write he may let himself write.
            if unsafe access(path, W_OK) != 0 { _ = unsafe chmod(path, 0o600) }
            let file = try Descriptor(
                unsafe open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), from: "open", on: path)
            try overwrite(file, count: Int(status.st_size), on: path)
        }
        guard unsafe unlink(path) == 0 || errno == ENOENT else { throw SystemError("unlink", on: path) }
    } catch {
        throw FileError(error)
    }
}

/// Puts zeros in the place of an open file's first bytes.
func overwrite(_ file: borrowing Descriptor, count: Int, on path: String) throws(SystemError) {
    guard lseek(file.raw, 0, SEEK_SET) == 0 else { throw SystemError("lseek", on: path) }
    let zeros = [UInt8](repeating: 0, count: count)
    try unsafe zeros.withUnsafeBufferPointer { (zeros) throws(SystemError) in
        unsafe try writeAll(file.raw, UnsafeRawBufferPointer(zeros))
    }
    guard fsync(file.raw) == 0 else { throw SystemError("fsync", on: path) }
}

/// A lock that processes take in turn; it ends with the value, or with the process.
package struct FileLock: ~Copyable {
    private let file: Descriptor

    /// Waits for the lock of a file, which is made when it is missing and never removed.
    ///
    /// - Parameters:
    ///   - path: of the file.
    ///   - time: how long to wait for the process that has it.
    /// - Throws: `FileError` with code `busy` when somebody else still has it after that time.
    package init(_ path: String, waiting time: Duration) throws(FileError) {
        let file: Descriptor
        do {
            file = try Descriptor(unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600), from: "open", on: path)
        } catch {
            throw FileError(error)
        }
        guard waitForLock(of: file, within: time, askingEvery: 20_000) else {
            throw FileError(
                code: "busy", cause: "another program holds the lock \(path)",
                nextStep: "try again when it has ended")
        }
        self.file = file
    }
}

/// Waits for the lock of an open file, which ends when the file is closed.
///
/// - Parameters:
///   - file: open in any mode.
///   - time: how long to wait for the process that has it.
///   - pause: microseconds between two attempts.
/// - Returns: whether it was had in time.
package func waitForLock(of file: borrowing Descriptor, within time: Duration, askingEvery pause: UInt32) -> Bool {
    let deadline = SuspendingClock().now + time
    while flock(file.raw, LOCK_EX | LOCK_NB) != 0 {
        guard errno == EWOULDBLOCK || errno == EINTR, SuspendingClock().now < deadline else { return false }
        usleep(pause)
    }
    return true
}

/// The names in a folder, without `.` and `..`; none when it cannot be read.
package func folderNames(_ path: String) -> [String] { (try? namesInFolder(path)) ?? [] }

/// The names in a folder, without `.` and `..`.
///
/// - Throws: `FileError` when it cannot be read.
package func namesInFolder(_ path: String) throws(FileError) -> [String] {
    guard let folder = unsafe opendir(path) else { throw FileError(SystemError("opendir", on: path)) }
    defer { unsafe closedir(folder) }
    var names: [String] = []
    while let entry = unsafe readdir(folder) {
        let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
            unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
        }
        if name != ".", name != ".." { names.append(name) }
    }
    return names
}

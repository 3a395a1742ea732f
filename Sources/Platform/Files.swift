// Files: bounded reads, atomic writes, and the check that a secret file is private.
import Glibc

/// What is wrong with a file that a person named.
package struct FileError: ExplainedError, Equatable {
    package let code: String
    package let cause: String
    package let nextStep: String

    package init(code: String, cause: String, nextStep: String) {
        self.code = code
        self.cause = cause
        self.nextStep = nextStep
    }

    package init(_ error: SystemError) {
        guard !isBareNumber(error.subject) else {
            self.init(code: "file-missing", cause: "a number is not the name of a file", nextStep: bareNumberAdvice)
            return
        }
        switch error.code {
        case ENOENT:
            self.init(code: "file-missing", cause: "\(error.subject) does not exist", nextStep: "check the path")
        case EACCES, EPERM:
            self.init(
                code: "file-forbidden", cause: "\(error.subject) may not be opened",
                nextStep: "check its owner and mode with: ls -l \(error.subject)")
        default: self.init(code: "file-error", cause: error.description, nextStep: "")
        }
    }
}

extension FileError {
    /// What is wrong with a file that was to be written: mostly its folder.
    fileprivate init(writing path: String, _ error: SystemError) {
        let folder = folder(of: path)
        switch error.code {
        case ENOENT:
            self.init(
                code: "folder-missing", cause: "the folder \(folder) does not exist",
                nextStep: "make it or choose another path")
        case ENOTDIR:
            self.init(
                code: "folder-missing", cause: "\(folder) is not a folder", nextStep: "choose another path")
        case EACCES, EPERM:
            self.init(
                code: "file-forbidden", cause: "this user may not write into the folder \(folder)",
                nextStep: "choose another path, or check the owner and mode with: ls -ld \(folder)")
        default: self.init(code: "file-error", cause: error.description, nextStep: "choose another path")
        }
    }

    /// What is wrong with a path at which something other than a file stands.
    fileprivate init(writing path: String, isFolder: Bool) {
        self.init(
            code: "file-not-regular", cause: isFolder ? "\(path) is a folder" : "\(path) is not a regular file",
            nextStep: isFolder ? "name a file in it" : "name a file")
    }
}

/// Who else may read a file.
package enum FilePrivacy: Sendable {
    /// Anybody may.
    case open
    /// Only its owner may: mode 0600 or narrower, owned by the caller or by root.
    case secret
}

/// A regular file open for reading, and its size in bytes when it was opened.
package struct OpenFile: ~Copyable {
    package let descriptor: Descriptor
    package let size: Int
}

/// Opens a file for reading and checks that it is a regular file of at most `limit` bytes, and private if asked.
///
/// The check is made on the open descriptor, so that the file read is the file checked.
package func openForReading(
    _ path: String, limit: Int, privacy: FilePrivacy = .open
) throws(FileError) -> OpenFile {
    let file: Descriptor
    do {
        file = try Descriptor(unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), from: "open", on: path)
    } catch {
        throw FileError(error)
    }
    var status = stat()
    guard unsafe fstat(file.raw, &status) == 0 else { throw FileError(SystemError("fstat", on: path)) }
    guard status.st_mode & S_IFMT == S_IFREG else {
        throw FileError(code: "file-not-regular", cause: "\(path) is not a regular file", nextStep: "name a file")
    }
    if privacy == .secret {
        guard status.st_mode & 0o077 == 0 else {
            let mode = String(status.st_mode & 0o777, radix: 8)
            throw FileError(
                code: "secret-file-too-open", cause: "\(path) holds a secret but others may read it (mode 0\(mode))",
                nextStep: "run: chmod 600 \(path)")
        }
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            throw FileError(
                code: "secret-file-owner", cause: "\(path) holds a secret but belongs to uid \(status.st_uid)",
                nextStep: "run: chown \(geteuid()) \(path)")
        }
    }
    guard status.st_size <= limit else {
        throw FileError(
            code: "file-too-large", cause: "\(path) has \(status.st_size) bytes, at most \(limit) are read",
            nextStep: "check that this is the right file")
    }
    return OpenFile(descriptor: file, size: Int(status.st_size))
}

/// Reads a whole file that holds no secret (`Secrets.readSecretFile` reads those).
///
/// - Throws: `FileError` when it cannot be read, is not a regular file or is larger than `limit` bytes.
package func readFile(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
    let opened = try openForReading(path, limit: limit)
    var bytes = [UInt8](repeating: 0, count: opened.size)
    let count = unsafe bytes.withUnsafeMutableBytes { unsafe readFully(opened.descriptor.raw, into: $0) }
    guard count >= 0 else { throw FileError(SystemError("read", on: path)) }
    bytes.removeLast(bytes.count - count)
    return bytes
}

/// Reads until the buffer is full or the input ends; the number of bytes read, or -1 with errno set.
package func readFully(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    var count = 0
    while count < buffer.count {
        let got = unsafe read(descriptor, buffer.baseAddress! + count, buffer.count - count)
        if got == 0 { break }
        if got < 0 {
            if errno == EINTR { continue }
            return -1
        }
        count += got
    }
    return count
}

/// Makes sure that `writeFileAtomically` will be able to write a file, as far as that can be known before.
///
/// - Throws: `FileError` when the folder is missing or closed to this user, or `path` is something other than a file.
package func checkWritable(_ path: String) throws(FileError) {
    guard !path.isEmpty else {
        throw FileError(code: "file-missing", cause: "the name of the file is empty", nextStep: "name a file")
    }
    var status = stat()
    if unsafe stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
        throw FileError(writing: path, isFolder: status.st_mode & S_IFMT == S_IFDIR)
    }
    let folder = folder(of: path)
    guard unsafe stat(folder, &status) == 0 else { throw FileError(writing: path, SystemError("stat", on: folder)) }
    guard status.st_mode & S_IFMT == S_IFDIR else {
        throw FileError(writing: path, SystemError("stat", on: folder, code: ENOTDIR))
    }
    guard unsafe access(folder, W_OK | X_OK) == 0 else {
        throw FileError(writing: path, SystemError("access", on: folder))
    }
}

/// Writes a file so that a reader, or a machine that loses power, sees the old or the new content and nothing between.
///
/// The bytes go to a new file in the same folder, created with `mode`, synced, and renamed over `path`; when that fails, what
/// was written is overwritten and removed. Devices, pipes and sockets are not replaced.
///
/// - Throws: `FileError` when `path` is something other than a file, or the folder cannot be written.
package func writeFileAtomically(
    _ path: String, _ content: UnsafeRawBufferPointer, mode: UInt32
) throws(FileError) {
    var status = stat()
    if unsafe lstat(path, &status) == 0, ![S_IFREG, S_IFLNK].contains(status.st_mode & S_IFMT) {
        throw FileError(writing: path, isFolder: status.st_mode & S_IFMT == S_IFDIR)
    }
    let temporary = "\(path).\(String(UInt64.random(in: .min ... .max), radix: 36)).new"
    do throws(SystemError) {
        let file = try Descriptor(
            unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_t(mode)), from: "open", on: path)
        do throws(SystemError) {
            guard fchmod(file.raw, mode_t(mode)) == 0 else { throw SystemError("fchmod", on: path) }
            unsafe try writeAll(file.raw, content)
            guard fsync(file.raw) == 0 else { throw SystemError("fsync", on: path) }
            guard unsafe rename(temporary, path) == 0 else { throw SystemError("rename", on: path) }
        } catch {
            // It may be a key of which a part was written before the disk was full.
            var status = stat()
            if unsafe fstat(file.raw, &status) == 0 { try? overwrite(file, count: Int(status.st_size), on: path) }
            _ = unsafe unlink(temporary)
            throw error
        }
        try syncFolder(of: path)
    } catch {
        throw FileError(writing: path, error)
    }
}

/// The folder in which a path lies.
package func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
}

/// Makes what happened to the name `path` durable: its making, renaming or removal.
package func syncFolder(of path: String) throws(SystemError) {
    let folder = folder(of: path)
    let opened = try Descriptor(unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), from: "open", on: folder)
    guard fsync(opened.raw) == 0 || errno == EINVAL else { throw SystemError("fsync", on: folder) }
}

/// Writes all bytes to a descriptor, however many calls that takes.
package func writeAll(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws(SystemError) {
    var sent = 0
    while sent < bytes.count {
        let count = unsafe write(descriptor, bytes.baseAddress! + sent, bytes.count - sent)
        if count < 0 {
            if errno == EINTR { continue }
            throw SystemError("write")
        }
        sent += count
    }
}

/// Makes a folder and those above it, each with `mode`; folders that exist are left as they are.
package func makeFolders(_ path: String, mode: UInt32) throws(FileError) {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
        made += made.isEmpty || made.hasSuffix("/") ? String(part) : "/\(part)"
        if unsafe mkdir(made, mode_t(mode)) != 0, errno != EEXIST { throw FileError(SystemError("mkdir", on: made)) }
    }
}

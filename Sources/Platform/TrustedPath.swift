// Who may change a file: whoever may, decides what a program that reads it believes.
import Glibc

/// Checks that nobody but root and this process's user can change what a path leads to.
///
/// The file or folder itself, all folders above it and the symbolic links on the way have to belong to root or to this user, and
/// nobody else may write them. Only a folder above may be open to others, and only if it is sticky as /tmp is: nobody can
/// replace there what belongs to somebody else. An ACL that lets others write shows in the bits of the group, so it counts too.
///
/// What has passed cannot be changed by others unless its owner lets them, so it may be opened by its name afterwards.
///
/// - Throws: `FileError`: `owner-not-trusted`, `writable-by-others`, or why the path leads to nothing that can be looked at.
package func checkTrusted(_ path: String) throws(FileError) {
    // Ends without a slash, so that the root folder is the empty text.
    var place = ""
    var ahead = Array(try absolute(path).split(separator: "/").reversed())
    var links = 0
    try checkFolderAbove(place, on: path)
    while let name = ahead.popLast() {
        if name == "." { continue }
        if name == ".." {
            place = place.lastIndex(of: "/").map { String(place[..<$0]) } ?? ""
            continue
        }
        let next = "\(place)/\(name)"
        if let target = try linkTarget(next, on: path) {
            links += 1
            guard links <= linkLimit else { throw FileError(SystemError("open", on: path, code: ELOOP)) }
            if target.hasPrefix("/") { place = "" }
            ahead += target.split(separator: "/").reversed()
        } else {
            place = next
            if !ahead.isEmpty { try checkFolderAbove(place, on: path) }
        }
    }
    let end = try trustedOwner(place, on: path)
    guard end.st_mode & 0o022 == 0 else { throw FileError(writable: place, end, on: path) }
}

/// As many links as the kernel follows on one way.
private let linkLimit = 40

private func checkFolderAbove(_ place: String, on path: String) throws(FileError) {
    let status = try trustedOwner(place, on: path)
    guard status.st_mode & 0o022 == 0 || status.st_mode & S_ISVTX != 0 else {
        throw FileError(writable: place, status, on: path)
    }
}

/// What a symbolic link says; nil for everything else.
private func linkTarget(_ place: String, on path: String) throws(FileError) -> String? {
    guard try trustedOwner(place, on: path).st_mode & S_IFMT == S_IFLNK else { return nil }
    var room = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe room.withUnsafeMutableBytes { unsafe readlink(place, $0.baseAddress!, $0.count) }
    guard count >= 0 else { throw FileError(SystemError("readlink", on: place)) }
    return String(decoding: room.prefix(count), as: UTF8.self)
}

private func trustedOwner(_ place: String, on path: String) throws(FileError) -> stat {
    var status = stat()
    let name = place.isEmpty ? "/" : place
    guard unsafe lstat(name, &status) == 0 else { throw FileError(SystemError("lstat", on: path)) }
    guard status.st_uid == 0 || status.st_uid == geteuid() else {
        throw FileError(
            code: "owner-not-trusted",
            cause: "\(name) belongs to uid \(status.st_uid), who could change \(name == path ? "it" : path)",
            nextStep: "run: chown \(geteuid()) \(name)")
    }
    return status
}

extension FileError {
    fileprivate init(writable place: String, _ status: stat, on path: String) {
        let name = place.isEmpty ? "/" : place
        let mode = String(status.st_mode & 0o7777, radix: 8)
        self.init(
            code: "writable-by-others",
            cause: "others may write to \(name) (mode 0\(mode)) and so change \(name == path ? "it" : path)",
            nextStep: "run: chmod go-w \(name)")
    }
}

/// The path from the root folder on.
private func absolute(_ path: String) throws(FileError) -> String {
    guard !path.hasPrefix("/") else { return path }
    guard let folder = unsafe getcwd(nil, 0) else { throw FileError(SystemError("getcwd", on: path)) }
    defer { unsafe free(folder) }
    return unsafe "\(String(cString: folder))/\(path)"
}

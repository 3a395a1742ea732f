// What keeps a user from a socket: a folder on the way to it, or the socket's own mode.
import Glibc

/// What keeps this user from a socket, and whom to ask.
struct Barrier {
    let cause: String
    let nextStep: String

    /// Finds the first folder above `path` that this user may not enter, or else blames the socket itself.
    init(to path: String) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        let start = path.hasPrefix("/") ? "/" : ""
        for count in 1..<max(1, parts.count) {
            let folder = start + parts.prefix(count).joined(separator: "/")
            guard unsafe access(folder, X_OK) != 0, errno == EACCES else { continue }
            self.init(at: folder, "this user may not enter the folder \(folder)", groupMay: S_IXGRP)
            return
        }
        self.init(at: path, "this user may not open \(path)", groupMay: S_IWGRP)
    }

    /// Names the group of a file where its mode lets that group in, and otherwise the owner.
    private init(at path: String, _ cause: String, groupMay permission: mode_t) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            self.cause = cause
            nextStep = "check that --socket names pidd's socket"
            return
        }
        // Nobody is to become a member of group root for a scanner.
        if status.st_mode & permission != 0, status.st_gid != 0 {
            let group = groupName(status.st_gid)
            self.cause = "\(cause), which is for group '\(group)'"
            nextStep = "ask for membership (usermod -aG \(group) USER) and log in again"
        } else {
            let owner = userName(status.st_uid)
            self.cause = "\(cause), which belongs to user '\(owner)'"
            nextStep = "ask '\(owner)' for access, or check that --socket names pidd's socket"
        }
    }
}

private func groupName(_ number: gid_t) -> String {
    guard let entry = unsafe getgrgid(number) else { return String(number) }
    return unsafe String(cString: entry.pointee.gr_name)
}

private func userName(_ number: uid_t) -> String {
    guard let entry = unsafe getpwuid(number) else { return String(number) }
    return unsafe String(cString: entry.pointee.pw_name)
}

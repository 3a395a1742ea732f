// Who may write the folders that identities are in: whoever may, chooses the keys.
import Glibc
import Platform

/// Checks that nobody but this process's user and root can put files into a folder.
///
/// - Throws: `IdentityError` naming the folder when group or others may write it, or it belongs to somebody else.
func checkFolder(_ path: String) throws(IdentityError) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else {
        throw IdentityError(
            "identity-folder-unreadable", SystemError("stat", on: path).description,
            nextStep: "check its owner and mode with: ls -ld \(path)")
    }
    guard status.st_uid == geteuid() || status.st_uid == 0 else {
        throw IdentityError(
            "identity-folder-owner", "\(path) holds an identity but belongs to uid \(status.st_uid)",
            nextStep: "run: chown \(geteuid()) \(path)")
    }
    guard status.st_mode & 0o022 == 0 else {
        let mode = String(status.st_mode & 0o7777, radix: 8)
        throw IdentityError(
            "identity-folder-too-open", "\(path) holds an identity but others may write to it (mode 0\(mode))",
            nextStep: "run: chmod go-w \(path)")
    }
}

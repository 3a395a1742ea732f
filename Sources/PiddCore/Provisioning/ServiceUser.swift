// Who provisions: the owner of the state folder, even when root runs the command.
import Glibc
import Platform

/// Lets root become the owner of the state folder, so that the daemon can read what is written there.
///
/// The hook then runs as that user as well. Nothing happens for other users, or when the folder is root's or missing.
///
/// - Throws: `ProvisioningError` when the kernel refuses.
package func becomeOwner(ofState path: String) throws(ProvisioningError) {
    var status = stat()
    guard geteuid() == 0, unsafe stat(path, &status) == 0, status.st_uid != 0 else { return }
    // With the groups that the daemon has: that of the TPM's device may be among them.
    let account = unsafe getpwuid(status.st_uid)
    let grouped = unsafe account.map { unsafe initgroups($0.pointee.pw_name, $0.pointee.pw_gid) } ?? setgroups(0, nil)
    let group = unsafe account?.pointee.pw_gid ?? status.st_gid
    guard grouped == 0, setgid(group) == 0, setuid(status.st_uid) == 0 else {
        throw ProvisioningError(
            "user-not-changed", SystemError("setuid", on: "uid \(status.st_uid)").description,
            nextStep: "run it as the owner of \(path)")
    }
    // A change of user undoes it.
    do { try shieldMemory() } catch {
        throw ProvisioningError("memory-not-shielded", "\(error)", nextStep: "run it as the owner of \(path)")
    }
}

// The machine's users and groups, for the access rules.
import Glibc
import Sharing

/// The groups of a user by the machine's databases; none when it is not known there.
func groups(ofUser user: UInt32) -> [UInt32] {
    var entry = unsafe passwd()
    var found: UnsafeMutablePointer<passwd>?
    var room = [CChar](repeating: 0, count: Limits.account)
    guard unsafe getpwuid_r(user, &entry, &room, room.count, &found) == 0, unsafe found != nil else { return [] }
    var groups = [UInt32](repeating: 0, count: Limits.groups)
    var count = Int32(groups.count)
    let status = unsafe getgrouplist(entry.pw_name, entry.pw_gid, &groups, &count)
    return status < 0 ? [] : Array(groups.prefix(Int(count)))
}

extension AccountLookup {
    /// What the machine's user and group databases say, wherever they are kept.
    static let machine = AccountLookup(
        user: { name in
            var entry = unsafe passwd()
            var found: UnsafeMutablePointer<passwd>?
            var room = [CChar](repeating: 0, count: Limits.account)
            guard unsafe getpwnam_r(name, &entry, &room, room.count, &found) == 0, unsafe found != nil else {
                return nil
            }
            return unsafe entry.pw_uid
        },
        group: { name in
            var entry = unsafe Glibc.group()
            var found: UnsafeMutablePointer<Glibc.group>?
            var room = [CChar](repeating: 0, count: Limits.account)
            guard unsafe getgrnam_r(name, &entry, &room, room.count, &found) == 0, unsafe found != nil else {
                return nil
            }
            return unsafe entry.gr_gid
        })
}

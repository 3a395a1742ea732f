// The machine's users and groups, for the access rules.
import Glibc
import Sharing

extension AccountLookup {
    /// What the machine's user and group databases say, wherever they are kept.
    static let machine = AccountLookup(
        user: { name in
            var entry = unsafe passwd()
            var found: UnsafeMutablePointer<passwd>?
            var room = [CChar](repeating: 0, count: roomForEntry)
            guard unsafe getpwnam_r(name, &entry, &room, room.count, &found) == 0, unsafe found != nil else {
                return nil
            }
            return unsafe entry.pw_uid
        },
        group: { name in
            var entry = unsafe Glibc.group()
            var found: UnsafeMutablePointer<Glibc.group>?
            var room = [CChar](repeating: 0, count: roomForEntry)
            guard unsafe getgrnam_r(name, &entry, &room, room.count, &found) == 0, unsafe found != nil else {
                return nil
            }
            return unsafe entry.gr_gid
        })

    /// A group with very many members needs that much.
    private static let roomForEntry = 256 * 1024
}

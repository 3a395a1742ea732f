// A lock that keeps two daemons from taking each other's socket for a stale one.
import Glibc
import Platform

/// A lock on the file `<socket>.lock`, held until the value goes or the process ends.
///
/// Only this user can lock the file: nobody else can open it. It stays in its folder for good, because whoever removes a
/// lock file lets a process that has it open and another one that makes a new one both believe that they hold the lock.
final class SocketLock {
    private let file: Descriptor

    /// - Parameters:
    ///   - socket: the path of the socket.
    ///   - time: how long to wait for whoever has it.
    /// - Throws: `ListenError` when the file cannot be had, belongs to somebody else, or is locked.
    init(of socket: String, within time: Duration) throws(ListenError) {
        let path = socket + ".lock"
        file = try Self.open(path, besides: socket)
        guard waitForLock(of: file, within: time, askingEvery: ServerLimits.socketLockPoll) else {
            throw .lockBusy(path)
        }
    }

    private static func open(_ path: String, besides socket: String) throws(ListenError) -> Descriptor {
        let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK
        let raw = unsafe Glibc.open(path, flags, 0o600)
        switch raw < 0 ? errno : 0 {
        case ENOENT, ENOTDIR: throw .folderMissing(folder(of: socket))
        case ELOOP, EISDIR, ENXIO: throw .foreignLock(path)
        default: break
        }
        do throws(SystemError) {
            let file = try Descriptor(raw, from: "open", on: path)
            var status = stat()
            guard unsafe fstat(file.raw, &status) == 0 else { throw SystemError("stat", on: path) }
            if status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid() { return file }
        } catch {
            throw .system(error)
        }
        throw .foreignLock(path)
    }
}

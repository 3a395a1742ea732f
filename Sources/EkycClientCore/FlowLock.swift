// Keeps two runs of one flow from taking the same step.
import Glibc
import Platform

/// The lock of a flow's state, held from its making to `release` or the end of the process.
///
/// It is a file of its own beside the state, which is replaced whenever it is written.
struct FlowLock: ~Copyable {
    private let path: String
    private let file: Descriptor

    /// Takes the lock.
    ///
    /// - Parameter state: the path of the state.
    /// - Throws: `Failure` when another run has it, or the file cannot be made.
    init(_ state: String) throws(Failure) {
        path = "\(state).lock"
        do throws(FileError) {
            try checkWritable(state)
        } catch {
            throw Failure(.cannotWrite, error)
        }
        do throws(SystemError) {
            file = try Self.locked(path)
        } catch {
            guard error.code != EWOULDBLOCK else {
                throw Failure(
                    .tryAgain, "flow-running", "another run of this flow is at work",
                    nextStep: "wait for its end; see who it is with: fuser \(path)")
            }
            throw Failure(.cannotWrite, FileError(error))
        }
    }

    /// A locked file that has this name: whoever had it before may have removed it meanwhile.
    private static func locked(_ path: String) throws(SystemError) -> Descriptor {
        for _ in 0..<Limits.lockTries {
            let file = try Descriptor(
                unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600), from: "open", on: path
            )
            guard flock(file.raw, LOCK_EX | LOCK_NB) == 0 else { throw SystemError("flock", on: path) }
            var (opened, named) = (stat(), stat())
            if unsafe fstat(file.raw, &opened) == 0, unsafe stat(path, &named) == 0, opened.st_ino == named.st_ino,
                opened.st_dev == named.st_dev
            {
                return file
            }
        }
        throw SystemError("flock", on: path, code: EWOULDBLOCK)
    }

    /// Gives the lock back, and removes the file: its name may say whom the flow is about.
    func release() { unsafe unlink(path) }
}

// The last timestamp that any process of this user has signed with, in one small locked file.
import Glibc
import Platform

/// Why no timestamp could be had; nothing was sent.
package struct SignerError: ExplainedError, Equatable {
    package let code: String
    package let cause: String
    package let nextStep: String

    /// What is wrong with the file at `path`.
    fileprivate init(_ error: SystemError, _ path: String) {
        let isLocked = error.code == ETIMEDOUT
        code = isLocked ? "timestamp-locked" : "timestamp-file"
        cause = isLocked ? "another program keeps \(path) locked" : "the file with the last timestamp: \(error)"
        nextStep =
            isLocked
            ? "see who holds it: fuser \(path)" : "check the owner and mode of the file and its folder, and the disk"
    }
}

/// Hands out milliseconds, each only once, to all processes that name the same file.
///
/// Eko refuses a timestamp that it has seen (error 2485), and two shells of one till easily sign in the same millisecond.
package struct TimestampLedger: Sendable {
    private let path: String
    private let patience: Duration

    /// Names the file; its folder must exist.
    package init(path: String) { self.init(path: path, patience: Limits.ledgerLock) }

    init(path: String, patience: Duration) {
        self.path = path
        self.patience = patience
    }

    /// Makes sure that the file can be opened, which makes it where there is none.
    ///
    /// - Throws: `SignerError` when it cannot.
    package func check() throws(SignerError) {
        do throws(SystemError) {
            _ = try open()
        } catch {
            throw SignerError(error, path)
        }
    }

    private func open() throws(SystemError) -> Descriptor {
        try Descriptor(
            unsafe Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600), from: "open",
            on: path)
    }

    /// Takes the first millisecond from `now` on that nobody has taken.
    ///
    /// - Throws: `SignerError` when the file cannot be opened or written, or is locked for too long.
    func claim(_ now: Int64) throws(SignerError) -> Int64 {
        do throws(SystemError) {
            let file = try open()
            guard waitForLock(of: file, within: patience, askingEvery: 1000) else {
                throw SystemError("flock", on: path, code: ETIMEDOUT)
            }
            // Closing the file, whatever happens, gives the lock back.
            var digits = [UInt8](repeating: 0, count: 20)
            let count = unsafe digits.withUnsafeMutableBytes { unsafe pread(file.raw, $0.baseAddress, $0.count, 0) }
            let last = Int64(String(decoding: digits.prefix(max(0, count)).filter { $0 != 10 }, as: UTF8.self)) ?? 0
            let claimed = last - now > Limits.ledgerAhead ? now : max(now, last + 1)
            let text = Array("\(claimed)\n".utf8)
            let written = unsafe text.withUnsafeBytes { unsafe pwrite(file.raw, $0.baseAddress, $0.count, 0) }
            guard written == text.count, ftruncate(file.raw, off_t(text.count)) == 0 else {
                throw SystemError("write", on: path)
            }
            return claimed
        } catch {
            throw SignerError(error, path)
        }
    }
}

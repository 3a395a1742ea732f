// The deadlines and bounds of `pidd doctor`, each with its reason.

enum DoctorLimits {
    /// One group of checks: files of the kernel and small files on a disk; only a dead network file system takes longer.
    static let step = Duration.seconds(5)
    /// Connecting to the daemon and its answer, which takes a millisecond.
    static let answer = Duration.seconds(2)
    /// The same of one port of the loopback door, of which there may be twenty behind each other.
    static let portAnswer = Duration.milliseconds(200)
    /// Bytes of a policy file of a browser; they hold a few lists of addresses.
    static let policy = 1 << 20
    /// Bytes of an answer of the daemon: RDSERVICE has at most 1200; the status 300 for each scanner and each of some 30 requests.
    static let answerBytes = 64 << 10
    /// Characters of the daemon's own words that are shown.
    static let answerInfo = 160
    /// Bytes read of a table such as /proc/net/tcp: 5,000 connections.
    static let kernelTable = 1 << 20
    /// Bytes read of dpkg's list of packages: a desktop with 4,000 of them has 4 MB.
    static let packages = 32 << 20
    /// Characters in which a package states its version: its description comes after that.
    static let packageParagraph = 8192
    /// Days that a certificate should hold: ordering one takes a week or two.
    static let soon: Int64 = 14, verySoon: Int64 = 7
    /// Bytes that a process should be able to lock: a picture, its copy at 500 ppi and the sealed parts, for two captures.
    static let lockedMemory: UInt64 = 4 << 20
    /// Seconds by which the clock may stand before the time this program was built: time zones mixed up, at most a day.
    static let clockSlack: Int64 = 86_400
    /// Seconds after the program was built from which on a clock is not believed: 20 years.
    static let programAge: Int64 = 20 * 365 * 86_400
    /// Characters from which on a serial number is taken out of texts; a shorter one would take other words with it.
    static let redactedSerial = 4
}

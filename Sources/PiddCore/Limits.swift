// The daemon's own deadlines and bounds, each with its reason; those of its rooms stand in theirs.
import Sharing

enum Limits {
    /// How long a request waits in line when its client does not say: a person who has just put the finger on for another
    /// program waits that long without wondering (docs/protocol.md, "Waiting").
    ///
    /// RD clients know nothing of waiting and give up themselves 10 s after they asked, so they are told in good time.
    static let wait = Duration.seconds(5)
    /// The same for the strict dialect, whose clients know: long enough to outlast another user's lease without a finger (10 s)
    /// and a finger that is not lifted (4 s).
    static let strictWait = Duration.seconds(15)
    /// The longest wait in line that a client may ask for; the desk's own bound.
    static let longestWait = DeskLimits().longestWait
    /// How long the scanner is watched for the finger to be lifted after a capture; then the operation is cancelled, and
    /// the next capture makes sure by itself that no old finger is there.
    static let lift = Duration.seconds(10)
    /// The end of a capture's window that is kept for the answer with the best picture: signing, encrypting and the way to the client.
    ///
    /// There are clients that stop waiting at the very end of the window.
    static let sealing = Duration.seconds(1)
    /// Telling the clients that wait, when the daemon stops.
    static let farewell = Duration.milliseconds(500)
    /// From SIGTERM to the end, whatever hangs; the service manager and people at a terminal wait for it.
    static let stop = Duration.milliseconds(1900)
    /// The part of `stop` that is kept for writing the last lines, for a reader that is slow.
    static let lastWords = Duration.milliseconds(100)
    /// Files and sockets that may be open at once: 68 connections, nearly as many that linger, some twenty of the daemon and its
    /// libraries, a few for each scanner, and room.
    static let descriptors = 256
    /// Lines of the journal that wait for their reader: minutes of a busy daemon, and some 50 kB.
    static let journalLines = 256
    /// How often the ends of certificates are looked at: warnings are a matter of days.
    static let expiryCheck = Duration.seconds(3600)
    /// How long the hook may take: a server that registers a device with UIDAI first, over a slow line.
    static let hook = Duration.seconds(120)
    /// Bytes of the hook's answer: two certificates of 3 kB and as much again.
    static let hookOutput = 64 * 1024
    /// The characters of a request id: a UUID has 36.
    static let requestID = 64
    /// Bytes of an entry of the users' or groups' database: a group with very many members needs that much.
    static let account = 256 * 1024
    /// Groups of a user: far more than a machine has, and 256 KiB.
    static let groups = 65536
    /// Characters of a web origin: a name in the DNS has 253 at most, scheme and port 14.
    static let origin = 267
    /// Web origins in the settings: each request is compared with all of them.
    static let origins = 64
    /// How long a browser may rely on a preflight: a change of the settings is felt within that time.
    static let preflightAge = Duration.seconds(600)
}

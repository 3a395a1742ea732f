// How many, how much and how long, and why.
import Glibc
package import HTTPWire

/// The bounds of a server; every one of them protects the other clients from one client.
package struct ServerLimits: Sendable {
    /// The bounds of one request.
    package var request = RequestLimits()

    /// Connections that are served at once, and those that have gone while their request is still worked on; a shop has a handful of programs, each with one or two.
    package var connections = 64
    /// Those of them that the loopback door may take, where a web page can make a browser connect: the rest is the Unix socket's.
    package var loopbackConnections = 40
    /// Places beside those for all, for root at the Unix socket: a few programs that look what is wrong.
    package var rootConnections = 4
    /// Connections of one uid that are served at once at the Unix socket, and as many at the loopback door: an eighth, so that
    /// one user cannot lock out the others.
    package var connectionsPerUID = 8
    /// Connections that have had their answer and are only waited for to close; the oldest goes when there are more.
    package var lingering = 64
    /// Bytes of a streamed answer that wait for a slow reader, beside what the kernel holds (about 200 KiB).
    ///
    /// An event line has about 200 bytes, so this is several minutes of events.
    package var streamBacklog = 64 * 1024

    /// From connecting, or from the first byte of a later request, to the end of its head.
    ///
    /// A local client sends it in one write; 5 s covers one that is being started or swapped in.
    package var headTime = Duration.seconds(5)
    /// From the end of the head to the end of the body.
    package var bodyTime = Duration.seconds(10)
    /// From the answer being ready, or a streamed piece waiting for the reader, to the reader having taken it.
    package var answerTime = Duration.seconds(10)
    /// Between an answer and the first byte of the next request.
    package var idleTime = Duration.seconds(60)
    /// From the end of the last answer to the client closing its end.
    ///
    /// Closing at once would make a client that is still sending see a reset instead of its answer.
    package var lingerTime = Duration.seconds(1)
    /// How long accepting rests when not even the reserve descriptor helps; long enough not to burn the processor.
    package var acceptRest = Duration.milliseconds(100)

    package init() {}

    /// Connections that wait in the kernel to be accepted; the loop takes one in each turn.
    static let backlog: Int32 = 128
    /// Bytes read from one connection in one turn; a whole head fits.
    static let readChunk = 16 * 1024
    /// Events taken from the kernel in one turn: as many as there are served connections; they fit on the stack.
    static let eventsPerTurn = 64
    /// Supplementary groups of a peer: what Linux allows at most (NGROUPS_MAX).
    static let groups = 65536
    /// How long the lock of a socket is waited for at the start; whoever holds it only binds or removes a socket.
    static let socketLock = Duration.seconds(2)
    /// Microseconds between two tries to have it.
    static let socketLockPoll: UInt32 = 10_000
    /// Sockets taken over from the service manager: one in the file system, and a few ports of both protocols.
    static let inherited: Int32 = 16
    /// How long a message to the service manager may take; it reads at once unless the machine hangs.
    static let serviceManagerTime = timeval(tv_sec: 1, tv_usec: 0)
}

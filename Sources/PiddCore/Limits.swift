// The daemon's own deadlines and bounds, each with its reason; those of its rooms stand in theirs.

enum Limits {
    /// How long a request waits in line when its client does not say: a person who has just put the finger on for another
    /// program waits that long without wondering (docs/architecture.md, queue).
    static let wait = Duration.seconds(5)
    /// How long the next capture waits for the finger to be lifted; then the operation is cancelled and the next one asks for
    /// the finger to be removed.
    static let lift = Duration.seconds(10)
    /// Telling the clients that wait, when the daemon stops.
    static let farewell = Duration.milliseconds(500)
    /// From SIGTERM to the end, whatever hangs; the service manager and people at a terminal wait for it.
    static let stop = Duration.milliseconds(1900)
}

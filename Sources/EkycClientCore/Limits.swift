// The numbers that bound a run, each with its reason.

/// The numbers that bound a run.
enum Limits {
    /// Steps of a flow; the longest has nine, and some come twice.
    static let flowSteps = 20
    /// How often a lock is taken whose file was removed in the same moment by whoever had it.
    static let lockTries = 10
    /// The state of a flow, in bytes: a few references of 100 characters.
    static let state = 16 << 10
    /// Milliseconds after a signal in which a request has to have ended by it: it is looked for every 50 ms.
    static let grace: UInt32 = 250
    /// Milliseconds in which a run whose request was ended tells so, also on a machine that is busy.
    static let lastWords: UInt32 = 2000
    /// What telling pidd of a cancellation may take.
    static let farewell = Duration.milliseconds(150)
    /// How long a pidd that is being started again is waited for, where no --wait is said: it serves within a second, and systemd
    /// waits 2 s before it starts the service again (`RestartSec`).
    static let restart = Duration.seconds(10)
    /// Milliseconds between two looks at whether it is back.
    static let restartPoll: UInt32 = 100
    /// How long the doctor waits for Eko to say anything.
    static let doctor = Duration.seconds(10)
    /// Seconds by which this machine's clock may differ from Eko's, which takes older or newer requests for replays.
    static let skew: Int64 = 120
}

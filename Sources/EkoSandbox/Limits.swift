// Every bound of the sandbox, with the reason for each number.

/// Bounds on connections; the defaults are for people, tests choose shorter times.
package struct ConnectionLimits: Sendable {
    /// Connections served at once; further ones wait in the kernel's queue, so that a flood costs 32 threads and no more.
    package var count = 32
    /// From the first byte of the connection to the end of the TLS handshake; on loopback it takes milliseconds.
    package var handshakeTime: Duration = .seconds(5)
    /// From the first wish to read until a whole request has arrived, so that a client who drips bytes is shown out.
    ///
    /// It also ends idle connections.
    package var requestTime: Duration = .seconds(10)
    /// For writing one answer; answers have a few hundred bytes.
    package var answerTime: Duration = .seconds(5)
    /// How long a refused sender is listened to after the answer, so that a reset does not take the answer away.
    package var lingerTime: Duration = .seconds(1)
    /// How long `--fault slow` keeps a client waiting: longer than Eko's own SDKs wait (30 s).
    package var slowAnswer: Duration = .seconds(40)

    package init() {}

    /// Connections the kernel holds back for us: enough for a test that opens 100 at once.
    static let backlog: Int32 = 128
    /// How long `stop` waits for the connections' threads, in seconds; they wake at once.
    static let stopSeconds = 2
}

/// Bounds on requests and on what is remembered.
enum Limits {
    /// Bytes of a request body: a PidData with pictures of two fingers has about 40 KiB, ten times a usual one.
    static let body = 256 * 1024
    /// Levels of arrays and objects in a JSON body; the deepest documented one has 3.
    static let jsonDepth = 8
    /// Members of one object or array in a JSON body.
    static let jsonMembers = 64

    /// How far a request's timestamp may be from our clock, in milliseconds: 2 minutes (Eko's error 2485).
    static let timestampWindow: Int64 = 120_000
    /// Timestamps remembered at once: 4 minutes at 250 requests a second.
    static let timestamps = 60_000

    /// The age at which UIDAI refuses a PID (error 561), in seconds.
    static let pidAge: Int64 = 24 * 3600
    /// How far a PID may be ahead of our clock, in seconds: what two clocks kept by NTP may differ, generously.
    static let pidSkew: Int64 = 10
    /// PIDs remembered at once, each for a day: a capture every 2 seconds all day long.
    static let pids = 43_200
    /// Fewest minutiae a usable print has: STQC tests extractors for 12.
    static let minutiae = 12
    /// The picture's resolution in pixels per centimetre: 500 ppi.
    static let resolution = 197
    /// The picture's sides in pixels at 500 ppi: a platen of 5 mm is too small for a finger, one of 5 cm is none.
    static let pictureSide = 100...1000

    /// How long an OTP is good.
    static let otpTime: Duration = .seconds(600)
    /// Wrong tries before an OTP is void.
    static let otpTries = 3
    /// Senders remembered at once, with an OTP or verified; a sandbox serves one developer or one test run.
    static let senders = 10_000

    /// Bytes of the certificate files, and of the key file.
    static let keyFile = 16 * 1024
    /// Bytes of the access key file.
    static let accessKeyFile = 4 * 1024
    /// Devices in the registry.
    static let devices = 1000
}

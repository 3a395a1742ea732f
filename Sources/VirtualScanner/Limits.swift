// Every bound of this module, with its reason.

/// Timeouts and sizes.
package enum Limits {
    /// How long a scanner program may take to listen: libfprint needs 100 ms to open its virtual device, a daemon that
    /// starts on a busy machine a few seconds.
    package static let listening: Duration = .seconds(10)
    /// How long the driver may leave bytes unread; it reads at once, but for the 100 ms while it opens and the times when
    /// a busy machine does not let it run.
    package static let reading: Duration = .seconds(20)
    /// The pause between two looks at something that cannot wake us.
    static let pause: Duration = .milliseconds(5)
    /// libfprint's virtual device closes the connection on larger sides.
    package static let pictureSide = 5000
    /// Captures in one recording: the U.are.U's takes 112 kB for each, and umockdev reads it all at once.
    package static let captures = 200
    /// Seconds without a finger before each picture: 50 ms and 300 bytes each poll of the NB-1010.
    package static let absence = 600.0
    /// The longest path a Unix socket can have (`sun_path` less its final zero).
    static let socketPath = 107
}

// The numbers that bound a talk with pidd, each with its reason.

/// The numbers that bound a talk with pidd.
package enum Limits {
    /// A document of pidd in bytes: RD documents have 1 to 20 kB, a PidData with pictures up to a few 100 kB.
    static let document = 256 << 10
    /// What may pass beside the wait for a scanner and a finger: lifting the finger before, minutiae and sealing after.
    static let margin = Duration.seconds(15)
    /// pidd answers about itself at once, also during a capture.
    package static let information = Duration.seconds(5)
    /// One line of the events in bytes: the longest, hello, lists 33 requests of about 200 bytes and the scanners.
    static let event = 64 << 10
}

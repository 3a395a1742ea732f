// The numbers that bound what is read from files and from Eko, each with its reason.

/// The numbers that bound what is read from files and from Eko.
package enum Limits {
    /// A key file, an Aadhaar number or an OTP with its line end, in bytes; the longest seen is a key of 36.
    package static let secretFile = 4096
    /// The sealed capture sent as `piddata`, in bytes; 15 kB were seen, with several fingers and pictures more.
    package static let pid = 512 << 10
    /// An answer's body in bytes; the largest documented answers are lists of some 10 kB.
    static let answer = 1 << 20
    /// A file of authorities in bytes; the one with all that browsers trust has 220 kB.
    static let authorities = 1 << 20
    /// The key of a client's certificate, with the certificate and its chain where they share a file, in bytes.
    package static let clientKey = 64 << 10
    /// Characters of a server's text that are shown; more is not read by anyone.
    static let shownText = 300
    /// Characters of a text that is shown whole, such as the consent, or not at all: some ten pages.
    static let wholeText = 32 << 10
    /// How long one call may take, as in Eko's own libraries.
    package static let call = Duration.seconds(30)
    /// How often a GET is tried, as in Eko's own libraries.
    static let attempts = 3
    /// The longest pause before the second attempt; it doubles for each further one.
    static let firstPause = Duration.milliseconds(400)
    /// How long the file with the last timestamp may be locked by others: each holds it for less than a millisecond.
    static let ledgerLock = Duration.seconds(5)
    /// How far the last timestamp of others may be ahead of this clock, in milliseconds, before it counts as the trace of a
    /// clock that was set back: Eko refuses anything beyond two minutes anyway.
    static let ledgerAhead: Int64 = 60_000
    /// Clock difference in seconds that Eko still takes for a fresh request.
    static let clockSkew: Int64 = 120
}

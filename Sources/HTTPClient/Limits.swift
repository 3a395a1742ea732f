// The numbers that bound a request, each with its reason.

/// The numbers that bound a request.
package enum Limits {
    /// An answer's largest body in bytes: a sealed capture has about 16 kB, a long bank list a few 100 kB.
    package static let body = 4 << 20
    /// The header lines of an answer, in bytes together; servers themselves seldom accept more than 64 kB.
    static let headers = 64 << 10
    /// How long the connection and its TLS handshake may take.
    package static let connect = Duration.seconds(10)
    /// How often a running request looks whether it was cancelled; a fifth of the 300 ms that an interrupt may take.
    static let cancellationCheck = Duration.milliseconds(50)
}

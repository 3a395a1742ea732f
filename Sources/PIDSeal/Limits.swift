// The bounds of this module, each with its reason.

enum Limits {
    /// Bytes of a key file: RSA-2048 in PKCS#8 PEM has 1,700.
    static let keyFile = 16 * 1024
    /// Bytes of a certificate file: PEM of an RSA-2048 certificate has 1,000 to 3,000.
    static let certificateFile = 16 * 1024
    /// Bytes of a file with a device provider's certificates: a root and some signers.
    static let authoritiesFile = 64 * 1024
    /// Bytes of a file with a PIN, which have 4 to 255 characters.
    static let pinFile = 512
    /// How long one provisioning waits for another: making a key takes a second, but asking a provider a minute, which a person
    /// should rather be told of.
    static let lock = Duration.seconds(5)
    /// How often a pair is read again because it was replaced meanwhile: more than twice within a millisecond is a fault.
    static let readings = 3
    /// Days before the end of a certificate from which on it is warned of; each one is told once.
    static let warnings = [14, 7, 1]
    /// Characters of a value of identity.conf: it has to fit into answers and the longest, idHash, has 64.
    static let identityValue = 128
    /// Bits of all RSA keys: the lengths of bs and Skey follow from it (spec/rd-service.md 2.2 and 2.5).
    static let rsaBits = 2048
    /// Seconds that a test device's certificate holds: 30 days, as device providers of L0 devices give (spec 1.3).
    static let testDeviceValidity: Int64 = 30 * 86_400
    /// Seconds that the test provider and the stand-in for UIDAI hold: longer than any checkout is used.
    static let testAuthorityValidity: Int64 = 5 * 365 * 86_400
    /// Seconds by which test certificates begin earlier, for clocks that differ a little.
    static let testClockSkew: Int64 = 300
}

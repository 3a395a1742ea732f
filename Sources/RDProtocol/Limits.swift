// The bounds of this module, each with its reason.

enum Limits {
    /// Bytes of a PidOptions document: real ones have 200 to 600, and a Demo block at most a few thousand.
    static let pidOptions = 64 * 1024
    /// Bytes of a PidData document: ten fingers with an image each (13 kB of base64 per finger) and the certificate.
    static let pidData = 256 * 1024
    /// Elements inside elements: PidOptions/Demo/Pi and PidData/DeviceInfo/additional_info/Param need 4.
    static let depth = 8
    /// Elements of a document: a PidData of ten fingers with DeviceInfo and its Params has about 20, PidOptions with CustOpts fewer.
    ///
    /// 64 KiB of empty elements would take 16,000 turns of the reader.
    static let elements = 256
    /// Attributes of one element: `Pa` has 13.
    static let attributes = 64
    /// Equals signs in a document, which each attribute needs one of; real documents have fewer than 100.
    ///
    /// libxml2 compares an element's attributes pairwise before anybody can count them: 28,000 take it 6 seconds.
    static let equalsSigns = 1000
    /// Characters of errInfo: people read it in an alert box, and a failure has to stay below `failureDocument`.
    static let errInfo = 200
    /// Bytes of a failure document: one client in use takes longer ones for a success.
    static let failureDocument = 1000
    /// Characters of the free text of RDSERVICE: one client reads the document into a `char[1000]`.
    static let serviceInfo = 200
    /// Milliseconds a capture may last when the client does not say (spec/rd-service.md 3.5).
    static let defaultTimeout = 10_000
    /// Milliseconds that a client may ask for.
    static let timeout = 1...99_999
    /// Characters of the id of a scanner: vendor, product, a serial number of at most 40, and a place of at most 30.
    static let deviceID = 1...100
}

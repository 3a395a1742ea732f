// How large a request may be, and why.

/// The bounds of one request; past them it is refused, whatever its sender announces.
package struct RequestLimits: Sendable, Equatable {
    /// The bytes of the request line and all header lines, with the empty line that ends them.
    ///
    /// Browsers send 1 to 4 KiB, with cookies of other pages on localhost up to 8 KiB; 16 KiB holds twice that.
    package var head = 16 * 1024
    /// The bytes of the request line: what RFC 9112 section 3 recommends as the least that servers take.
    package var requestLine = 8000
    /// The header lines: browsers send about 20.
    package var headers = 64
    /// The bytes of the body: PidOptions with a demographic block and custom options stay under 8 KiB.
    package var body = 64 * 1024

    package init() {}

    /// The bytes of a method; the longest one in use here, `DEVICEINFO`, has 10.
    static let method = 32
}

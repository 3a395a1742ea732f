// What has come of an answer so far.

/// Collects an answer's headers and body within their bounds.
struct Received {
    private(set) var headers: [String: String] = [:]
    private(set) var body: [UInt8] = []
    private(set) var isTooLarge = false
    private let bodyLimit: Int
    private var headerBytes = 0

    init(bodyLimit: Int) { self.bodyLimit = bodyLimit }

    /// The part that both libcurl callbacks share: returning fewer bytes than offered ends the transfer.
    static func take(
        _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int, _ target: UnsafeMutableRawPointer?,
        _ append: (UnsafeMutablePointer<Received>, UnsafeRawBufferPointer) -> Bool
    ) -> Int {
        guard let target = unsafe target else { return 0 }
        let received = unsafe target.assumingMemoryBound(to: Received.self)
        return unsafe append(received, UnsafeRawBufferPointer(start: bytes, count: count)) ? count : 0
    }

    /// Takes a part of the body; false when there is more than asked for.
    mutating func appendBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard body.count + bytes.count <= bodyLimit else {
            isTooLarge = true
            return false
        }
        unsafe body.append(contentsOf: bytes)
        return true
    }

    /// Takes one header line as libcurl gives it, line end and all; false when there are too many.
    mutating func appendHeader(_ bytes: UnsafeRawBufferPointer) -> Bool {
        headerBytes += bytes.count
        guard headerBytes <= Limits.headers else {
            isTooLarge = true
            return false
        }
        let line = unsafe String(decoding: bytes, as: UTF8.self)
        if line.hasPrefix("HTTP/") { headers = [:] }  // an interim answer, such as 100, is over
        guard let colon = line.firstIndex(of: ":") else { return true }
        let value = line[line.index(after: colon)...].drop { $0.isWhitespace }
        headers[line[..<colon].lowercased()] = String(value.reversed().drop { $0.isWhitespace }.reversed())
        return true
    }
}

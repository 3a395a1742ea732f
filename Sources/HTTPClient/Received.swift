// What has come of an answer so far.

/// Collects an answer's headers and body within their bounds.
struct Received {
    /// Whether the way to the server stands, proxy and TLS included, and the request itself comes next.
    var isConnected = false
    private(set) var headers: [String: String] = [:]
    private(set) var body: [UInt8] = []
    private(set) var isTooLarge = false
    /// The status in the last status line; nil before there is one.
    private(set) var status: Int?
    /// Whether the head of the final answer has come whole.
    private(set) var hasHead = false
    /// Takes the body of an answer with status 200, when it is wanted line by line.
    private var splitter: LineSplitter?
    private let bodyLimit: Int
    private var headerBytes = 0

    /// - Parameters:
    ///   - bodyLimit: bytes of a body that is collected.
    ///   - lineLimit: bytes of one line; nil to collect every body.
    init(bodyLimit: Int, lineLimit: Int? = nil) {
        self.bodyLimit = bodyLimit
        splitter = lineLimit.map(LineSplitter.init(limit:))
    }

    /// Hands out the whole lines of the body that have come since the last time.
    mutating func takeLines() -> [[UInt8]] { splitter?.takeLines() ?? [] }

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
        if status == 200, splitter != nil {
            isTooLarge = unsafe splitter?.append(bytes) == false
            return !isTooLarge
        }
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
        let line = unsafe bytes.trimmed
        guard unsafe !line.isEmpty else {
            hasHead = (status ?? 0) >= 200
            return true
        }
        if unsafe line.starts(with: "HTTP/".utf8) {
            headers = [:]  // an interim answer, such as 100, is over
            let words = unsafe line.split(separator: UInt8(ascii: " "), maxSplits: 2)
            status = unsafe words.count > 1 ? Int(String(decoding: words[1].prefix(3), as: UTF8.self)) : nil
        }
        guard let colon = unsafe line.firstIndex(of: UInt8(ascii: ":")) else { return true }
        let name = unsafe String(decoding: line[..<colon], as: UTF8.self).lowercased()
        headers[name] = unsafe String(decoding: line[(colon + 1)...].trimmed, as: UTF8.self)
        return true
    }
}

extension BidirectionalCollection<UInt8> {
    /// The bytes without blanks and line ends around them.
    fileprivate var trimmed: SubSequence {
        func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || (0x09...0x0d).contains(byte) }
        let start = firstIndex { !isBlank($0) } ?? endIndex
        let end = self[start...].lastIndex { !isBlank($0) }.map(index(after:)) ?? start
        return self[start..<end]
    }
}

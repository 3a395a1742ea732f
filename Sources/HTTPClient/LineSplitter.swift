// Lines out of a stream that comes in pieces of any size.

/// Cuts a stream of bytes into lines, however the bytes are spread over its pieces.
struct LineSplitter {
    /// Whole lines that nobody has taken yet, without their ends; lines without any byte are left out.
    private var lines: [[UInt8]] = []
    private var unfinished: [UInt8] = []
    private let limit: Int

    /// Makes a splitter for lines of at most `limit` bytes.
    init(limit: Int) { self.limit = limit }

    /// Takes the next piece; false when a line is longer than the limit.
    mutating func append(_ bytes: some Sequence<UInt8>) -> Bool {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                if unfinished.last == UInt8(ascii: "\r") { unfinished.removeLast() }
                if !unfinished.isEmpty { lines.append(unfinished) }
                unfinished.removeAll(keepingCapacity: true)
            } else {
                guard unfinished.count < limit else { return false }
                unfinished.append(byte)
            }
        }
        return true
    }

    /// Hands out the whole lines there are.
    mutating func takeLines() -> [[UInt8]] {
        let taken = lines
        lines.removeAll(keepingCapacity: true)
        return taken
    }
}

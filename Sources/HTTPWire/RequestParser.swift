// Requests out of a byte stream, however it is cut.
import Secrets

/// Reads HTTP/1.x requests off a byte stream, strictly and in linear time.
///
/// Lines end in CR LF, headers are not folded, there is at most one Content-Length, and chunked bodies are refused:
/// what two parsers could read in two ways is not read at all. Every byte is looked at once, so that a sender who drips
/// costs no more than one who does not. The outcome depends on the bytes alone, never on where the stream was cut.
///
/// After a refusal, and after a request that closes the connection, further bytes are thrown away. What a request leaves in the
/// buffer is wiped once it is read, since bodies hold OTPs; `forget` does it for one that never became whole.
package struct RequestParser: Sendable {
    /// How closely the clients are known to keep to HTTP.
    package enum Dialect: Sendable {
        /// A body has the length that was announced.
        case strict
        /// The body of a CAPTURE also ends with `</PidOptions>`.
        ///
        /// Clients in the field announce more bytes than they send and then wait (RD service spec, section 3.1). The
        /// rest of such a body, if it does come, is thrown away and the connection closes after the answer.
        case rdClients
    }

    /// Where in a request the stream stands.
    package enum Stage: Sendable, Equatable {
        /// Between two requests.
        case idle
        case head
        case body
        /// Nothing more is read.
        case ended
    }

    private let limits: RequestLimits
    private let dialect: Dialect

    private var buffer: [UInt8] = []
    /// The first byte of the request that is being read.
    private var start = 0
    /// The first byte of the line or body that is being read.
    private var partStart = 0
    /// The first byte not yet looked at.
    private var scanned = 0
    private var skippedEmptyLine = false
    private var head: RequestHead?
    private var bodyLength: Int?
    private var owesContinue = false
    private var hasEnded = false

    package init(limits: RequestLimits = RequestLimits(), dialect: Dialect = .strict) {
        self.limits = limits
        self.dialect = dialect
    }

    package var stage: Stage {
        if hasEnded { return .ended }
        if bodyLength != nil { return .body }
        return start == buffer.count ? .idle : .head
    }

    /// Adds bytes that have arrived; the caller bounds them by reading on only when `next` gives nil.
    package mutating func append(_ bytes: some Collection<UInt8>) {
        guard !hasEnded else { return }
        let needed = buffer.count + bytes.count
        if needed > buffer.capacity { move(buffer[...], capacity: max(needed, 2 * buffer.capacity)) }
        buffer.append(contentsOf: bytes)
    }

    /// Wipes what has come so far and reads nothing more; for a connection that ends.
    package mutating func forget() { end() }

    /// The next whole request; nil when more bytes are needed.
    package mutating func next() throws(HTTPRefusal) -> HTTPRequest? {
        guard !hasEnded else { return nil }
        do throws(HTTPRefusal) {
            guard try readHead() else { return nil }
            return takeRequest()
        } catch {
            end()
            throw error
        }
    }

    /// True once for a request whose sender waits for `100 Continue`; ask after `next` gave nil.
    package mutating func takeContinue() -> Bool {
        defer { owesContinue = false }
        return owesContinue
    }

    // MARK: Head

    /// Reads on in the head; true when it is complete.
    private mutating func readHead() throws(HTTPRefusal) -> Bool {
        while bodyLength == nil, let line = try nextLine() {
            if head == nil {
                try beginRequest(line)
            } else if line.isEmpty {
                try endHead()
            } else {
                try head?.add(headerLine: buffer[line], limit: limits.headers)
            }
        }
        return bodyLength != nil
    }

    /// One empty line before a request is skipped, as RFC 9112 section 2.2 asks: old clients add one to a body.
    private mutating func beginRequest(_ line: Range<Int>) throws(HTTPRefusal) {
        if line.isEmpty, !skippedEmptyLine {
            skippedEmptyLine = true
            return consume(upTo: scanned)
        }
        head = try RequestHead(requestLine: buffer[line])
    }

    private mutating func endHead() throws(HTTPRefusal) {
        guard let head else { return }
        bodyLength = try head.bodyLength(limit: limits.body)
        owesContinue = head.expectsContinue
    }

    /// The place of the next whole line in the buffer, without its CR LF.
    private mutating func nextLine() throws(HTTPRefusal) -> Range<Int>? {
        if head == nil, start < buffer.count, buffer[start] == 0x16 { throw .tlsHello }
        let lineLimit = head == nil ? partStart + limits.requestLine + 2 : Int.max
        let headLimit = start + limits.head
        let end = min(buffer.count, lineLimit, headLimit)
        var followsReturn = scanned > partStart && buffer[scanned - 1] == ASCII.carriageReturn
        while scanned < end {
            let byte = buffer[scanned]
            guard (byte == ASCII.lineFeed) == followsReturn else { throw .bareLineBreak }
            scanned += 1
            if followsReturn {
                let line = partStart..<(scanned - 2)
                partStart = scanned
                return line
            }
            followsReturn = byte == ASCII.carriageReturn
        }
        guard end == buffer.count else { throw end == lineLimit ? .targetTooLong : .headTooLong }
        return nil
    }

    // MARK: Body

    /// The request, if its body is complete.
    private mutating func takeRequest() -> HTTPRequest? {
        guard let head, let bodyLength else { return nil }
        let announcedEnd = partStart + bodyLength
        guard let bodyEnd = endOfPidOptions(before: announcedEnd) ?? (buffer.count >= announcedEnd ? announcedEnd : nil)
        else { return nil }
        let keepsAlive = head.keepsAlive && bodyEnd == announcedEnd
        let body = bodyEnd > partStart ? SecretBytes(copying: buffer[partStart..<bodyEnd]) : nil
        let request = head.request(body: body, keepsAlive: keepsAlive)
        if keepsAlive { consume(upTo: bodyEnd) } else { end() }
        return request
    }

    /// Where the PidOptions of a CAPTURE end, if they end before the announced length and the dialect allows it.
    private mutating func endOfPidOptions(before announcedEnd: Int) -> Int? {
        guard dialect == .rdClients, head?.method == "CAPTURE" else { return nil }
        let endTag: StaticString = "</PidOptions>"
        let length = endTag.utf8CodeUnitCount
        let available = min(buffer.count, announcedEnd)
        var tagStart = max(partStart, scanned - length + 1)
        defer { scanned = max(scanned, available) }
        while tagStart + length <= available {
            if unsafe buffer[tagStart..<(tagStart + length)].elementsEqual(
                UnsafeBufferPointer(start: endTag.utf8Start, count: length))
            {
                return tagStart + length
            }
            tagStart += 1
        }
        return nil
    }

    // MARK: Bookkeeping

    /// Goes on to the next request at an index.
    ///
    /// Consumed bytes are moved away only once they are the larger part, so that each byte is moved at most once.
    private mutating func consume(upTo index: Int) {
        let wasEmptyLine = head == nil
        wipe(&buffer, start..<index)
        start = index
        if start == buffer.count {
            buffer.removeAll(keepingCapacity: buffer.capacity <= limits.head)
            start = 0
        } else if start * 2 >= buffer.count {
            move(buffer[start...], capacity: 0)
            start = 0
        }
        partStart = start
        scanned = start
        head = nil
        bodyLength = nil
        owesContinue = false
        skippedEmptyLine = wasEmptyLine
    }

    /// Moves what is still to be read into new memory and wipes the old, which the allocator would hand on as it is.
    private mutating func move(_ rest: ArraySlice<UInt8>, capacity: Int) {
        var moved: [UInt8] = []
        moved.reserveCapacity(capacity)
        moved += rest
        swap(&moved, &buffer)
        wipe(&moved)
    }

    private mutating func end() {
        hasEnded = true
        wipe(&buffer)
        buffer = []
        (start, partStart, scanned) = (0, 0, 0)
        head = nil
        bodyLength = nil
        owesContinue = false
    }
}

// The head of a request, made line by line; the rules of RFC 9112 sections 3, 5 and 6.
import Secrets

/// What is known of a request before its body.
struct RequestHead: Sendable {
    let method: String
    let path: String
    let query: String?
    let version: HTTPRequest.Version
    private(set) var headers: HTTPHeaders = [:]

    /// Reads a request line, given without its line end.
    ///
    /// Blanks after the version are tolerated: a client in the field sends them (RD service spec, section 3.1).
    init(requestLine: ArraySlice<UInt8>) throws(HTTPRefusal) {
        var line = requestLine
        while let last = line.last, last == ASCII.space || last == ASCII.tab { line.removeLast() }
        guard let first = line.firstIndex(of: ASCII.space), let last = line.lastIndex(of: ASCII.space), first < last
        else { throw .malformedRequestLine }
        let (verb, target, version) = (line[..<first], line[(first + 1)..<last], line[(last + 1)...])
        guard !verb.isEmpty, verb.allSatisfy(ASCII.isToken), !target.contains(ASCII.space) else {
            throw .malformedRequestLine
        }
        self.version = try Self.version(version)
        guard verb.count <= RequestLimits.method else { throw .methodTooLong }
        method = String(decoding: verb, as: UTF8.self)
        (path, query) = try Self.target(target, method: method)
    }

    private static func version(_ word: ArraySlice<UInt8>) throws(HTTPRefusal) -> HTTPRequest.Version {
        if ASCII.areEqual(word, "HTTP/1.1") { return .http11 }
        if ASCII.areEqual(word, "HTTP/1.0") { return .http10 }
        throw word.starts(with: "HTTP/".utf8) ? .unsupportedVersion : .malformedRequestLine
    }

    private static func target(
        _ word: ArraySlice<UInt8>, method: String
    ) throws(HTTPRefusal) -> (path: String, query: String?) {
        if method == "OPTIONS", ASCII.areEqual(word, "*") { return ("*", nil) }
        guard word.first == UInt8(ascii: "/"), word.allSatisfy(ASCII.isTarget) else { throw .malformedTarget }
        guard let mark = word.firstIndex(of: UInt8(ascii: "?")) else {
            return (String(decoding: word, as: UTF8.self), nil)
        }
        return (String(decoding: word[..<mark], as: UTF8.self), String(decoding: word[(mark + 1)...], as: UTF8.self))
    }

    /// Reads one header line, given without its line end.
    mutating func add(headerLine line: ArraySlice<UInt8>, limit: Int) throws(HTTPRefusal) {
        guard headers.count < limit else { throw .tooManyHeaders }
        guard line.first != ASCII.space, line.first != ASCII.tab else { throw .foldedHeader }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
            line[..<colon].allSatisfy(ASCII.isToken)
        else { throw .malformedHeader }
        let value = ASCII.trimmed(line[(colon + 1)...])
        guard value.allSatisfy(ASCII.isFieldValue) else { throw .malformedHeader }
        headers.add(checkedName: line[..<colon], value)
    }

    /// Checks what concerns several headers at once, and gives the length of the body in bytes.
    ///
    /// A missing Host passes: clients in the field leave it out, and whoever listens on TCP checks it.
    func bodyLength(limit: Int) throws(HTTPRefusal) -> Int {
        guard headers.count(of: "Host") <= 1 else { throw .repeatedHost }
        guard headers.count(of: "Transfer-Encoding") == 0 else { throw .transferEncoding }
        guard headers.count(of: "Content-Length") <= 1 else { throw .badContentLength }
        var length = 0
        if let digits = headers["Content-Length"]?.utf8 {
            guard !digits.isEmpty, digits.allSatisfy(ASCII.isDigit) else { throw .badContentLength }
            for digit in digits {
                length = length * 10 + Int(digit - UInt8(ascii: "0"))
                guard length <= limit else { throw .bodyTooLong }
            }
        }
        guard headers.list(of: "Expect").allSatisfy({ $0 == "100-continue" }) else { throw .unknownExpectation }
        return length
    }

    /// Whether the client holds the body back until it is told to go on (RFC 9110 section 10.1.1).
    var expectsContinue: Bool { version == .http11 && !headers.list(of: "Expect").isEmpty }

    /// Whether the client wants the connection to stay open (RFC 9112 section 9.3).
    var keepsAlive: Bool {
        let options = headers.list(of: "Connection")
        if options.contains("close") { return false }
        return version == .http11 || options.contains("keep-alive")
    }

    func request(body: SecretBytes?, keepsAlive: Bool) -> HTTPRequest {
        HTTPRequest(
            method: method, path: path, query: query, version: version, headers: headers, body: body,
            keepsAlive: keepsAlive)
    }
}

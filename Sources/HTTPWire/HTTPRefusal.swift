// Why a request is refused before any route has seen it.

/// A request that is not taken: each cause has its status, and the connection closes after the answer.
package enum HTTPRefusal: Error, Sendable, Equatable, CaseIterable {
    case tlsHello
    case bareLineBreak
    case malformedRequestLine
    case malformedTarget
    case malformedHeader
    case foldedHeader
    case repeatedHost
    case badContentLength
    case incomplete
    case timedOut
    case bodyTooLong
    case targetTooLong
    case unknownExpectation
    case headTooLong
    case tooManyHeaders
    case methodTooLong
    case transferEncoding
    case unsupportedVersion

    /// The status of the answer (RFC 9110 section 15, RFC 6585 section 5).
    package var status: Int {
        switch self {
        case .tlsHello, .bareLineBreak, .malformedRequestLine, .malformedTarget, .malformedHeader, .foldedHeader,
            .repeatedHost, .badContentLength, .incomplete:
            400
        case .timedOut: 408
        case .bodyTooLong: 413
        case .targetTooLong: 414
        case .unknownExpectation: 417
        case .headTooLong, .tooManyHeaders: 431
        case .methodTooLong, .transferEncoding: 501
        case .unsupportedVersion: 505
        }
    }

    /// What is wrong, in one sentence without a full stop at its end.
    package var cause: String {
        switch self {
        case .tlsHello: "this is a TLS greeting, but plain HTTP is spoken here"
        case .bareLineBreak: "a line of the head does not end in CR LF"
        case .malformedRequestLine: "the request line is not: METHOD /target HTTP/1.1"
        case .malformedTarget: "the request target is not a path that begins with / (or * for OPTIONS)"
        case .malformedHeader: "a header line is not: Name: value"
        case .foldedHeader: "a header line begins with a space; values must not be folded"
        case .repeatedHost: "there is more than one Host header"
        case .badContentLength: "Content-Length is not one decimal number"
        case .incomplete: "the connection ended in the middle of the request"
        case .timedOut: "the request was not complete in time"
        case .bodyTooLong: "the body is too large"
        case .targetTooLong: "the request line is too long"
        case .unknownExpectation: "only the expectation 100-continue is known"
        case .headTooLong: "the request line and headers are too large"
        case .tooManyHeaders: "there are too many headers"
        case .methodTooLong: "the method is not known"
        case .transferEncoding: "Transfer-Encoding is not taken; send a Content-Length"
        case .unsupportedVersion: "only HTTP/1.1 and HTTP/1.0 are spoken here"
        }
    }

    /// The answer to the client; it closes the connection.
    package var response: HTTPResponse {
        var response = HTTPResponse(text: cause, status: status)
        response.closesConnection = true
        return response
    }
}

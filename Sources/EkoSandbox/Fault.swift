// The bad days that clients can be tried against: connections cut at every stage, and answers that are none.
import HTTPWire

/// What happens to a connection or to an answer on its way.
package enum Fault: String, CaseIterable, Sendable {
    /// The connection breaks as soon as it is accepted.
    case cutAccept = "cut-accept"
    /// The connection breaks in the middle of the TLS handshake.
    case cutHandshake = "cut-handshake"
    /// The connection breaks in the middle of the request, which nobody acts on.
    case cutRequest = "cut-request"
    /// The connection breaks after the request, which was acted on, and before the answer.
    case cutUnanswered = "cut-unanswered"
    /// The connection breaks in the middle of the answer.
    case cut
    /// No answer for 40 seconds.
    case slow
    /// A gateway's HTML page with status 502 instead of the answer.
    case html
    /// Status 500 with an empty body.
    case serverError = "500"
    /// Status 429 with an empty body.
    case tooMany = "429"
    /// A redirection to another host.
    case redirect
    /// An answer of 10 MB.
    case huge

    /// The answer that goes out instead.
    func spoiling(_ response: HTTPResponse) -> HTTPResponse {
        switch self {
        case .html:
            HTTPResponse(
                status: 502, headers: ["Content-Type": "text/html"],
                body: Array("<html><head><title>502 Bad Gateway</title></head><body></body></html>\n".utf8))
        case .serverError: HTTPResponse(status: 500)
        case .tooMany: HTTPResponse(status: 429)
        case .redirect: HTTPResponse(status: 302, headers: ["Location": "https://localhost:1/elsewhere"])
        case .huge: HTTPResponse(status: 200, body: [UInt8](repeating: 0x20, count: 10 << 20))
        case .cutAccept, .cutHandshake, .cutRequest, .cutUnanswered, .cut, .slow: response
        }
    }
}

/// A fault and the requests that meet it.
package struct FaultPlan: Sendable {
    package let fault: Fault
    /// Only requests whose path contains this; faults that come before the path is known meet every connection.
    package let path: String
    /// How many answers are spoilt before all are well again; nil for all.
    package let times: Int?

    package init(_ fault: Fault, on path: String = "", times: Int? = nil) {
        self.fault = fault
        self.path = path
        self.times = times
    }
}

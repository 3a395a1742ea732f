// What browsers are told about requests from other origins (Fetch standard, "CORS protocol").
import HTTPWire

/// The headers for one visitor.
enum CrossOrigin {
    /// The answer to a preflight of a page that may ask for what `methods` lists.
    ///
    /// `LoopbackCall.dress` adds the origin: reflected, never `*`; requests carry no credentials here.
    static func preflight(_ request: HTTPRequest, methods: String, isTrusted: Bool) -> HTTPResponse {
        let asked = request.headers.list(of: "Access-Control-Request-Headers")
        let allowed = ["content-type", "accept"] + asked.filter { known.contains($0) }
        var response = HTTPResponse(
            status: 204,
            headers: [
                "Access-Control-Allow-Methods": methods,
                "Access-Control-Allow-Headers": allowed.joined(separator: ", "),
                "Access-Control-Max-Age": "\(Limits.preflightAge.components.seconds)",
            ])
        // Chromium before local network access asked so; newer ones do not, and take no harm.
        if isTrusted, request.headers["Access-Control-Request-Private-Network"]?.lowercased() == "true" {
            response.headers.add("Access-Control-Allow-Private-Network", "true")
        }
        return response
    }

    static let methods = "RDSERVICE, DEVICEINFO, CAPTURE, GET, POST, OPTIONS"

    /// Headers that RD clients and the strict dialect use.
    private static let known = Set([
        "prefer", "pidd-request-id", "x-requested-with", "cache-control", "pragma", "ext",
    ])

    /// Lets the page of an origin read an answer.
    static func allow(_ origin: String, in response: inout HTTPResponse) {
        response.headers.add("Access-Control-Allow-Origin", origin)
        response.headers.add("Access-Control-Expose-Headers", "Pidd-Outcome, Pidd-Request-Id")
    }
}

// What a request at the loopback door needs in its answer.
import HTTPWire

/// The visitor of one request, and the form of its answer.
struct LoopbackCall: Sendable {
    let visitor: Visitor
    /// The origin whose page may read the answer; nil for programs and for pages that may not.
    let reader: String?
    /// The content type of RD documents.
    let documentType: String

    init(_ request: HTTPRequest, from visitor: Visitor, _ settings: LoopbackSettings) {
        self.visitor = visitor
        reader =
            switch visitor {
            case .site(let origin): origin
            case .stranger(let text): settings.discovery == .everyone && WebOrigin(text) != nil ? text : nil
            case .program, .ownPage, .navigation: nil
            }
        let ranges = request.headers.list(of: "Accept")
        let type = Self.asksForXML(ranges) ? LoopbackSettings.DocumentType.xml : settings.documentType
        documentType = "\(type.rawValue); charset=utf-8"
    }

    /// Whether one of the media ranges names XML (RFC 9110 section 12.5.1); one with the weight 0 says that it is not wanted.
    private static func asksForXML(_ ranges: [String]) -> Bool {
        ranges.contains { range in
            let parts = range.split(separator: ";").map { $0.filter { $0 != " " } }
            guard let type = parts.first, type == "text/xml" || type == "application/xml" else { return false }
            return !parts.contains { $0.hasPrefix("q=0") && $0.dropFirst(3).allSatisfy { ".0".contains($0) } }
        }
    }

    /// Adds what every answer at this door has.
    func dress(_ response: inout HTTPResponse) {
        response.headers.add("Vary", "Origin, Accept")
        response.headers.add("X-Content-Type-Options", "nosniff")
        response.headers.add("Cross-Origin-Resource-Policy", "same-origin")
        if let reader { CrossOrigin.allow(reader, in: &response) }
        // A browser keeps six connections to each name of this machine; they would take the places of its user.
        if visitor != .ownPage { response.closesConnection = true }
    }
}

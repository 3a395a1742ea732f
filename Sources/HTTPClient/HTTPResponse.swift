// An answer.
import CCurl

/// One answer: status, headers and the whole body.
package struct HTTPResponse: Sendable {
    package let status: Int
    /// By lower-case name; the last one counts when a name comes twice.
    package let headers: [String: String]
    package let body: [UInt8]

    package init(status: Int, headers: [String: String] = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The server's clock by its `Date` header, in seconds since the Unix epoch; nil when there is no readable one.
    package var date: Int64? {
        guard let text = headers["date"] else { return nil }
        let seconds = unsafe curl_getdate(text, nil)
        return seconds < 0 ? nil : Int64(seconds)
    }
}

// What the server itself answers when it is full or stops.
import Glibc
import HTTPWire

/// Answers that no route has made; each closes the connection and says when to come again.
enum Refusal {
    case tooManyOfUID
    case full
    case outOfDescriptors
    case stopping

    var response: HTTPResponse {
        var response =
            switch self {
            case .tooManyOfUID:
                HTTPResponse(text: "this user has too many connections; close one of them", status: 429)
            case .full: HTTPResponse(text: "too many connections; try again", status: 503)
            case .outOfDescriptors: HTTPResponse(text: "out of descriptors; try again", status: 503)
            case .stopping: HTTPResponse(text: "the service is stopping; try again", status: 503)
            }
        response.headers.add("Retry-After", "1")
        response.closesConnection = true
        return response
    }

    /// Writes the answer to a descriptor, as far as it takes it at once.
    func sendOnce(to descriptor: Int32) {
        let bytes = response.bytes(closing: true)
        _ = unsafe bytes.withUnsafeBytes {
            unsafe send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        }
    }
}

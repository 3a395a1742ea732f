// Answers in the shapes that Eko documents (spec/eko-api.md sections 1.4, 3 and 4).
import HTTPWire

/// An answer of Eko's application, and what the sandbox's log says of it.
package struct Answer: Sendable {
    /// The HTTP status.
    let status: Int
    let contentType: String
    let body: String
    /// The word for the log: `accepted`, or `refused: ` and the reason in plain words.
    let outcome: String
    /// The code that tells outcomes apart: `response_type_id`, or the HTTP status of an answer without one.
    let code: Int

    var response: HTTPResponse {
        HTTPResponse(status: status, headers: ["Content-Type": contentType], body: Array(body.utf8))
    }

    private init(status: Int = 200, type: Int, body: JSONText, outcome: String) {
        self.status = status
        contentType = "application/json;charset=UTF-8"
        self.body = body.text
        self.outcome = outcome
        code = type
    }

    private init(status: Int, text: String, reason: String) {
        self.status = status
        contentType = "text/plain;charset=UTF-8"
        body = text + "\n"
        outcome = "refused: \(reason)"
        code = status
    }

    // MARK: What went well

    /// Status 0: the request did what it should.
    static func success(_ type: Int, statusID: Int = 0, _ message: String, _ data: JSONText) -> Answer {
        Answer(
            type: type,
            body: [
                "status": 0, "response_status_id": .integer(statusID), "response_type_id": .integer(type),
                "message": .string(message),
                "data": data,
            ], outcome: "accepted")
    }

    // MARK: What was refused

    /// A refusal by the application, HTTP 200: `status` and `response_type_id` carry the code.
    static func failure(
        _ type: Int, statusID: Int = 1, _ message: String, description: String, reason: String
    ) -> Answer {
        failure(type, statusID: statusID, message, data: ["description": .string(description)], reason: reason)
    }

    /// As above, with whatever `data` holds.
    static func failure(
        _ type: Int, statusID: Int = 1, _ message: String, data: JSONText, reason: String
    ) -> Answer {
        Answer(
            type: type,
            body: [
                "status": .integer(type), "response_status_id": .integer(statusID),
                "response_type_id": .integer(type), "message": .string(message),
                "data": data,
            ], outcome: "refused: \(reason)")
    }

    /// Values that are missing or have another form (section 3.1).
    static func invalid(_ parameters: [(name: String, fault: String)]) -> Answer {
        Answer(
            type: -1,
            body: [
                "status": 97, "response_status_id": 1, "response_type_id": -1,
                "message": "Required values are missing or not usable",
                "invalid_params": .object(parameters.map { (name: $0.name, value: .string($0.fault)) }),
            ], outcome: "refused: " + parameters.map { "\($0.name) \($0.fault)" }.joined(separator: ", "))
    }

    /// Failed authentication, HTTP 401 (section 1.4).
    static func unauthorised(_ refusal: AuthenticationRefusal) -> Answer {
        Answer(
            status: 401, type: refusal.code,
            body: [
                "status": .integer(refusal.code), "response_status_id": 1,
                "response_type_id": .integer(refusal.code), "message": .string(refusal.message),
            ], outcome: "refused: \(refusal.reason)")
    }

    /// A body that is no JSON object: Eko then answers without a `status` (section 3.1).
    static func unreadable(_ reason: String) -> Answer {
        Answer(type: -1, body: ["message": "No key for Response"], outcome: "refused: \(reason)")
    }

    static func noRoute(_ reason: String) -> Answer {
        Answer(status: 404, text: "No mapping rule matched", reason: reason)
    }

    static func wrongMethod(_ reason: String) -> Answer {
        Answer(status: 405, text: "Method Not Allowed", reason: reason)
    }

    static func wrongType(_ reason: String) -> Answer {
        Answer(status: 415, text: "Unsupported Media Type", reason: reason)
    }

    /// What stands before Eko's application says no, in plain text.
    static func withoutEnvelope(_ status: Int, _ text: String) -> Answer {
        Answer(status: status, text: text, reason: text)
    }

    static func busy(_ reason: String) -> Answer {
        Answer(status: 429, text: "Too Many Requests", reason: reason)
    }
}

// pidd's own words about a refusal (RFC 9457).
import FoundationEssentials

/// A document of type `application/problem+json` (docs/openapi.json).
struct Problem: Decodable {
    let code: String
    let cause: String
    let nextStep: String
    let holder: Party?

    enum CodingKeys: String, CodingKey {
        case code, cause, holder
        case nextStep = "next_step"
    }

    /// Reads the body of an answer; nil when it is something else.
    init?(parsing body: [UInt8], type: String?) {
        guard type?.hasPrefix("application/problem+json") == true,
            let problem = try? JSONDecoder().decode(Self.self, from: Data(body))
        else { return nil }
        self = problem
    }
}

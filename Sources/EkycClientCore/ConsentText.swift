// The text of Eko to which a sender has to agree before the Aadhaar number is sent.
import EkoAPI

/// The text of a consent, whole.
struct ConsentText {
    /// The operation that fetches it.
    static let operation = "digikhata-consent"
    /// The member of its `consent_detail` that holds it.
    static let member = "consentContent"

    private let text: String

    /// Takes it from an answer.
    ///
    /// - Throws: `Failure` when there is none, or none that can be shown whole: nobody can agree to that.
    init(_ outcome: Outcome) throws(Failure) {
        let detail = outcome.envelope?.data["consent_detail"]?.object
        guard let given = detail?[Self.member]?.text, !given.isEmpty, let text = shownWhole(given) else {
            throw Failure(
                .failed, "consent-text-missing", "Eko's answer has no text to which the sender could agree",
                nextStep: "try another --language; ekyc-client digikhata languages lists them")
        }
        self.text = text
    }

    /// The text as it is told.
    var shown: String { "Consent: \(text)" }

    /// Why the flow stops where nobody can be asked.
    var isToBeRead: Failure {
        var failure = Failure(
            .nextStep, "consent-needed", "the sender has to hear or read Eko's text of the consent, and to agree",
            nextStep: "read it out and ask, then run the same command with --consent-text-agreed")
        failure.details = [
            "outcome": .text("next-step"), "next": .text(Self.operation), "consent": .text(text),
        ]
        return failure
    }

    /// Why the flow stops when the sender does not agree.
    var isRefused: Failure {
        Failure(
            .usage, "consent-refused", "the sender did not agree; no Aadhaar number was sent",
            nextStep: "run the same command again when they do")
    }
}

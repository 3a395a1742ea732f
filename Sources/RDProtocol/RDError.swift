// A failure as an RD client sees it: a code of the specification and one line that explains it.
package import Platform

/// Why an RD call cannot be answered with what was asked for.
package struct RDError: ExplainedError, Equatable {
    package let errCode: RDErrorCode
    /// The cause in this case, in words of this program only: no text of a client belongs here.
    package let detail: String
    package let nextStep: String

    /// An error with the wording of its code, a cause and what to do.
    package init(_ errCode: RDErrorCode, _ detail: String = "", nextStep: String = "") {
        self.errCode = errCode
        self.detail = detail
        self.nextStep = nextStep
    }

    /// The RD form of an error that explains itself.
    package init(_ errCode: RDErrorCode, because error: some ExplainedError) {
        self.init(errCode, error.cause, nextStep: error.nextStep)
    }

    /// `rd-` and the number, such as `rd-720`.
    package var code: String { "rd-\(errCode.rawValue)" }

    package var cause: String { detail.isEmpty ? errCode.wording : "\(errCode.wording): \(detail)" }

    /// The text of Resp/@errInfo: the wording, the cause and the next step in one line.
    ///
    /// At most 200 characters, printable ASCII without the five characters that XML escapes. The next step is in it as a whole
    /// or not at all, because half a command is worse than none: where room is short, files that it names by their path lose
    /// theirs in the cause, then the cause its end; where even that does not do, the text points to pidd's log instead.
    package var errInfo: String {
        if description.utf8.count <= Limits.errInfo { return safeText(description, limit: Limits.errInfo) }
        let step = errCode.wording.utf8.count + 2 + nextStep.utf8.count <= Limits.errInfo ? nextStep : Self.elsewhere
        let room = Limits.errInfo - 2 - step.utf8.count
        // A path is said once.
        let brief = cause.split(separator: " ", omittingEmptySubsequences: false).map { word in
            word.hasPrefix("/") && step.contains(word) ? word.split(separator: "/").last ?? word : word
        }.joined(separator: " ")
        return safeText(shortened(brief, to: room) + (step.isEmpty ? "" : "; \(step)"), limit: Limits.errInfo)
    }

    /// The next step when the real one is too long.
    private static let elsewhere = "see the log of pidd"

    /// The cause as far as it fits: whole, up to a word, or the wording alone.
    private func shortened(_ cause: String, to room: Int) -> String {
        if cause.utf8.count <= room { return cause }
        let wording = errCode.wording
        let end = "..."
        var kept = ""
        for word in cause.split(separator: " ", omittingEmptySubsequences: false) {
            let longer = kept.isEmpty ? String(word) : "\(kept) \(word)"
            if longer.utf8.count + end.utf8.count > room { break }
            kept = longer
        }
        // The wording ends with a colon in the cause; nothing but that is no cause.
        return kept.utf8.count <= wording.utf8.count + 1 ? wording : kept + end
    }
}

/// A text cut to a length, in which everything but printable ASCII and all that XML escapes has become `?`.
func safeText(_ text: String, limit: Int) -> String {
    let safe = text.utf8.prefix(limit).map { byte -> UInt8 in
        let unsafeInXML = "&<>\"'".utf8.contains(byte)
        return (32...126).contains(byte) && !unsafeInXML ? byte : UInt8(ascii: "?")
    }
    return String(decoding: safe, as: UTF8.self)
}

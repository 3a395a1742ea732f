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
    /// At most 200 characters, printable ASCII without the five characters that XML escapes.
    package var errInfo: String { safeText(description, limit: Limits.errInfo) }
}

/// A text cut to a length, in which everything but printable ASCII and all that XML escapes has become `?`.
func safeText(_ text: String, limit: Int) -> String {
    let safe = text.utf8.prefix(limit).map { byte -> UInt8 in
        let unsafeInXML = "&<>\"'".utf8.contains(byte)
        return (32...126).contains(byte) && !unsafeInXML ? byte : UInt8(ascii: "?")
    }
    return String(decoding: safe, as: UTF8.self)
}

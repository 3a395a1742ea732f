// Why a text is refused before its content counts: too large, not UTF-8, with a DTD, not well-formed, or another document.
import Platform

/// A text that is not the XML document it should be.
package struct DocumentError: ExplainedError, Equatable {
    package let code: String
    package let cause: String
    package let nextStep: String

    private init(_ code: String, _ cause: String, nextStep: String) {
        self.code = code
        self.cause = cause
        self.nextStep = nextStep
    }

    static func tooLarge(limit: Int) -> Self {
        Self("document-too-large", "the document has more than \(limit) bytes", nextStep: "send a shorter one")
    }

    static let empty = Self("document-empty", "the document is empty", nextStep: "send an XML document")

    static let notUTF8 = Self(
        "document-not-utf8", "the document is not UTF-8 text", nextStep: "encode it as UTF-8 without zero bytes")

    static let documentType = Self(
        "document-with-dtd", "the document has a DOCTYPE", nextStep: "send it without DTD and entities")

    static func malformed(line: Int) -> Self {
        Self(
            "document-malformed", "the document is not well-formed XML (line \(line))",
            nextStep: "check it with xmllint")
    }

    static let tooDeep = Self(
        "document-too-deep", "elements are nested deeper than \(Limits.depth)", nextStep: "send a flatter document")

    static let tooManyElements = Self(
        "document-too-many-elements", "the document has more than \(Limits.elements) elements", nextStep: "send fewer")

    static let tooManyAttributes = Self(
        "document-too-many-attributes", "an element has more than \(Limits.attributes) attributes",
        nextStep: "send fewer")

    /// Another document than the one that a client has to send.
    static func unexpectedRequest(expected: String) -> Self {
        Self("document-unexpected", "the document is not a \(expected)", nextStep: "send a \(expected) document")
    }

    /// Another document than the one that a service has to answer.
    static func unexpectedAnswer(expected: String) -> Self {
        Self("document-unexpected", "the document is not a \(expected)", nextStep: "check what answered")
    }
}

// Reading XML with libxml2's pull parser: bounded, without DTD, entities, network, and without leaving copies behind.
import CXML
package import Secrets

/// Prepares libxml2 once for the whole process.
let libxmlReady: Bool = cxml_start() == 0

/// Walks through an XML document, one element start, text or element end after the other.
///
/// The encoding is UTF-8 whatever the declaration says: .NET clients declare UTF-16 and send UTF-8. All memory that
/// libxml2 uses is wiped when it is freed, and the reader's own copy of the document is a secret too.
@safe package struct XMLPullReader: ~Copyable {
    /// Where the reader stands.
    package enum Event: Equatable, Sendable {
        /// An element begins; its attributes can be read now. The name has no prefix. The root's depth is 0.
        case start(name: String, depth: Int)
        /// Text or CDATA; the bytes are lent by `withText`. Long text may come in several pieces.
        case text
        /// An element ends; empty elements end too.
        case end(name: String, depth: Int)
    }

    private let raw: xmlTextReaderPtr
    /// libxml2 reads from here until the end.
    private let document: SecretBytes
    /// Set when the element that just began is an empty one, which libxml2 does not report the end of.
    private var pendingEnd: Event?
    private var elements = 0

    /// Begins to read a document.
    ///
    /// - Parameters:
    ///   - bytes: UTF-8; a byte order mark and white space before the document are skipped.
    ///   - limit: the size in bytes above which it is refused.
    /// - Throws: `DocumentError` when it is empty, too large, not UTF-8, holds a zero byte or a DOCTYPE.
    package init(_ bytes: [UInt8], limit: Int) throws(DocumentError) {
        guard bytes.count <= limit else { throw .tooLarge(limit: limit) }
        try self.init(SecretBytes(copying: bytes.drop { byte in isBlank(byte) || byteOrderMark.contains(byte) }))
    }

    /// As `init(_:limit:)` for a document that may hold a secret, such as PidOptions with an OTP.
    package init(_ document: SecretBytes, limit: Int) throws(DocumentError) {
        guard document.count <= limit else { throw .tooLarge(limit: limit) }
        let start = document.withSpan { bytes in
            bytes.indices.first { !isBlank(bytes[$0]) && !byteOrderMark.contains(bytes[$0]) } ?? bytes.count
        }
        try self.init(
            start == 0
                ? document
                : unsafe SecretBytes(capacity: document.count - start) { room in
                    for index in start..<document.count { unsafe room[index - start] = document[index] }
                    return room.count
                })
    }

    /// Begins to read a document that is secret, such as a decrypted PID.
    ///
    /// - Throws: as the other one, with the limit of PidData documents.
    package init(_ document: SecretBytes) throws(DocumentError) {
        guard document.count <= Limits.pidData else { throw .tooLarge(limit: Limits.pidData) }
        guard !document.isEmpty else { throw .empty }
        let raw = try unsafe document.withUnsafeBuffer { (bytes) throws(DocumentError) in
            guard unsafe !bytes.contains(0), unsafe isUTF8(bytes) else { throw .notUTF8 }
            // Without a DOCTYPE there is no entity to expand and nothing to fetch; in UTF-8 it has this one spelling.
            guard unsafe !hasDocumentType(bytes) else { throw .documentType }
            guard unsafe bytes.count(where: { $0 == UInt8(ascii: "=") }) <= Limits.equalsSigns else {
                throw .tooManyAttributes
            }
            guard libxmlReady,
                let reader = unsafe xmlReaderForMemory(
                    bytes.baseAddress, Int32(bytes.count), nil, "UTF-8",
                    Int32(
                        XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue
                            | XML_PARSE_IGNORE_ENC.rawValue | XML_PARSE_NOCDATA.rawValue))
            else { throw .malformed(line: 1) }
            return unsafe reader
        }
        self.document = document
        unsafe self.raw = raw
    }

    deinit { unsafe xmlFreeTextReader(raw) }

    /// The next event, or nil at the end of the document.
    ///
    /// Comments and processing instructions are skipped.
    ///
    /// - Throws: `DocumentError` when the document is not well-formed, nested too deeply or has too many elements.
    package mutating func next() throws(DocumentError) -> Event? {
        if let end = pendingEnd {
            pendingEnd = nil
            return end
        }
        while try advance() {
            let depth = Int(unsafe xmlTextReaderDepth(raw))
            guard depth <= Limits.depth else { throw .tooDeep }
            switch unsafe xmlReaderTypes(UInt32(bitPattern: xmlTextReaderNodeType(raw))) {
            case XML_READER_TYPE_ELEMENT:
                elements += 1
                guard elements <= Limits.elements else { throw .tooManyElements }
                guard unsafe xmlTextReaderAttributeCount(raw) <= Limits.attributes else { throw .tooManyAttributes }
                if unsafe xmlTextReaderIsEmptyElement(raw) == 1 { pendingEnd = .end(name: name, depth: depth) }
                return .start(name: name, depth: depth)
            case XML_READER_TYPE_END_ELEMENT: return .end(name: name, depth: depth)
            case XML_READER_TYPE_TEXT, XML_READER_TYPE_CDATA: return .text
            default: break
            }
        }
        return nil
    }

    private func advance() throws(DocumentError) -> Bool {
        let status = unsafe xmlTextReaderRead(raw)
        guard status >= 0 else { throw .malformed(line: max(Int(unsafe xmlTextReaderGetParserLineNumber(raw)), 1)) }
        return status == 1
    }

    private var name: String {
        guard let name = unsafe xmlTextReaderConstLocalName(raw) else { return "" }
        return unsafe String(cString: name)
    }

    /// Lends the bytes of the text that `next` stopped at.
    package func withText<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        unsafe lend(xmlTextReaderConstValue(raw), to: body)
    }

    /// Lends each attribute of the element that just began, name without prefix and value; namespace declarations are left out.
    package mutating func forEachAttribute(_ body: (String, Span<UInt8>) -> Void) {
        guard unsafe xmlTextReaderHasAttributes(raw) == 1 else { return }
        while unsafe xmlTextReaderMoveToNextAttribute(raw) == 1 {
            guard unsafe xmlTextReaderIsNamespaceDecl(raw) != 1 else { continue }
            let name = name
            unsafe lend(xmlTextReaderConstValue(raw)) { body(name, $0) }
        }
        unsafe xmlTextReaderMoveToElement(raw)
    }

    /// The attributes of the element that just began as texts with white space cut off at both ends; for what is not secret.
    ///
    /// Names are in lower case, since clients are not sure of them; of two that then are equal the first that is not empty counts.
    package mutating func attributes() -> [String: String] {
        var found: [String: String] = [:]
        forEachAttribute { name, value in
            let key = name.lowercased()
            if found[key, default: ""].isEmpty { found[key] = trimmedText(value) }
        }
        return found
    }

    private func lend<Result>(_ text: UnsafePointer<xmlChar>?, to body: (Span<UInt8>) -> Result) -> Result {
        guard let text = unsafe text else { return body([UInt8]().span) }
        return unsafe body(Span(_unsafeStart: text, count: strlen(text)))
    }
}

private let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

/// The text of some bytes without white space at the ends.
func trimmedText(_ bytes: Span<UInt8>) -> String {
    var range = bytes.indices
    while let first = range.first, isBlank(bytes[first]) { range.removeFirst() }
    while let last = range.last, isBlank(bytes[last]) { range.removeLast() }
    return String(decoding: range.map { bytes[$0] }, as: UTF8.self)
}

private func isUTF8(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    unsafe (try? UTF8Span(validating: Span(_unsafeElements: bytes))) != nil
}

/// Whether `<!DOCTYPE` stands anywhere in some bytes.
private func hasDocumentType(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    let keyword = Array("<!DOCTYPE".utf8)
    return bytes.indices.contains { start in
        unsafe bytes[start] == keyword[0] && bytes[start...].starts(with: keyword)
    }
}

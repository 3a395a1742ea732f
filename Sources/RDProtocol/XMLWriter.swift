// Writing XML with libxml2: on one line, escaped, in ASCII, and without leaving copies behind.
import CXML
package import Secrets

/// Writes one XML document without white space between its elements.
///
/// Attribute values and text are escaped; characters beyond ASCII become character references in attributes. The buffer
/// is libxml2's and wiped when it grows and when it is freed, so secrets may pass through.
@safe package struct XMLWriter: ~Copyable {
    private let raw: xmlTextWriterPtr
    private let buffer: xmlBufferPtr

    package init() {
        guard libxmlReady, let buffer = unsafe xmlBufferCreate(),
            let raw = unsafe xmlNewTextWriterMemory(buffer, 0)
        else { preconditionFailure("libxml2 is out of memory") }
        unsafe self.raw = raw
        unsafe self.buffer = buffer
    }

    deinit {
        unsafe xmlFreeTextWriter(raw)
        unsafe xmlBufferFree(buffer)
    }

    /// Writes `<?xml version="1.0"?>`; first of all or never.
    package func declaration() { checked(unsafe xmlTextWriterWriteRaw(raw, "<?xml version=\"1.0\"?>")) }

    /// Opens an element; `end` closes it.
    package func start(_ name: String) { checked(unsafe xmlTextWriterStartElement(raw, name)) }

    /// Closes the element that was opened last, as `<name/>` when nothing came.
    package func end() { checked(unsafe xmlTextWriterEndElement(raw)) }

    /// Gives the element that was just opened an attribute.
    package func attribute(_ name: String, _ value: String) {
        checked(unsafe xmlTextWriterWriteAttribute(raw, name, value))
    }

    /// Gives the element that was just opened a number.
    package func attribute(_ name: String, _ value: Int) { attribute(name, String(value)) }

    /// Gives the element that was just opened an attribute whose value is secret; the value is UTF-8 without zero bytes.
    package func attribute(_ name: String, _ value: SecretBytes) {
        value.withSpan { attribute(name, $0) }
    }

    /// Gives the element that was just opened an attribute lent by a reader.
    package func attribute(_ name: String, _ value: Span<UInt8>) {
        // libxml2 wants a zero byte at the end.
        let text = unsafe SecretBytes(capacity: value.count + 1) { room in
            for index in value.indices { unsafe room[index] = value[index] }
            return value.count + 1
        }
        unsafe text.withUnsafeBuffer {
            checked(unsafe xmlTextWriterWriteAttribute(raw, name, $0.baseAddress))
        }
    }

    /// Adds text to the open element.
    package func text(_ text: String) { checked(unsafe xmlTextWriterWriteString(raw, text)) }

    /// Adds a secret that needs no escaping, such as base64, or a piece of XML that an XMLWriter made.
    package func verbatim(_ secret: SecretBytes) {
        unsafe secret.withUnsafeBuffer {
            checked(unsafe xmlTextWriterWriteRawLen(raw, $0.baseAddress, Int32($0.count)))
        }
    }

    /// The document.
    package consuming func finish() -> [UInt8] {
        unsafe flushed { unsafe Array($0) }
    }

    /// The document, as a secret.
    package consuming func finishSecret() -> SecretBytes {
        unsafe flushed { unsafe SecretBytes(copying: $0) }
    }

    private func flushed<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        checked(unsafe xmlTextWriterFlush(raw))
        return unsafe body(
            UnsafeBufferPointer(start: xmlBufferContent(buffer), count: Int(xmlBufferLength(buffer))))
    }

    /// libxml2 fails here only without memory or when elements and attributes come in an order that XML does not have.
    private func checked(_ result: Int32) { precondition(result >= 0, "libxml2 cannot write") }
}

// Documents made to hurt a parser are refused, quickly and with code 100.
import RDProtocol
import Secrets
import Testing

@Suite struct HostileDocumentTests {
    private func refusal(_ document: [UInt8]) -> RDError? {
        do throws(RDError) {
            _ = try PidOptions(parsing: SecretBytes(copying: document))
            return nil
        } catch {
            return error
        }
    }

    private func refusal(_ document: String) -> RDError? { refusal(Array(document.utf8)) }

    private let body = "<PidOptions><Opts fCount='1'/></PidOptions>"

    @Test(arguments: [
        "<!DOCTYPE PidOptions [<!ENTITY x SYSTEM 'file:///etc/hostname'>]><PidOptions><Opts fCount='1' wadh='&x;'/></PidOptions>",
        "<!DOCTYPE PidOptions SYSTEM 'http://127.0.0.1:9/x.dtd'><PidOptions><Opts fCount='1'/></PidOptions>",
        "<!DOCTYPE PidOptions><PidOptions><Opts fCount='1'/></PidOptions>",
        "<?xml version='1.0'?>\n<!DOCTYPE a [<!ATTLIST Opts fCount CDATA '1'>]><PidOptions><Opts/></PidOptions>",
        "<!-- <!DOCTYPE in a comment --><PidOptions><Opts fCount='1'/></PidOptions>",
    ])
    func `a document type is refused`(document: String) {
        #expect(refusal(document)?.detail == "the document has a DOCTYPE")
    }

    @Test(.timeLimit(.minutes(1))) func `a billion laughs are refused`() {
        var entities = "<!ENTITY a0 'ha'>"
        for level in 1...9 {
            let before = String(repeating: "&a\(level - 1);", count: 10)
            entities += "<!ENTITY a\(level) '\(before)'>"
        }
        let document = "<!DOCTYPE PidOptions [\(entities)]><PidOptions><Opts fCount='&a9;'/></PidOptions>"
        #expect(refusal(document)?.errCode == .invalidPidOptions)
        // Without the DTD the same reference is an undefined entity.
        #expect(refusal("<PidOptions><Opts fCount='&a9;'/></PidOptions>")?.errCode == .invalidPidOptions)
        #expect(refusal("<PidOptions>&a9;<Opts fCount='1'/></PidOptions>")?.errCode == .invalidPidOptions)
    }

    @Test(arguments: [
        "", " \n", "capture", "{}", "<", "<PidOptions", "<PidOptions>", "<PidOptions><Opts fCount='1'></PidOptions>",
        "<PidOptions><Opts fCount='1' fCount='1'/></PidOptions>", "<PidOptions><Opts fCount=1/></PidOptions>",
        "<PidOptions><Opts fCount='1'/></PidOptions>trailing", "<PidOptions><Opts fCount='1'/></PidOptions><x/>",
        "<PidData/>", "<PidOptions/>", "<PidOptions><CustOpts/></PidOptions>", "<x><PidOptions/></x>",
        "<PidOptions><Opts fCount='&#0;'/></PidOptions>", "<PidOptions><Opts fCount='&nope;'/></PidOptions>",
    ])
    func `what is no PidOptions document is 100`(document: String) {
        #expect(refusal(document)?.errCode == .invalidPidOptions)
    }

    @Test func `256 elements are read and one more is refused`() {
        func document(_ count: Int) -> String {
            "<PidOptions>" + String(repeating: "<a/>", count: count - 2) + "<Opts fCount='1'/></PidOptions>"
        }
        #expect(refusal(document(256)) == nil)
        #expect(refusal(document(257))?.detail == "the document has more than 256 elements")
    }

    @Test func `64 KiB are read and one byte more is refused`() throws {
        let fitting = Array(body.utf8) + [UInt8](repeating: 32, count: 64 * 1024 - body.utf8.count)
        #expect(refusal(fitting) == nil)
        #expect(refusal(fitting + [32])?.detail == "the document has more than 65536 bytes")
    }

    @Test func `deep nesting is refused`() {
        let deep = String(repeating: "<a>", count: 9) + String(repeating: "</a>", count: 9)
        #expect(refusal("<PidOptions><Opts fCount='1'/>\(deep)</PidOptions>")?.detail.contains("nested") == true)
        let deepest = String(repeating: "<a>", count: 20_000)
        #expect(refusal("<PidOptions>\(deepest)")?.errCode == .invalidPidOptions)
    }

    @Test(arguments: [65, 900, 7000])
    func `an element with more than 64 attributes is refused`(count: Int) {
        let attributes = (1..<count).map { "a\($0)=''" }.joined(separator: " ")
        let error = refusal("<PidOptions><Opts fCount='1' \(attributes)/></PidOptions>")
        #expect(error?.detail == "an element has more than 64 attributes")
    }

    @Test func `bytes that are not UTF-8 text are refused`() {
        let start = Array("<PidOptions><Opts fCount='1' x='".utf8)
        let end = Array("'/></PidOptions>".utf8)
        for bytes: [UInt8] in [[0], [0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xc3]] {
            #expect(refusal(start + bytes + end)?.detail == "the document is not UTF-8 text")
        }
        let utf16 = body.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        #expect(refusal([0xff, 0xfe] + utf16)?.errCode == .invalidPidOptions)
    }

    @Test func `every document that is cut short is refused`() {
        let document = Array(
            "<?xml version='1.0'?><PidOptions ver='1.0'><Opts fCount='1' otp='123456'/><Demo><Pi name='&amp;x'/></Demo></PidOptions>"
                .utf8)
        #expect(refusal(document) == nil)
        for length in document.indices { #expect(refusal(Array(document[..<length])) != nil) }
    }

    @Test func `every single changed byte gives options or an error`() {
        let document = Array(
            "<PidOptions ver='1.0'><Opts fCount='1' otp='123456' posh='LEFT_INDEX'/><Demo><Pi name='&amp;x'/></Demo></PidOptions>"
                .utf8)
        var refused = 0
        for index in document.indices {
            for byte: UInt8 in [0, 10, 38, 39, 47, 60, 62, 65, 128, 255] {
                var changed = document
                changed[index] = byte
                if let error = refusal(changed) {
                    refused += 1
                    #expect(error.errInfo.utf8.allSatisfy { (32...126).contains($0) })
                }
            }
        }
        #expect(refused > document.count)
    }
}

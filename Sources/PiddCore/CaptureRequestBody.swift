// The OTP of a JSON body, taken out of it before the JSON reader makes texts of what it reads.
import FoundationEssentials
import Secrets

/// The body of `POST /v1/captures` in two parts: the OTP, and what the JSON reader may see.
///
/// Nothing of an OTP reaches the reader: what stands between the quotes of the member `otp` is overwritten with ones in the copy
/// that it gets. Members of members are not looked at, and read by nobody.
struct CaptureRequestBody {
    /// What stands between the quotes of the member `otp`, of the first that is not empty if there are several; nil without one.
    private(set) var otp: SecretBytes?
    private let withoutOTP: SecretBytes

    init(_ body: SecretBytes) {
        var otp: Range<Int>?
        withoutOTP = unsafe SecretBytes(capacity: body.count) { copy in
            unsafe body.withUnsafeBuffer { unsafe _ = copy.update(fromContentsOf: $0) }
            for value in unsafe Self.values(ofOTPIn: copy) {
                if !value.isEmpty { otp = otp ?? value }
                for index in value { unsafe copy[index] = UInt8(ascii: "1") }
            }
            return copy.count
        }
        self.otp = otp.map { place in
            unsafe body.withUnsafeBuffer { unsafe SecretBytes(copying: $0[place]) }
        }
    }

    /// Reads what is left.
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try unsafe withoutOTP.withUnsafeBuffer { bytes in
            // JSON is UTF-8 (RFC 8259, section 8.1), in which nothing that is allowed has a zero; other encodings of `otp` have.
            guard let start = bytes.baseAddress, unsafe !bytes.contains(0) else { throw NotUTF8() }
            let memory = unsafe UnsafeMutableRawPointer(mutating: start)
            let data = unsafe Data(bytesNoCopy: memory, count: bytes.count, deallocator: .none)
            return try JSONDecoder().decode(type, from: data)
        }
    }

    private struct NotUTF8: Error {}

    /// Where the texts of the outermost object's members of the name `otp` stand, without their quotes.
    private static func values(ofOTPIn bytes: UnsafeMutableBufferPointer<UInt8>) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var depth = 0
        /// The last name in the outermost object.
        var name = 0..<0
        var isValue = false
        var index = 0
        while index < bytes.count {
            switch unsafe bytes[index] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: ":") where depth == 1: isValue = true
            case UInt8(ascii: ",") where depth == 1: isValue = false
            case UInt8(ascii: "\""):
                let text = unsafe text(after: index, in: bytes)
                if depth == 1, !isValue { name = text }
                if depth == 1, isValue, unsafe isOTP(bytes[name]) { found.append(text) }
                index = text.upperBound
            default: break
            }
            index += 1
        }
        return found
    }

    /// A string's bytes, from its first quote to its last, both left out.
    private static func text(after quote: Int, in bytes: UnsafeMutableBufferPointer<UInt8>) -> Range<Int> {
        var end = quote + 1
        while end < bytes.count, unsafe bytes[end] != UInt8(ascii: "\"") {
            end += unsafe bytes[end] == UInt8(ascii: "\\") ? 2 : 1
        }
        return quote + 1..<min(end, bytes.count)
    }

    /// Whether a name is `otp`, also where letters are written as escapes.
    private static func isOTP(_ name: Slice<UnsafeMutableBufferPointer<UInt8>>) -> Bool {
        guard unsafe name.contains(UInt8(ascii: "\\")) else { return unsafe name.elementsEqual("otp".utf8) }
        let quoted = unsafe Data("\"".utf8) + Data(name) + Data("\"".utf8)
        return (try? JSONDecoder().decode(String.self, from: quoted)) == "otp"
    }
}

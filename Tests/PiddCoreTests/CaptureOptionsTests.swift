// The JSON twin of PidOptions: the same defaults, the same rules.
import FoundationEssentials
import Platform
@testable import PiddCore
import RDProtocol
import Secrets
import Testing

struct CaptureOptionsTests {
    private func read(_ text: String) throws -> PidOptions { try CaptureOptions.read(SecretBytes(copying: text.utf8)) }

    @Test(arguments: ["", "{}", "{\"otp\":null,\"posh\":null}", "{\"new\":{\"x\":[1]}}"])
    func `what is missing, null or unknown leaves the defaults`(_ text: String) throws {
        // The defaults of spec/rd-service.md 3.5.
        let options = try read(text)
        #expect(options.fCount == 1 && options.fType == .minutiae && options.timeoutMilliseconds == 10_000)
        #expect(
            options.environment == .production && options.posh.isEmpty && options.otp == nil && options.wadh.isEmpty)
    }

    @Test func `a whole request means what the same PidOptions mean`() throws {
        let wadh = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
        let fromJSON = try read(
            """
            {"fingers":2,"type":"both","posh":["LEFT_INDEX","RIGHT_THUMB"],"timeout_ms":2500,"wadh":"\(wadh)","env":"PP","otp":"123456","min_quality":40,"format":"protobuf"}
            """)
        let fromXML = try PidOptions(
            parsing: SecretBytes(
                copying:
                    """
                    <PidOptions ver="1.0"><Opts fCount="2" fType="2" posh="LEFT_INDEX,RIGHT_THUMB" timeout="2500" wadh="\(wadh)" \
                    env="PP" otp="123456" format="1"/><CustOpts><Param name="minQuality" value="40"/></CustOpts></PidOptions>
                    """.utf8))
        #expect(fromJSON.fCount == fromXML.fCount && fromJSON.fType == fromXML.fType && fromJSON.posh == fromXML.posh)
        #expect(fromJSON.timeoutMilliseconds == fromXML.timeoutMilliseconds && fromJSON.wadh == fromXML.wadh)
        #expect(fromJSON.environment == fromXML.environment)
        #expect(fromJSON.format == .protobuf && fromXML.format == .protobuf)
        #expect(fromJSON.minimumQuality == 40 && fromXML.minimumQuality == 40)
        let (one, other) = (try #require(fromJSON.otp), try #require(fromXML.otp))
        #expect(one.isEqual(to: other))
    }

    /// Where the OTP stands in the text is not what decides, but where JSON has it.
    @Test(arguments: [
        #"{"otp":"482915"}"#, " { \"otp\" :\r\n\t\"482915\" , \"env\":\"P\"}", #"{"\u006f\u0074\u0070":"482915"}"#,
        #"{"env":"P","otp":"482915","posh":[]}"#, #"{"new":{"otp":"111111"},"otp":"482915"}"#,
        #"{"new":"\"otp\":\"111111\"","otp":"482915"}"#, #"{"new":"otp","otp":"482915"}"#,
        #"{"otp":"482915","new":["otp",{"otp":"111111"},"otp:"]}"#, #"{"new":"\\","otp":"482915","x":"{"}"#,
        #"{"otp":"482915","otp":"111111"}"#, #"{"otp":"","otp":"482915"}"#, "\u{feff}{\"otp\":\"482915\"}",
    ])
    func `the OTP is what JSON says it is`(_ text: String) throws {
        #expect(try read(text).otp?.isEqual(to: SecretBytes(copying: "482915".utf8)) == true)
    }

    @Test(arguments: [
        #"{"new":{"otp":"482915"}}"#, #"{"new":["otp","482915"]}"#, #"{"new":"otp:482915"}"#, #"{"otp":""}"#,
        #"{"OTP":"482915"}"#, #"{"otp\u0000":"482915"}"#, #"{"env":"P"}"#,
    ])
    func `what is no member otp is no OTP`(_ text: String) throws {
        #expect(try read(text).otp == nil)
    }

    /// RFC 8259 section 8.1; the reader would take them, and make a text of an OTP that could not be found before.
    @Test(arguments: [String.Encoding.utf16LittleEndian, .utf16BigEndian, .utf16, .utf32LittleEndian, .utf32BigEndian])
    func `JSON in another encoding than UTF-8 is refused`(_ encoding: String.Encoding) throws {
        let body = try #require(#"{"otp":"482915"}"#.data(using: encoding))
        let failure = try #require(throws: Failure.self) { _ = try CaptureOptions.read(SecretBytes(copying: body)) }
        #expect(failure.code == "malformed-json")
    }

    @Test func `device says which scanner`() throws {
        #expect(try read("{\"device\":\"05ba-000a-1-8\"}").device == "05ba-000a-1-8")
        #expect(try read("{\"device\":\"\"}").device == nil)
        let failure = #expect(throws: Failure.self) { try read("{\"device\":\"a b\"}") }
        #expect(failure?.code == "invalid-option" && failure?.field == "device")
    }

    @Test(arguments: [
        ("{\"fingers\":0}", "fingers", 100), ("{\"fingers\":11}", "fingers", 120), ("{\"fingers\":-1}", "fingers", 120),
        ("{\"fingers\":\"1\"}", "fingers", 100), ("{\"type\":\"fmd\"}", "type", 110),
        ("{\"timeout_ms\":0}", "timeout_ms", 160),
        ("{\"timeout_ms\":1000000000000}", "timeout_ms", 160), ("{\"timeout_ms\":-5}", "timeout_ms", 160),
        ("{\"min_quality\":101}", "min_quality", 100), ("{\"min_quality\":-1}", "min_quality", 100),
        ("{\"posh\":[\"NOSE\"]}", "posh", 170), ("{\"posh\":[\"LEFT_IRIS\"]}", "posh", 170),
        ("{\"posh\":\"LEFT_INDEX\"}", "posh", 100), ("{\"env\":\"X\"}", "env", 100),
        ("{\"otp\":\"12345\"}", "otp", 100), ("{\"wadh\":\"\\u0000\"}", "wadh", 100),
        ("{\"wadh\":\"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\\u0000x\"}", "wadh", 100),
        ("{\"otp\":123456}", "otp", 100), ("{\"otp\":[\"123456\"]}", "otp", 100),
        ("{\"otp\":\"12345\\u0036\"}", "otp", 100), ("{\"otp\":\" 12345\"}", "otp", 100),
        ("{\"format\":\"json\"}", "format", 190),
        ("{\"demo\":\"<Demo/>\"}", "demo", 200),
    ])
    func `a wrong value is refused with its member and the code that CAPTURE gives`(
        _ text: String, _ field: String, _ rdCode: Int
    ) throws {
        let failure = try #require(throws: Failure.self) { _ = try read(text) }
        #expect(failure.code == "invalid-option" && failure.status == 400)
        #expect(failure.rdCode?.rawValue == rdCode)
        // A count of zero is the absence of all biometrics, which is about no single member.
        #expect(failure.field == (text.contains(":0}") && field == "fingers" ? nil : field))
    }

    @Test(arguments: ["{", "[]", "1", "nul", "\u{0}", "{\"a\":1}x", String(repeating: "[", count: 60_000)])
    func `what is no JSON object is refused`(_ text: String) throws {
        let failure = try #require(throws: Failure.self) { _ = try read(text) }
        #expect(failure.code == "malformed-json")
    }

    @Test func `a refusal quotes nothing of the request`() throws {
        let failure = try #require(throws: Failure.self) { _ = try read("{\"otp\":\"s3cret\",\"env\":\"P\"}") }
        #expect(!failure.description.contains("s3cret"))
        let other = try #require(throws: Failure.self) { _ = try read("{\"otp\":[\"s3cret\"]}") }
        #expect(!other.description.contains("s3cret"))
    }
}

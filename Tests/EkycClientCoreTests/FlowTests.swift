// Flows before a server that says what a test wants: strange answers, lost references, and runs that are killed.
import FoundationEssentials
import Glibc
import Platform
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct FlowTests {
    static let shared = Result { try TLSTestServer() }

    private let client: Client
    private let server: TLSTestServer
    private var state: String { client.folder.file("state") }

    init() throws {
        client = try Client()
        server = try Self.shared.get()
    }

    /// A base URL below which the server answers so, by method and last part of the path.
    private func url(_ answers: [String: String]) -> String {
        let members = answers.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ", ")
        let text = Data("{\(members)}".utf8).base64EncodedString()
        return server.url("say/" + text.replacing("+", with: "-").replacing("/", with: "_"))
    }

    private func answer(_ type: Int, status: Int = 0, id: Int = 0, _ data: String = "{}") -> String {
        """
        {"status": \(status), "response_status_id": \(id), "response_type_id": \(type), "message": "m", "data": \(data)}
        """
    }

    private func flow(_ product: String, _ person: String, _ url: String, _ more: [String] = []) -> [String] {
        ["flow", product, "--customer", person, "--aadhaar-file", client.aadhaarFile, "--consent", "--json"]
            + ["--state", state] + client.eko(url: url, ca: server.caFile) + more
    }

    private func write(_ product: String, _ person: String, next: String, references: String) throws {
        _ = try client.folder.write(
            "state",
            """
            {"flow":"\(product)","api":"reference","person":"\(person)","next":"\(next)","references":{\(references)}}
            """.utf8)
    }

    private func kept() throws -> String { String(decoding: try readFile(state, limit: 10_000), as: UTF8.self) }

    /// What the server was asked below a base URL, as method and last part of the path.
    private func asked(_ url: String) throws -> [String] {
        struct Request: Decodable { let method, path: String }
        let all = try runTool("curl", ["-s", "--cacert", server.caFile, server.url("requests")]).output
        let requests = try JSONDecoder().decode([Request].self, from: Data(all.utf8))
        return requests.filter { url.hasSuffix($0.path.split(separator: "/").prefix(2).joined(separator: "/")) }.map {
            "\($0.method) \($0.path.split(separator: "?")[0].split(separator: "/").last ?? "")"
        }
    }

    // MARK: Answers whose type is not documented

    @Test func `A look-up with an answer of an unknown type ends no flow`() throws {
        let url = url(["GET 8617567988": answer(9999)])
        let ended = try client.run(flow("digikhata", "8617567988", url))
        #expect(ended.status == 5)
        #expect(ended.output.isEmpty)
        #expect(try ErrorObject(ended.errors).error.code == "unknown-answer-type")
        #expect(try kept().contains(#""next":"digikhata-get""#))
        #expect(try asked(url) == ["GET 8617567988"])
    }

    @Test func `A last step with an answer of an unknown type is done for a command, and in doubt for a flow`() throws {
        let answers = url(["PUT verify": answer(9999)])
        let once = try client.run(client.verify + client.eko(url: answers, ca: server.caFile) + ["--json"])
        #expect(once.status == 0)
        #expect(once.output.contains(#""code":"unknown-answer-type""#))
        try write("fino", "9123456789", next: "fino-verify-otp", references: #""otp_ref_id":"1","kyc_request_id":"2""#)
        let ended = try client.run(flow("fino", "9123456789", answers, ["--otp-file", client.otpFile]))
        #expect(ended.status == 5)
        #expect(try kept().contains(#""unresolved":{"operation":"fino-verify-otp"}"#))
    }

    // MARK: Runs that end in the middle, and two at once

    @Test func `A step whose run was killed is not sent again, and no other run takes it meanwhile`() throws {
        let slow = url(["PUT verify": "null"])
        try write("fino", "9123456789", next: "fino-verify-otp", references: #""otp_ref_id":"1","kyc_request_id":"2""#)
        let line = flow("fino", "9123456789", slow, ["--otp-file", client.otpFile])
        let running = try client.start(line)
        try running.waitBlocking(for: "request") { ((try? asked(slow)) ?? []) == ["PUT verify"] }
        let second = try client.run(line)
        #expect(second.status == 75)
        #expect(try ErrorObject(second.errors).error.code == "flow-running")
        running.send(signal: SIGKILL)
        _ = try running.waitBlocking()
        #expect(try kept().contains(#""unresolved":{"operation":"fino-verify-otp"}"#))
        let after = url([
            "GET 9123456789": answer(309, #"{"customer_profile": {"kyc_state": 1}}"#), "PUT verify": answer(2132),
        ])
        let done = try client.run(flow("fino", "9123456789", after, ["--otp-file", client.otpFile]))
        #expect(done.status == 0, "\(done.errors)")
        #expect(try asked(slow) == ["PUT verify"])
        #expect(try asked(after) == ["GET 9123456789"])
        #expect(!FileManager.default.fileExists(atPath: state))
        #expect(!FileManager.default.fileExists(atPath: "\(state).lock"))
    }

    @Test func `A step that was not sent is taken again`() throws {
        let references = #""kyc_request_id":"2","otp_ref_id":"1""#
        try write("fino", "9123456789", next: "fino-verify-otp", references: references)
        let ended = try client.run(
            flow("fino", "9123456789", "https://localhost:1", ["--otp-file", client.otpFile]))
        #expect(ended.status == 69)
        #expect(try kept().contains(#""next":"fino-verify-otp""#) && kept().contains(references))
        #expect(try !kept().contains("unresolved"))
    }

    // MARK: References

    @Test func `A reference of an earlier round is never given with the OTP of another`() throws {
        let url = url(["GET 9123456789": answer(2129, #"{"otp_ref_id": "7", "kyc_request_id": ""}"#)])
        try write("fino", "9123456789", next: "fino-get", references: #""otp_ref_id":"1","kyc_request_id":"2""#)
        // There is no pidd, so the flow stops at the capture that brings both references anew.
        for _ in 1...2 {
            let ended = try client.run(flow("fino", "9123456789", url, ["--otp-file", client.otpFile]))
            #expect(ended.status == 69, "\(ended.errors)")
            #expect(try kept().contains(#""next":"fino-ekyc""#))
            #expect(try !kept().contains(#""kyc_request_id":"2""#))
        }
        #expect(try asked(url) == ["GET 9123456789"])
        // Also where a state was left at the step that lacks one.
        try write("fino", "9123456789", next: "fino-verify-otp", references: #""otp_ref_id":"1""#)
        #expect(try client.run(flow("fino", "9123456789", url, ["--otp-file", client.otpFile])).status == 69)
        #expect(try kept().contains(#""next":"fino-ekyc""#))
    }

    @Test func `After an OTP that has expired a wallet's flow has another sent`() throws {
        let url = url(["POST verify": answer(2131, status: 2131, id: 303)])
        try write("digikhata", "8617567988", next: "digikhata-verify-otp", references: #""otp_ref_id":"1""#)
        let ended = try client.run(flow("digikhata", "8617567988", url, ["--otp-file", client.otpFile]))
        #expect(ended.status == 4)
        #expect(try ErrorObject(ended.errors).error.code == "otp-expired")
        #expect(try kept().contains(#""next":"digikhata-send-otp""#))
    }

    @Test func `A flow takes no reference of its caller, which could not name all of its calls`() throws {
        let ended = try client.run(flow("fino", "9123456789", "https://localhost:1", ["--client-ref-id", "TILL7-1"]))
        #expect(ended.status == 64)
        #expect(ended.errors.contains("--client-ref-id"))
    }
}

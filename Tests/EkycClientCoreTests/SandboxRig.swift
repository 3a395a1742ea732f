// The real client before the real, strict sandbox, with captures that an independent program makes.
import FoundationEssentials
import Platform
import TestSupport

/// A sandbox process, an RD service whose captures it accepts, and settings for both.
final class SandboxRig: Sendable {
    /// Keys take time, so they are made once.
    private static let registry = Result {
        let folder = try TemporaryFolder()
        let script = "\(TestFiles.root)/Tests/Python/eko_caller.py"
        let made = try runTool("/usr/bin/python3", ["-B", script, "registry", folder.path])
        guard made.status == 0 else { throw SystemError("registry", on: made.errors, code: made.status) }
        return folder
    }

    let client: Client
    let profile: String
    private let sandbox: RunningProgram
    private let service: RunningProgram
    var otp: String { client.folder.file("newest-otp") }
    var log: String { sandbox.output }

    init(_ profile: String, _ more: [String] = []) throws {
        let client = try Client()
        let registry = try Self.registry.get().path
        sandbox = try RunningProgram(
            [
                "\(TestFiles.products)/eko-sandbox", "--registry", registry, "--developer-key", Client.developerKey,
                "--access-key-file", client.keyFile, "--initiator-id", "9962981729", "--user-code", "20810200",
                "--ca-out", client.folder.file("sandbox.pem"), "--otp-file", client.folder.file("newest-otp"),
                "--ready-file", client.folder.file("url"), "--fingpay-key-out", client.folder.file("fingpay.key"),
                "--api",
                profile,
            ] + more)
        service = try client.startRDService("registry=\(registry)")
        self.client = client
        self.profile = profile
        let ready = client.folder.file("url")
        try sandbox.waitBlocking(for: "address") { FileManager.default.fileExists(atPath: ready) }
        let url = String(decoding: try readFile(ready, limit: 1000), as: UTF8.self).filter { !$0.isWhitespace }
        try FileManager.default.createDirectory(
            atPath: client.folder.file("ekyc-client"), withIntermediateDirectories: true)
        _ = try client.folder.write(
            "ekyc-client/config",
            """
            [eko]
            api = \(profile)
            base-url = \(url)
            ca-file = \(client.folder.file("sandbox.pem"))
            developer-key = \(Client.developerKey)
            access-key-file = \(client.keyFile)
            fingpay-key-file = \(client.folder.file("fingpay.key"))
            initiator-id = 9962981729
            user-code = 20810200

            """.utf8)
    }

    deinit {
        sandbox.send(signal: 15)
        service.send(signal: 15)
    }

    /// Runs a command line, written as one text without quotes.
    func run(_ line: String, _ more: [String] = [], input: String = "") throws -> RunningProgram.Ending {
        try client.run(line.split(separator: " ").map(String.init) + more, input: input)
    }

    /// The result that `--json` prints.
    struct Reply: Decodable {
        struct Fields: Decodable {
            let otp_ref_id, kyc_request_id, reference_tid, tid, fp_transaction_id, tx_status: String?
        }

        let data: Fields
        let next: String?
        let outcome: String
        let response_type_id: Int?
    }

    struct Unexpected: Error { let text: String }

    /// Runs a command that must be accepted: with status 3 exactly when it names a step that has to follow.
    func succeed(_ line: String, _ more: [String] = []) throws -> Reply {
        let ended = try run(line, more + ["--json"])
        guard [0, 3].contains(ended.status) else {
            throw Unexpected(text: "\(line): \(ended.status) \(ended.errors) \(log)")
        }
        let reply = try JSONDecoder().decode(Reply.self, from: Data(ended.output.utf8))
        guard (ended.status == 3) == (reply.next != nil), (ended.status == 3) == (reply.outcome == "next-step") else {
            throw Unexpected(text: "\(line): \(ended.status), next \(reply.next ?? "none")")
        }
        return reply
    }
}

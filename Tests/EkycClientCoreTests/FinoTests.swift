// The eKYC of a sender against a real TLS server: what is sent, what comes out, and what every failure leads to.
import FoundationEssentials
import Glibc
import Platform
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct FinoTests {
    static let shared = Result { try TLSTestServer() }

    let client: Client
    let server: TLSTestServer

    init() throws {
        client = try Client()
        server = try Self.shared.get()
    }

    struct Received: Decodable {
        let method, path, body: String
        let headers: [String: String]
    }

    /// What the server was sent on paths that begin so.
    func received(_ behaviour: String) throws -> [Received] {
        let all = try runTool("curl", ["-s", "--cacert", server.caFile, server.url("requests")]).output
        return try JSONDecoder().decode([Received].self, from: Data(all.utf8)).filter {
            $0.path.hasPrefix("/\(behaviour)/")
        }
    }

    @Test func `A finger and a number become one request, and the answer names what continues`() throws {
        let service = try client.startRDService("0")
        defer { service.send(signal: SIGTERM) }
        let result = try client.run(client.ekyc + client.eko(server, "otp-sent/one"))
        #expect(result.status == 3)
        #expect(result.errors.isEmpty)
        #expect(result.output.contains("otp_ref_id: 0666803844\nkyc_request_id: 9332126\n"))
        #expect(
            result.output.hasSuffix(
                "next: ekyc-client fino verify-otp --customer 9123456789 --otp-ref-id 0666803844 "
                    + "--kyc-request-id 9332126 --otp-file - --base-url \(server.url("otp-sent/one")) "
                    + "--ca-file \(server.caFile) --developer-key-file \(client.developerKeyFile) "
                    + "--access-key-file \(client.keyFile) --initiator-id 9962981729 --user-code 20810200\n"))
        let requests = try received("otp-sent/one")
        #expect(requests.count == 1)
        let request = try #require(requests.first)
        #expect(request.method == "PUT")
        #expect(request.path == "/otp-sent/one/customer/payment/dmt-fino/sender/9123456789/otp")
        #expect(request.headers["developer_key"] == Client.developerKey)
        #expect(request.headers["content-type"] == "application/json")
        let timestamp = try #require(request.headers["secret-key-timestamp"])
        let body = try JSONDecoder().decode([String: String].self, from: Data(request.body.utf8))
        #expect(body["aadhar"] == Client.aadhaar)
        #expect(body["initiator_id"] == "9962981729")
        #expect(body["user_code"] == "20810200")
        #expect(body["client_ref_id"] == nil)
        #expect(body["piddata"] == (try client.run(["capture"]).output))
        #expect(client.log[0].contains("wadh=\"E0jzJ/P8UopUHAieZn8CKqS4WPMi5ZSYXgfnlfkWjrc=\""))
        let python = """
            import base64, hashlib, hmac
            key = base64.b64encode(b"\(Client.accessKey)")
            print(base64.b64encode(hmac.digest(key, b"\(timestamp)", hashlib.sha256)).decode())
            """
        #expect(
            try runTool("python3", ["-c", python]).output.dropLast() == request.headers["secret-key"] ?? "")
    }

    @Test func `The command that continues goes to the same Eko with the same settings`() throws {
        let settings = try client.folder.write("my settings", "[eko]\nuser-code = 20810200\n".utf8)
        let result = try client.run(
            ["fino", "get", "--customer", "9123456789", "--api", "current", "--config", settings]
                + client.eko(server, "otp-sent/get").dropLast(2))
        #expect(result.status == 3, "\(result.errors)")
        #expect(
            result.output.contains(
                " --otp-file - --config '\(settings)' --api current --base-url \(server.url("otp-sent/get")) "))
        #expect(!result.output.contains(Client.developerKey))
    }

    @Test func `The OTP check of the reference prints the limit, and JSON has stable names`() throws {
        let result = try client.run(client.verify + client.eko(server, "verified/one"))
        #expect(result.status == 0)
        #expect(result.output.contains("kyc_verified: true\navailable_limit: 25000\n"))
        let body = try #require(try received("verified/one").first).body
        #expect(
            body
                == #"{"initiator_id":"9962981729","user_code":"20810200","otp":"0784512","otp_ref_id":"0666803844","kyc_request_id":"9332126"}"#
        )
        let json = try client.run(client.verify + client.eko(server, "verified/two") + ["--json"])
        #expect(
            json.output
                == #"{"code":"success","data":{"available_limit":25000,"customer_id":"9123456789","kyc_verified":true},"message":"eKYC verification successful","next":null,"operation":"fino-verify-otp","outcome":"success","response_type_id":1388}"#
                + "\n")
    }

    @Test func `A sender whom Eko has verified before is no failure and needs nothing more`() throws {
        let service = try client.startRDService("0")
        defer { service.send(signal: SIGTERM) }
        for behaviour in ["verified/before", "registered/before"] {
            let result = try client.run(client.ekyc + client.eko(server, behaviour))
            #expect(result.status == 0)
            #expect(result.errors == "")
            #expect(result.output.hasPrefix("result: the sender is verified already"))
            let json = try client.run(client.ekyc + client.eko(server, behaviour) + ["--json"])
            #expect(json.status == 0)
            #expect(json.errors == "")
            #expect(json.output.contains(#""next":null,"operation":"fino-ekyc","outcome":"already-verified""#))
        }
    }

    @Test(arguments: [
        ("html", 5, "answer-not-json"), ("bad-gateway", 5, "outcome-unknown"), ("cut", 5, "outcome-unknown"),
        ("cut-answer", 5, "outcome-unknown"), ("huge", 5, "outcome-unknown"), ("slow", 5, "no-answer-in-time"),
        ("redirect", 7, "redirected"), ("no-route", 7, "route"), ("skewed", 6, "eko-2485"),
        ("no-status", 4, "no-status"), ("wrong-otp", 4, "otp-wrong"),
    ])
    func `Every failure has its exit status and code, and nothing is sent twice`(
        behaviour: String, status: Int32, code: String
    ) throws {
        let arguments = client.verify + client.eko(server, "\(behaviour)/once") + ["--json"]
        let result = try client.run(arguments + (behaviour == "slow" ? ["--call-timeout", "4s"] : []))
        #expect(result.status == status)
        #expect(result.output == "")
        let error = try ErrorObject(result.errors).error
        #expect(error.code == code)
        #expect(!error.message.isEmpty)
        #expect(!error.hint.isEmpty)
        #expect(status != 5 || error.message.contains("unknown whether Eko acted"))
        #expect(behaviour != "skewed" || error.hint.contains("behind"))
        #expect(try received("\(behaviour)/once").count == 1)
    }

    @Test func `A capture whose fate is unknown is not sent again`() throws {
        let service = try client.startRDService("0")
        defer { service.send(signal: SIGTERM) }
        let result = try client.run(client.ekyc + client.eko(server, "cut/pid"))
        #expect(result.status == 5)
        #expect(result.errors.contains("new capture"))
        #expect(try received("cut/pid").count == 1)
        #expect(client.log.count == 1)
    }

    @Test func `A server that is down or that the authority does not know was sent nothing`() throws {
        let down = try client.run(client.verify + client.eko(url: "https://localhost:1", ca: server.caFile))
        #expect(down.status == 69)
        #expect(down.errors.contains("nothing was sent"))
        let stranger = try client.run(client.verify + client.eko(server, "verified/x", ca: server.otherCAFile))
        #expect(stranger.status == 78)
        #expect(stranger.errors.contains("nothing was sent"))
        #expect(try received("verified/x").isEmpty)
    }

    @Test func `No secret is shown, however much is told`() throws {
        let service = try client.startRDService("0")
        defer { service.send(signal: SIGTERM) }
        let results = [
            try client.run(client.ekyc + client.eko(server, "otp-sent/v") + ["-v"]),
            try client.run(client.ekyc + client.eko(server, "bad-gateway/v") + ["-v", "--json"]),
            try client.run(client.verify + client.eko(server, "verified/v") + ["-v"]),
            try client.run(client.verify + client.eko(server, "wrong-otp/v") + ["-v"]),
        ]
        let signatures = try ["otp-sent/v", "bad-gateway/v", "verified/v"].flatMap(received).compactMap {
            $0.headers["secret-key"]
        }
        #expect(signatures.count == 3)
        let secrets =
            signatures + [
                Client.accessKey, Client.aadhaar, Client.otp, Client.developerKey, "SKEY", "U0tFWS1PRi1URVNU",
                "REFUQS1PRi1URVNU",
            ]
        for result in results {
            #expect(result.errors.contains("request: PUT"))
            for secret in secrets {
                #expect(!result.errors.contains(secret))
                #expect(!result.output.contains(secret))
            }
        }
    }

    @Test func `An interrupt while Eko works says that the outcome is unknown`() throws {
        let process = try client.start(client.verify + client.eko(server, "slow/interrupted"))
        try process.waitBlocking(for: "request") { try !received("slow/interrupted").isEmpty }
        process.send(signal: SIGINT)
        let ending = try process.waitBlocking()
        #expect(ending.status == 5)
        #expect(ending.errors.contains("unknown whether Eko acted"))
    }

    /// It writes its error into a pipe that takes nothing more, and is ended there.
    @Test func `An interrupt while Eko works says so even when there is no time to tell`() throws {
        let full = client.folder.file("full")
        #expect(unsafe mkfifo(full, 0o600) == 0)
        let pipe = try Descriptor(unsafe open(full, O_RDWR | O_NONBLOCK | O_CLOEXEC), from: "open", on: full)
        let block = [UInt8](repeating: 0, count: 4096)
        while unsafe write(pipe.raw, block, block.count) > 0 {}
        let variables = client.environment.map { "\($0.key)=\($0.value)" }
        let process = try RunningProgram(
            ["sh", "-c", "exec env -i \"$@\" >'\(full)' 2>&1", "sh"] + variables + [Client.program] + client.verify
                + client.eko(server, "slow/untold"), input: nil)
        try process.waitBlocking(for: "request") { try !received("slow/untold").isEmpty }
        process.send(signal: SIGINT)
        #expect(try process.waitBlocking().status == 5)
    }
}

// Runs the real ekyc-client against servers on this machine, in a folder of its own.
import FoundationEssentials
import Glibc
import Platform
import Secrets
import TestSupport

/// One folder with keys and settings, and the program run in it.
struct Client {
    static let accessKey = "pidd-example-access-key-0001"
    static let aadhaar = "999941057058"
    static let otp = "0784512"
    static let developerKey = "developer-key-of-test"

    let folder: TemporaryFolder
    let keyFile: String
    let developerKeyFile: String
    let aadhaarFile: String
    let otpFile: String
    /// An authority that has signed nothing.
    let caFile: String
    var socket: String { folder.file("pidd.sock") }
    /// What `rd_server.py` was asked.
    var log: [String] {
        let bytes = (try? readFile(folder.file("log"), limit: 1 << 20)) ?? []
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// The captures among these.
    var captures: [String] { log.filter { $0.hasPrefix("CAPTURE ") } }

    /// The text of `caFile`, made once.
    private static let authority = Result {
        try runTool(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                "/dev/null", "-days", "2", "-subj", "/CN=nobody",
            ]
        ).output
    }

    init() throws {
        folder = try TemporaryFolder()
        keyFile = try folder.write("key", "\(Self.accessKey)\n".utf8)
        developerKeyFile = try folder.write("developer-key", "\(Self.developerKey)\n".utf8)
        aadhaarFile = try folder.write("aadhaar", "\(Self.aadhaar)\n".utf8)
        caFile = try folder.write("ca.pem", Self.authority.get().utf8)
        otpFile = try folder.write("otp", "\(Self.otp)\n".utf8)
    }

    /// The program and the environment in which settings of this machine do not count.
    static var program: String { "\(TestFiles.products)/ekyc-client" }
    var environment: [String: String] {
        ["PATH": "/usr/bin:/bin", "XDG_CONFIG_HOME": folder.path, "XDG_STATE_HOME": folder.path, "PIDD_SOCKET": socket]
    }

    func run(
        _ arguments: [String], input: String = "", environment more: [String: String] = [:]
    ) throws -> RunningProgram.Ending {
        try start(arguments, input: input, environment: more).waitBlocking()
    }

    func start(
        _ arguments: [String], input: String = "", environment more: [String: String] = [:]
    ) throws -> RunningProgram {
        // `make coverage` has each program write down what it has reached.
        let counters = environmentVariable("LLVM_PROFILE_FILE").map { ["LLVM_PROFILE_FILE=\($0)"] } ?? []
        let variables = environment.merging(more) { $1 }.map { "\($0.key)=\($0.value)" } + counters
        return try RunningProgram(["env", "-i"] + variables + [Self.program] + arguments, input: input)
    }

    /// Starts the RD service of the test and waits until it listens.
    func startRDService(_ behaviour: String) throws -> RunningProgram {
        let script = "\(TestFiles.root)/Tests/Servers/rd_server.py"
        let process = try RunningProgram(
            ["/usr/bin/python3", "-B", script, socket, folder.file("log"), behaviour], input: nil)
        try process.waitBlocking(for: "socket") { process.output == "ready\n" }
        return process
    }

    /// The options with which all calls to Eko go to a server of the test.
    func eko(_ server: TLSTestServer, _ behaviour: String, ca: String? = nil) -> [String] {
        eko(url: server.url(behaviour), ca: ca ?? server.caFile)
    }

    func eko(url: String, ca: String) -> [String] {
        [
            "--base-url", url, "--ca-file", ca, "--developer-key-file", developerKeyFile, "--access-key-file",
            keyFile, "--initiator-id", "9962981729", "--user-code", "20810200",
        ]
    }

    var ekyc: [String] { ["fino", "ekyc", "--customer", "9123456789", "--aadhaar-file", aadhaarFile, "--consent"] }
    var verify: [String] {
        [
            "fino", "verify-otp", "--customer", "9123456789", "--otp-file", otpFile, "--otp-ref-id", "0666803844",
            "--kyc-request-id", "9332126",
        ]
    }
}

/// The error object that `--json` prints last.
struct ErrorObject: Decodable {
    struct Content: Decodable {
        let code, message, hint: String
        let outcome, client_ref_id: String?
    }

    let error: Content

    init(_ text: String) throws {
        self = try JSONDecoder().decode(Self.self, from: Data((text.split(separator: "\n").last ?? "").utf8))
    }
}

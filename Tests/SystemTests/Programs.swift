// The programs under test, started as a user would start them.
import Biometrics
import FoundationEssentials
import Glibc
import Platform
import TestSupport
import Testing
import VirtualScanner

/// A program as the package manager built it beside these tests.
func program(_ name: String) throws -> String {
    let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return String(tests[..<(tests.lastIndex(of: "/") ?? tests.endIndex)]) + "/" + name
}

/// The folder of the whole project.
var projectFolder: String {
    let here = #filePath
    return here.firstRange(of: "/Tests/").map { String(here[..<$0.lowerBound]) } ?? "."
}

/// A script of this test target.
func tool(_ name: String) -> String {
    "\(projectFolder)/Tests/SystemTests/tools/\(name)"
}

/// A pidd with a test identity, in a folder of its own; it ends with the last reference.
final class Pidd: Sendable {
    /// Which scanner it has.
    enum Scanner: Sendable {
        case none
        /// libfprint's virtual device, to be fed by `VirtualFinger`.
        case virtual
        /// A simulated USB scanner under umockdev; arguments of `pidd-simulate run`.
        case recorded([String])
    }

    let folder: TemporaryFolder
    let process: RunningProgram
    var socket: String { folder.file("pidd.sock") }
    var state: String { folder.file("state") }
    var standIn: String { folder.file("stand-in") }
    /// Where libfprint's virtual device listens.
    var glass: String { folder.file("glass") }

    /// Provisions a test identity and starts the daemon; returns when it serves and its scanner is ready, if it has one.
    init(
        _ scanner: Scanner, provision: Bool = true, arguments: [String] = [], environment: [String: String] = [:],
        waitsFor status: String = "READY"
    ) async throws {
        folder = try TemporaryFolder()
        let (state, socket) = (folder.file("state"), folder.file("pidd.sock"))
        if provision {
            let made = try await RunningProgram.run([
                program("pidd"), "provision", "--test", "--state", state, "--stand-in", folder.file("stand-in"),
            ])
            try #require(made.status == 0, "\(made.errors)")
        }
        let serve = [try program("pidd"), "serve", "--socket", socket, "--state", state] + arguments
        switch scanner {
        case .none:
            process = try RunningProgram(serve, environment: environment)
        case .virtual:
            process = try RunningProgram(
                serve + ["--allow-virtual-scanner"],
                environment: ["FP_VIRTUAL_IMAGE": folder.file("glass"), "FP_DRIVERS_WHITELIST": "virtual_image"])
        case .recorded(let words):
            process = try RunningProgram(
                [program("pidd-simulate"), "run"] + words + ["--"] + serve, environment: environment)
        }
        try await process.wait(for: "socket") { FileManager.default.fileExists(atPath: socket) }
        if case .none = scanner { return }
        try await waitUntil(status)
    }

    /// Waits until RDSERVICE states a status.
    func waitUntil(_ status: String) async throws {
        let deadline = SuspendingClock().now + .seconds(20)
        var last = ""
        while SuspendingClock().now < deadline {
            last = try await request("RDSERVICE", "/").body
            if last.contains("status=\"\(status)\"") { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw RunningProgram.Overdue(description: "pidd is not \(status): \(last) \(diary)")
    }

    /// The journal, without what libusb says of umockdev's descriptors.
    var diary: String {
        process.errors.split(separator: "\n").filter { !$0.hasPrefix("libusb:") }.joined(separator: "\n")
    }

    /// The answer to one request.
    struct Answer: Sendable {
        let status: Int
        let body: String

        /// The value of an attribute, by plain search: the answers have double quotes and no spaces around `=`.
        func attribute(_ name: String) -> String? {
            guard let start = body.firstRange(of: " \(name)=\"")?.upperBound else { return nil }
            return String(body[start...].prefix { $0 != "\"" })
        }
    }

    /// Sends a request with curl, which shares no code with the daemon.
    func request(_ method: String, _ path: String, body: String? = nil, more: [String] = []) async throws -> Answer {
        var words = [
            "curl", "--silent", "--show-error", "--max-time", "30", "--unix-socket", socket, "--request", method,
            "--write-out", "\n%{http_code}", "http://localhost\(path)",
        ]
        if body != nil { words += ["--data-binary", "@-"] }
        let ended = try await RunningProgram.run(words + more, input: body ?? "")
        let lines = ended.output.split(separator: "\n", omittingEmptySubsequences: false)
        return Answer(
            status: Int(lines.last ?? "") ?? -1, body: lines.dropLast().joined(separator: "\n") + ended.errors)
    }

    /// Sends PidOptions.
    func capture(_ options: String) async throws -> Answer {
        try await request("CAPTURE", "/rd/capture", body: options)
    }

    /// What the independent checker says of a PidData: a line of JSON, or the reason why not.
    func judge(_ pidData: String) async throws -> RunningProgram.Ending {
        try await RunningProgram.run(
            [
                "/usr/bin/python3", tool("check_piddata.py"), "--uidai-key", "\(standIn)/uidai.key", "--provider-ca",
                "\(standIn)/provider-ca.cer", "--devices", "\(standIn)/devices.conf",
            ], input: pidData)
    }
}

/// PidOptions with one attribute changed, added or, by nil, left out.
func pidOptions(_ changes: [String: String?] = [:]) -> String {
    var values: [String: String] = [
        "fCount": "1", "fType": "0", "iCount": "0", "pCount": "0", "format": "0", "pidVer": "2.0", "timeout": "10000",
        "posh": "UNKNOWN", "env": "P",
    ]
    for (name, value) in changes { values[name] = value }
    let attributes = values.sorted { $0.key < $1.key }.map { "\($0.key)=\"\($0.value)\"" }.joined(separator: " ")
    return "<PidOptions ver=\"1.0\"><Opts \(attributes)/></PidOptions>"
}

/// The eko-sandbox for a pidd's stand-in, with settings for ekyc-client.
final class Sandbox: Sendable {
    let folder: TemporaryFolder
    let process: RunningProgram
    let url: String
    var config: String { folder.file("config") }
    var otp: String { folder.file("otp") }

    init(for pidd: Pidd, arguments: [String] = []) async throws {
        folder = try TemporaryFolder()
        let accessKey = try folder.write("access-key", "system-test-access-key".utf8)
        process = try RunningProgram(
            [
                program("eko-sandbox"), "--registry", pidd.standIn, "--developer-key", "system-test-developer",
                "--access-key-file", accessKey, "--initiator-id", "9962981729", "--user-code", "20810200",
                "--ca-out", folder.file("ca.pem"), "--otp-file", folder.file("otp"), "--ready-file", folder.file("url"),
            ] + arguments)
        let ready = folder.file("url")
        try await process.wait(for: "address") { FileManager.default.fileExists(atPath: ready) }
        url = String(decoding: try readFile(ready, limit: 1000), as: UTF8.self).filter { !$0.isWhitespace }
        _ = try folder.write(
            "config",
            """
            [pidd]
            socket = \(pidd.socket)
            [eko]
            base-url = \(url)
            ca-file = \(folder.file("ca.pem"))
            developer-key = system-test-developer
            access-key-file = \(accessKey)
            initiator-id = 9962981729
            user-code = 20810200

            """.utf8)
    }

    /// Runs ekyc-client with this sandbox's settings.
    func client(_ words: [String], input: String = "") async throws -> RunningProgram.Ending {
        try await RunningProgram.run([program("ekyc-client")] + words + ["--config", config], input: input)
    }

    /// A number that passes the check digit and belongs to nobody (spec/eko-api.md 2.4).
    static let aadhaar = "999941057058"

    /// `ekyc-client fino ekyc` with the number on standard input.
    func finoEKYC(_ more: [String] = [], aadhaar: String = Sandbox.aadhaar) async throws -> RunningProgram.Ending {
        try await client(
            ["fino", "ekyc", "--customer", "9123456789", "--aadhaar-file", "-", "--consent", "--json"] + more,
            input: aadhaar)
    }
}

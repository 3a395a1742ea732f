// A real sandbox that listens, and the independent caller that talks TLS to it.
import EkoSandbox
import Foundation
import Platform
import Synchronization
import TestSupport

/// A running sandbox with a registry that Python made; it stops when the last reference goes.
final class SandboxUnderTest: Sendable {
    /// Made once: keys take time.
    private static let sharedRegistry = Result { try Registry() }
    /// One sandbox for all tests that do not depend on what others leave behind.
    static let shared = Result { try SandboxUnderTest() }

    private struct Registry {
        let folder: TemporaryFolder
        init() throws {
            folder = try TemporaryFolder()
            let outcome = try runTool(Caller.python, ["-B", Caller.script, "registry", folder.path])
            guard outcome.status == 0 else { throw Failure(text: outcome.text) }
        }
    }

    /// Where OTPs are shown that nobody has to see.
    private static let silence = unsafe open("/dev/null", O_WRONLY | O_CLOEXEC)

    struct Failure: Error { let text: String }

    let folder: TemporaryFolder
    let registry: String
    let service: SandboxService
    private let lines = Log()
    private let clock: @Sendable () -> Int64
    /// How far the clock for what lasts was put forward.
    private let passed = Offset()

    private final class Log: Sendable { let lines = Mutex<[String]>([]) }
    private final class Offset: Sendable { let duration = Mutex(Duration.zero) }

    init(
        accessKeyMode: UInt32 = 0o600, _ change: (inout SandboxService.Options) -> Void = { _ in },
        clock: @escaping @Sendable () -> Int64 = { wallClockMilliseconds() }
    ) throws {
        folder = try TemporaryFolder()
        registry = try Self.sharedRegistry.get().folder.path
        var options = SandboxService.Options()
        options.registry = registry
        options.developerKey = "test-developer"
        options.accessKeyFile = try folder.write("access.key", "test-access-key-123\n".utf8, mode: accessKeyMode)
        options.initiatorID = "9962981729"
        options.userCode = "20810200"
        options.authorityFile = folder.file("ca.pem")
        options.otpFile = folder.file("otp")
        options.console = Self.silence
        change(&options)
        self.clock = clock
        let (lines, passed) = (lines, passed)
        service = try SandboxService(
            options,
            clocks: .init(
                wall: clock,
                steady: { SuspendingClock().now + passed.duration.withLock { $0 } }),
            log: { line in lines.lines.withLock { $0.append(line) } })
        let service = service
        startThread("sandbox") { try? service.run() }
    }

    deinit { service.stop() }

    var log: [String] { lines.lines.withLock { $0 } }

    /// Lets time pass for OTPs.
    func wait(_ duration: Duration) { passed.duration.withLock { $0 += duration } }

    var port: Int { URL(string: service.url)?.port ?? 0 }

    /// Lets the Python caller take steps, one after the other.
    func take(_ steps: [String: Any]...) throws -> [Reply] { try take(all: steps) }

    /// As `take`, in one process: starting one costs more than all its requests.
    func take(all steps: [[String: Any]]) throws -> [Reply] {
        let job: [String: Any] = [
            "url": service.url, "ca": folder.file("ca.pem"), "registry": registry, "otp_file": folder.file("otp"),
            "developer_key": "test-developer", "access_key": "test-access-key-123",
            "clock": Int(clock() - wallClockMilliseconds()) / 1000, "steps": steps,
        ]
        let input = try JSONSerialization.data(withJSONObject: job)
        let outcome = try runTool(Caller.python, ["-B", Caller.script], input: Array(input))
        guard outcome.status == 0,
            let replies = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [[String: Any]]
        else { throw Failure(text: outcome.text) }
        return try replies.map { try Reply($0) }
    }
}

/// Where the independent caller is.
enum Caller {
    static let python = "/usr/bin/python3"
    static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Python/eko_caller.py").path
}

/// What the caller got.
struct Reply: Sendable {
    private let encoded: Data

    init(_ json: [String: Any]) throws { encoded = try JSONSerialization.data(withJSONObject: json) }

    private var json: [String: Any] {
        (try? JSONSerialization.jsonObject(with: encoded)) as? [String: Any] ?? [:]
    }

    var http: Int { json["http"] as? Int ?? 0 }
    /// Why there was no answer, as Python names it; empty when there was one.
    var failure: String { json["failed"] as? String ?? "" }
    var text: String { json["text"] as? String ?? "" }
    var body: [String: Any] { json["body"] as? [String: Any] ?? [:] }
    var data: [String: Any] { body["data"] as? [String: Any] ?? [:] }
    var status: Int? { body["status"] as? Int }
    var statusID: Int? { body["response_status_id"] as? Int }
    var type: Int? { body["response_type_id"] as? Int }
    var message: String { body["message"] as? String ?? "" }
    var description: String { data["description"] as? String ?? "" }
    var faults: [String: String] { body["invalid_params"] as? [String: String] ?? [:] }
    var answers: [Reply] { (json["answers"] as? [[String: Any]] ?? []).compactMap { try? Reply($0) } }
}

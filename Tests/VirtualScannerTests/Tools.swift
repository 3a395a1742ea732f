// The programs that these tests compare with, and ways to run them.
import Biometrics
import Foundation
import Secrets
import TestSupport
import VirtualScanner

/// A program that runs while a test goes on.
///
/// Waiting for it holds no thread of the pool, which on two cores has only two.
final class RunningTool {
    private let process = Process()
    private let folder: TemporaryFolder

    /// Starts a program; `environment` is added to this process's own.
    init(_ path: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        folder = try TemporaryFolder()
        let output = try folder.write("output", [])
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: folder.write("errors", [])))
        try process.run()
    }

    var output: String { (try? String(contentsOfFile: folder.file("output"), encoding: .utf8)) ?? "" }
    /// Standard error; libusb fills it under umockdev.
    var errors: String { (try? String(contentsOfFile: folder.file("errors"), encoding: .utf8)) ?? "" }

    /// The lines written so far, without one that is still unfinished.
    var lines: [String] { output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init) }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Waits until a line came a number of times; false when the program ends or a minute goes by before.
    func says(_ line: String, times: Int = 1) async throws -> Bool {
        func enough() -> Bool { lines.count { $0 == line } >= times }
        for _ in 0..<6000 where !enough() {
            guard process.isRunning else { break }
            try await Task.sleep(for: .milliseconds(10))
        }
        return enough()
    }

    /// Waits for the end, which is forced after two minutes, and returns the exit status.
    func end() async throws -> Int32 {
        for _ in 0..<12000 where process.isRunning { try await Task.sleep(for: .milliseconds(10)) }
        if process.isRunning { send(SIGKILL) }
        process.waitUntilExit()
        return process.terminationStatus
    }
}

/// The folder of the reference programs.
let reference = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("reference").path

/// `pidd-simulate` as the package manager built it beside these tests.
func simulatePath() throws -> String {
    let tests = URL(fileURLWithPath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
    return tests.deletingLastPathComponent().appendingPathComponent("pidd-simulate").path
}

/// Finger 7, grown once for all tests.
let finger7 = SyntheticFinger(seed: 7)

/// `reference/scan.c`, compiled once for all tests: libfprint's own drivers, without a line of ours.
enum ScanProgram {
    private static let built = Result {
        let folder = try TemporaryFolder()
        let flags = try runTool("/usr/bin/pkg-config", ["--cflags", "--libs", "libfprint-2"]).text
            .split(whereSeparator: \.isWhitespace).map(String.init)
        let outcome = try runTool(
            "/usr/bin/cc", ["-O2", "-o", folder.file("scan"), "\(reference)/scan.c"] + flags)
        guard outcome.status == 0 else { throw BuildFailure(text: outcome.text) }
        return folder
    }

    struct BuildFailure: Error { let text: String }

    static func path() throws -> String { try built.get().file("scan") }
}

/// The bytes of a file.
func contents(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }

extension FingerImage {
    /// The picture's bytes as a PGM file.
    var pgm: [UInt8] { encoded(as: .pgm).withSpan { bytes in bytes.indices.map { bytes[$0] } } }
}

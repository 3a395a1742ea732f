// The programs that these tests run and compare with.
import Biometrics
import FoundationEssentials
import Secrets
import TestSupport
import VirtualScanner

extension RunningProgram {
    /// The lines written so far, without one that is still unfinished.
    var lines: [String] { output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init) }

    /// Waits until a line came a number of times; false when the program ends before.
    func says(_ line: String, times: Int = 1) async throws -> Bool {
        func enough() -> Bool { lines.count { $0 == line } >= times }
        try await wait(for: line, within: .seconds(60)) { enough() || status != nil }
        return enough()
    }

    /// Waits for the end, at most two minutes, and returns the exit status.
    func end() async throws -> Int32 { try await wait(within: .seconds(120)).status }
}

/// The folder of the reference programs.
let reference = "\(TestFiles.root)/Tests/VirtualScannerTests/reference"

/// `pidd-simulate` as the package manager built it beside these tests.
let simulate = "\(TestFiles.products)/pidd-simulate"

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

// A daemon with an open loopback door, and a finger for its virtual scanner.
import FoundationEssentials
import Platform
import TestSupport
import Testing
import VirtualScanner

/// A pidd whose loopback door is open at ports of its own, because tests of several trees may run at once.
struct LoopbackRig {
    let pidd: Pidd
    /// The port of the door.
    let port: UInt16
    /// The first of the 21 ports of its settings.
    let firstPort: UInt16
    /// Where the portals of the tests are served.
    let portalPort: UInt16
    /// The settings file of the daemon.
    var configuration: String { folder.file("pidd.conf") }
    private let folder: TemporaryFolder

    var url: String { "http://127.0.0.1:\(port)/" }
    /// What is listed: one page of this machine, and all hosts below a name.
    var listed: String { "http://localhost:\(portalPort)" }

    /// Starts the daemon.
    ///
    /// - Parameters:
    ///   - scanner: which scanner it has.
    ///   - settings: more lines of section `[loopback]`.
    ///   - access: lines of section `[access]`.
    /// - Throws: when it does not serve in time.
    init(_ scanner: Pidd.Scanner = .virtual, settings: String = "", access: String = "") async throws {
        let first = UInt16.random(in: 20_000...28_000)
        (firstPort, portalPort) = (first, first + 30)
        folder = try TemporaryFolder()
        let file = try folder.write(
            "pidd.conf",
            """
            [loopback]
            enabled = yes
            ports = \(first)-\(first + 20)
            origins = http://localhost:\(portalPort), https://*.portal.example
            \(settings)
            [access]
            \(access)

            """.utf8)
        pidd = try await Pidd(scanner, arguments: ["--config", file])
        try await pidd.process.wait(for: "loopback door") { [pidd] in pidd.diary.contains("loopback port=") }
        let text = pidd.diary.split(separator: "loopback port=").last?.prefix { $0.isNumber } ?? ""
        port = try #require(UInt16(text))
    }

    func finger() async throws -> VirtualFinger { try await VirtualFinger(socketPath: pidd.glass) }

    /// Runs curl; the head and the body of the answer, with an empty line between them.
    func curl(_ words: String..., path: String = "/", input: String = "") async throws -> String {
        try await RunningProgram.run(
            ["curl", "--silent", "--include", "--max-time", "30", "http://127.0.0.1:\(port)\(path)"] + words,
            input: input
        ).output
    }

    /// A program of the tests, with the modules beside it, that drives a browser.
    static func script(_ name: String, _ words: [String]) throws -> RunningProgram {
        try RunningProgram(
            ["/usr/bin/python3", tool(name)] + words, environment: ["PYTHONDONTWRITEBYTECODE": "1"])
    }

    /// Where a picture that a test makes can be looked at: below `.build`.
    static func pictures() throws -> String {
        let folder = "\(projectFolder)/.build/pictures"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return folder
    }
}

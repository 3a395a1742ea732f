// Runs the independent tools that tests compare with: openssl, xmllint, python3.
import Foundation

/// What a tool answered.
package struct ToolOutcome: Sendable {
    package let status: Int32
    package let output: [UInt8]
    package let errors: [UInt8]

    /// Both outputs, for the message of a failed expectation.
    package var text: String { String(decoding: output + errors, as: UTF8.self) }
}

/// Runs a program to its end, with `input` on its standard input.
///
/// - Parameters:
///   - path: of the program.
///   - arguments: without the program's name.
///   - input: at most as much as is wise to keep in memory; it goes through a file.
/// - Returns: its exit status and what it wrote.
/// - Throws: what Foundation throws when the program cannot be started.
package func runTool(_ path: String, _ arguments: [String], input: [UInt8] = []) throws -> ToolOutcome {
    let folder = try TemporaryFolder()
    let tool = Process()
    tool.executableURL = URL(fileURLWithPath: path)
    tool.arguments = arguments
    // Files instead of pipes: no pipe can fill up and stall the tool.
    let names = ["input", "output", "errors"]
    let paths = try names.map { try folder.write($0, $0 == "input" ? input : []) }
    tool.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: paths[0]))
    tool.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: paths[1]))
    tool.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: paths[2]))
    try tool.run()
    tool.waitUntilExit()
    return ToolOutcome(
        status: tool.terminationStatus, output: Array(try Data(contentsOf: URL(fileURLWithPath: paths[1]))),
        errors: Array(try Data(contentsOf: URL(fileURLWithPath: paths[2]))))
}

// The older name of RunningProgram, for the tests of the device and of the client that still use it.

/// A program whose standard input stays open and whose lines are waited for; new tests use `RunningProgram`.
package struct TestProcess: Sendable {
    private let program: RunningProgram

    package init(_ arguments: [String], environment: [String: String] = [:]) throws {
        program = try RunningProgram(arguments, environment: environment, input: nil)
    }

    /// The next line of its standard output; nil when none comes in twenty seconds.
    package func readLine() -> String? {
        var line: String?
        try? program.waitBlocking(for: "line") {
            line = program.nextLine()
            return line != nil
        }
        return line
    }

    package func tell(_ line: String) { program.tell(line) }

    package func send(signal: Int32) { program.send(signal: signal) }

    package static func run(_ arguments: [String]) throws -> RunningProgram.Ending {
        try RunningProgram(arguments).waitBlocking()
    }
}

// A program of several commands: which one is meant, its help, and the usage error.
import Platform

/// A program and its commands.
package struct Program: Sendable {
    /// One command with what it does.
    package struct Entry: Sendable {
        /// The words after the program's name, such as `["fino", "ekyc"]`; empty for a program of one command.
        let words: [String]
        let summary: String
        let help: String
        let run: @Sendable ([String]) async throws -> Int32

        /// Binds a command to its action.
        ///
        /// - Parameters:
        ///   - command: whose name begins with the program's name.
        ///   - defaults: makes the options before any word is read.
        ///   - action: what to do; returns the exit status.
        package init<Options: Sendable>(
            _ command: Command<Options>, defaults: @escaping @Sendable () -> Options,
            action: @escaping @Sendable (Options) async throws -> Int32
        ) {
            words = command.name.split(separator: " ").dropFirst().map(String.init)
            summary = command.summary
            help = command.help
            run = { arguments in
                var options = defaults()
                try command.parse(arguments, into: &options)
                return try await action(options)
            }
        }
    }

    /// Status of a command line that cannot be understood (EX_USAGE).
    package static let usageStatus: Int32 = 64

    let name: String
    let summary: String
    let version: String
    let notes: String
    let entries: [Entry]

    package init(_ name: String, summary: String, version: String, notes: String = "", _ entries: [Entry]) {
        self.name = name
        self.summary = summary
        self.version = version
        self.notes = notes
        self.entries = entries
    }

    /// Finds the command that `arguments` name and runs it; prints help and version when they are asked for.
    ///
    /// - Returns: the exit status; 64 after a usage error, which is printed on standard error.
    /// - Throws: what the command's action throws.
    package func run(_ arguments: [String]) async throws -> Int32 {
        do {
            if let first = arguments.first, ["--help", "-h", "help"].contains(first) {
                try printHelp(for: Array(arguments.dropFirst()))
                return 0
            }
            if arguments.first == "--version" {
                print("\(name) \(version)\n", to: 1)
                return 0
            }
            let entry = try find(arguments)
            let rest = Array(arguments.dropFirst(entry.words.count))
            let own = rest.prefix { $0 != "--" }
            if own.contains("--help") || own.contains("-h") {
                print(entry.help, to: 1)
                return 0
            }
            return try await entry.run(rest)
        } catch let error as ArgumentError {
            say("\(name): \(error)")
            say("Try '\(name) --help'.")
            return Self.usageStatus
        }
    }

    private func printHelp(for words: [String]) throws(ArgumentError) {
        guard !words.isEmpty, !entries.contains(where: { $0.words.isEmpty }) else { return print(help, to: 1) }
        print(try find(words).help, to: 1)
    }

    private func find(_ arguments: [String]) throws(ArgumentError) -> Entry {
        if let entry = entries.first(where: { arguments.starts(with: $0.words) }) { return entry }
        let known = entries.map { $0.words.joined(separator: " ") }
        let typed = arguments.prefix { !$0.hasPrefix("-") }.prefix(entries.map(\.words.count).max() ?? 1)
        guard !typed.isEmpty else {
            if let option = arguments.first { throw .unknownOption(option, known: ["--help", "--version"]) }
            throw .missingCommand(known: known)
        }
        throw .unknownCommand(typed.joined(separator: " "), known: known)
    }

    /// The text of `--help`.
    package var help: String {
        if let only = entries.first(where: { $0.words.isEmpty }) { return only.help }
        let rows = entries.map { ($0.words.joined(separator: " "), $0.summary) }
        var text = "Usage: \(name) COMMAND [OPTION]...\n\(summary)\n\nCommands:\n\(table(rows))"
        text += "\nEvery command explains itself: \(name) COMMAND --help\n"
        if !notes.isEmpty { text += "\n\(notes)\n" }
        return text
    }
}

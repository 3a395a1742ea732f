// A program of several commands: which one is meant, its help, and the usage error.
import Platform

/// A program and its commands.
package struct Program: Sendable {
    /// One command with what it does.
    package struct Entry: Sendable {
        /// The words after the program's name, such as `["fino", "ekyc"]`; empty for a program of one command.
        let words: [String]
        let summary: String
        /// Made when it is asked for: a program of thirty commands would write thirty texts at each start.
        let help: @Sendable () -> String
        let options: @Sendable () -> [OptionDescription]
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
            help = { command.help }
            options = { command.options }
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
    private let report: @Sendable (ArgumentError, _ arguments: [String]) -> Void

    /// Describes a program.
    ///
    /// `report` tells of a usage error, given the whole command line; without it two lines go to standard error.
    package init(
        _ name: String, summary: String, version: String, notes: String = "", _ entries: [Entry],
        report: (@Sendable (ArgumentError, _ arguments: [String]) -> Void)? = nil
    ) {
        self.report =
            report ?? { error, _ in
                say("\(name): \(error)")
                say("Try '\(name) --help'.")
            }
        self.name = name
        self.summary = summary
        self.version = version
        self.notes = notes
        self.entries = entries
    }

    /// The options of every command, by the command's words.
    var described: [(path: String, options: [OptionDescription])] {
        let help = OptionDescription(
            long: "help", short: "h", placeholder: "", help: "explain the command", choices: [])
        return entries.map { ($0.words.joined(separator: " "), $0.options() + [help]) }
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
            if let group = group(of: arguments), arguments.dropFirst(group.words).contains(where: Self.isHelp) {
                print(text(of: group.entries, "\(name) \(arguments[..<group.words].joined(separator: " "))"), to: 1)
                return 0
            }
            let entry = try find(arguments)
            let rest = Array(arguments.dropFirst(entry.words.count))
            let own = rest.prefix { $0 != "--" }
            if own.contains(where: Self.isHelp) {
                print(entry.help(), to: 1)
                return 0
            }
            return try await entry.run(rest)
        } catch let error as ArgumentError {
            report(error, arguments)
            return Self.usageStatus
        }
    }

    private func printHelp(for words: [String]) throws(ArgumentError) {
        guard !words.isEmpty, !entries.contains(where: { $0.words.isEmpty }) else { return print(help, to: 1) }
        if let group = group(of: words) {
            print(text(of: group.entries, "\(name) \(words.joined(separator: " "))"), to: 1)
        } else {
            print(try find(words).help(), to: 1)
        }
    }

    private static func isHelp(_ word: String) -> Bool { word == "--help" || word == "-h" }

    /// The commands that begin with the words before the first option, where these alone are no command.
    private func group(of arguments: [String]) -> (words: Int, entries: [Entry])? {
        let words = arguments.prefix { !$0.hasPrefix("-") }
        let longer = entries.filter { $0.words.count > words.count && $0.words.starts(with: words) }
        guard !words.isEmpty, !longer.isEmpty, !entries.contains(where: { $0.words == Array(words) }) else {
            return nil
        }
        return (words.count, longer)
    }

    private func find(_ arguments: [String]) throws(ArgumentError) -> Entry {
        if let entry = entries.first(where: { arguments.starts(with: $0.words) }) { return entry }
        if let group = group(of: arguments) {
            throw .missingCommand(known: group.entries.map { $0.words.joined(separator: " ") })
        }
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
        if let only = entries.first(where: { $0.words.isEmpty }) { return only.help() }
        var text = text(of: entries, name, summary)
        if !notes.isEmpty { text += "\n\(notes)\n" }
        return text
    }

    /// A list of commands, which all begin with `start`.
    private func text(of entries: [Entry], _ start: String, _ summary: String = "") -> String {
        let rows = entries.map { ($0.words.joined(separator: " "), $0.summary) }
        return
            "Usage: \(start) COMMAND [OPTION]...\n\(summary.isEmpty ? "" : summary + "\n")\nCommands:\n\(table(rows))"
            + "\nEvery command explains itself: \(name) COMMAND --help\n"
    }
}

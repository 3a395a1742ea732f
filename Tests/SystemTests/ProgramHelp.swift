// What the programs themselves say that they understand.
import TestSupport

/// The commands of a program and the options of each, by its own `--help`.
struct ProgramHelp: Sendable {
    /// Options by command, such as `provision rotate`; for a program without commands by the empty name.
    let options: [String: Set<String>]

    /// All programs of the project.
    static let all: [String: ProgramHelp] = {
        let names = ["pidd", "ekyc-client", "pidd-inspect", "pidd-simulate", "eko-sandbox"]
        let helps = names.map { name in (name, try? ProgramHelp(of: name)) }
        return Dictionary(uniqueKeysWithValues: helps.compactMap { name, help in help.map { (name, $0) } })
    }()

    private init(of name: String) throws {
        let path = try program(name)
        let overview = try runTool(path, ["--help"]).output
        let commands = overview.matches(of: /(?m)^[ ]{2}([a-z][a-z-]*(?: [a-z-]+)?)[ ]{2}/).map { String($0.1) }
        var options: [String: Set<String>] = [:]
        for command in overview.contains("Commands:") ? commands : [""] {
            let help = try runTool(path, command.split(separator: " ").map(String.init) + ["--help"]).output
            let named = help.matches(of: /(?m)^ +(?:-[a-z], )?(--[a-z][a-z-]*)/).map { String($0.1) }
            options[command] = Set(named + ["--help", "--version"])
        }
        // pidd takes it without the name of the command, as other daemons do.
        if let serve = options["serve"], name == "pidd" { options[""] = serve }
        self.options = options
    }

    /// Whether any command has an option.
    func knows(_ option: String) -> Bool { options.values.contains { $0.contains(option) } }

    /// Whether an option belongs to the command that some words begin with.
    func knows(_ option: String, after words: [String]) -> Bool {
        let named = [2, 1, 0].lazy.compactMap { options[words.prefix($0).joined(separator: " ")] }.first
        return named?.contains(option) ?? knows(option)
    }
}

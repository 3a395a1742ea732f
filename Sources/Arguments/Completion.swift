// Completion scripts for bash, zsh and fish, written from the declarations of a program's commands.

/// A shell that can complete command lines.
package enum Shell: String, ArgumentChoice {
    case bash, zsh, fish
}

/// What a shell, or a manual, has to know of an option.
struct OptionDescription: Sendable {
    let long: String
    let short: Character?
    /// Empty for a flag.
    let placeholder: String
    let help: String
    /// The words that the value can be; empty when it can be anything.
    let choices: [String]

    var takesFile: Bool { ["FILE", "PATH", "DIR", "FOLDER", "SOCKET"].contains(placeholder) }
}

extension Program {
    /// A script that teaches a shell this program's commands and options.
    package func completion(_ shell: Shell) -> String {
        switch shell {
        case .bash: bash
        case .zsh: zsh
        case .fish: fish
        }
    }

    /// All first words of commands, and the second words by first, in order.
    private var words: [(path: String, next: [(word: String, summary: String)])] {
        var tree: [(path: String, next: [(word: String, summary: String)])] = [("", [])]
        for entry in entries where !entry.words.isEmpty {
            for depth in entry.words.indices {
                let path = entry.words[..<depth].joined(separator: " ")
                if !tree.contains(where: { $0.path == path }) { tree.append((path, [])) }
                let index = tree.firstIndex { $0.path == path } ?? 0
                let isWhole = depth == entry.words.count - 1
                guard !tree[index].next.contains(where: { $0.word == entry.words[depth] }) else { continue }
                let summary = isWhole ? entry.summary : "\(entry.words[depth]) commands"
                tree[index].next.append((entry.words[depth], summary))
            }
        }
        return tree
    }

    /// What can follow the words of each path: more words, and options where it is a command itself.
    private var choices: [(path: String, next: [(word: String, summary: String)], options: [OptionDescription])] {
        let own = Dictionary(described, uniquingKeysWith: { first, _ in first })
        let further = words
        let paths = Set(further.map(\.path))
        return further.map { ($0.path, $0.next, own[$0.path] ?? []) }
            + described.filter { !paths.contains($0.path) }.map { ($0.path, [], $0.options) }
    }

    private var functionName: String { "_" + name.map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined() }

    /// The words of the command before the cursor, as a part of a bash or zsh script; `$1` is the shell's array of words.
    private func commandSoFar(_ words: String, from first: Int, to last: String) -> String {
        """
            local command= i
            for ((i = \(first); i < \(last); i++)); do
                case ${\(words)[i]} in -*) break ;; esac
                command+="${command:+ }${\(words)[i]}"
            done
        """
    }

    private var bash: String {
        var text = """
            # bash completion for \(name)
            \(functionName)() {
                local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
                COMPREPLY=()
            \(commandSoFar("COMP_WORDS", from: 1, to: "COMP_CWORD"))
                case "$command $prev" in

            """
        for (path, options) in described {
            for option in options where !option.placeholder.isEmpty {
                let names = (["--\(option.long)"] + (option.short.map { ["-\($0)"] } ?? []))
                    .map { "\"\(path) \($0)\"" }.joined(separator: "|")
                let words =
                    option.takesFile
                    ? "mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")"
                    : option.choices.isEmpty
                        ? ""
                        : "mapfile -t COMPREPLY < <(compgen -W \"\(option.choices.joined(separator: " "))\" -- \"$cur\")"
                text += "        \(names)) \(words.isEmpty ? "" : words + "; ")return ;;\n"
            }
        }
        text += "    esac\n    case $command in\n"
        for (path, next, options) in choices {
            let words = (next.map(\.word) + options.map { "--\($0.long)" }).joined(separator: " ")
            text += "        \(path.isEmpty ? "''" : "\"\(path)\"")) "
            text += "mapfile -t COMPREPLY < <(compgen -W \"\(words)\" -- \"$cur\") ;;\n"
        }
        return text + "    esac\n}\ncomplete -F \(functionName) \(name)\n"
    }

    private var zsh: String {
        func quoted(_ text: String) -> String {
            text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
        }
        func plain(_ text: String) -> String {
            quoted(text.map { "[]:\\".contains($0) ? "\\\($0)" : String($0) }.joined())
        }
        var text = """
            #compdef \(name)
            \(functionName)() {
                local -a found
            \(commandSoFar("words", from: 2, to: "CURRENT"))
                case $command in

            """
        for (path, next, options) in choices {
            text += "        '\(path)')"
            if !next.isEmpty {
                let found = next.map { "'\($0.word):\(plain($0.summary))'" }.joined(separator: " ")
                text += " found=(\(found)); _describe command found"
            }
            if !options.isEmpty { text += "\(next.isEmpty ? "" : ";") _arguments" }
            for option in options {
                let value =
                    option.placeholder.isEmpty
                    ? ""
                    : ":\(option.placeholder):"
                        + (option.takesFile
                            ? "_files" : option.choices.isEmpty ? " " : "(\(option.choices.joined(separator: " ")))")
                text += " \\\n            '*--\(option.long)[\(plain(option.help))]\(value)'"
            }
            text += " ;;\n"
        }
        return text
            + "    esac\n}\nif [ \"$funcstack[1]\" = \(functionName) ]; then \(functionName); "
            + "else compdef \(functionName) \(name); fi\n"
    }

    private var fish: String {
        func quoted(_ text: String) -> String {
            "'" + text.map { "'\\".contains($0) ? "\\\($0)" : String($0) }.joined() + "'"
        }
        var text = """
            # fish completion for \(name)
            function _\(functionName)_at
                set -l command
                for word in (commandline -opc)[2..]
                    string match -q -- '-*' $word; and break
                    set -a command $word
                end
                test "$command" = "$argv"
            end
            complete -c \(name) -f

            """
        for (path, next) in words {
            for (word, summary) in next {
                text += "complete -c \(name) -n \"_\(functionName)_at \(path)\" -a \(word) -d \(quoted(summary))\n"
            }
        }
        for (path, options) in described {
            for option in options {
                text += "complete -c \(name) -n \"_\(functionName)_at \(path)\" -l \(option.long)"
                if let short = option.short { text += " -s \(short)" }
                if !option.placeholder.isEmpty { text += option.takesFile ? " -r -F" : " -x" }
                if !option.choices.isEmpty { text += " -a \(quoted(option.choices.joined(separator: " ")))" }
                text += " -d \(quoted(option.help))\n"
            }
        }
        return text
    }
}

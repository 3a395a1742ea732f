// The documents of the project, taken apart into what can be proven of them.
import FoundationEssentials
import Testing

/// A Markdown file of the project.
struct Document: Sendable, CustomTestStringConvertible {
    /// Code that stands by itself, fenced or indented.
    struct Block: Sendable {
        /// The number of its first line.
        let line: Int
        /// What stands behind the fence; empty for none and for an indented block.
        let language: String
        let isFenced: Bool
        let text: String

        /// Settings begin with a section; fences without a language enclose drawings.
        var isSettings: Bool { text.hasPrefix("[") }
        var isCommands: Bool { isFenced ? language == "sh" : !isSettings }
    }

    /// Its path below the folder of the project.
    let name: String
    let blocks: [Block]
    /// All lines but those of blocks, which are empty, so that the numbers stay.
    let prose: [String]

    var testDescription: String { name }

    /// README, CONTRIBUTING and all of `docs`.
    static let all: [Document] = {
        let docs = (try? FileManager.default.contentsOfDirectory(atPath: "\(projectFolder)/docs")) ?? []
        let names = docs.filter { $0.hasSuffix(".md") }.sorted().map { "docs/\($0)" }
        return (["README.md", "CONTRIBUTING.md"] + names).compactMap { try? Document(name: $0) }
    }()

    init(name: String) throws {
        self.name = name
        let text = String(decoding: try Data(contentsOf: URL(filePath: "\(projectFolder)/\(name)")), as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var (blocks, prose): ([Block], [String]) = ([], [])
        var index = 0
        while index < lines.count {
            let start = index
            var content: [String] = []
            if lines[index].hasPrefix("```") {
                index += 1
                while index < lines.count, !lines[index].hasPrefix("```") {
                    content.append(lines[index])
                    index += 1
                }
                index += 1
                let language = String(lines[start].dropFirst(3))
                blocks.append(
                    Block(line: start + 2, language: language, isFenced: true, text: content.joined(separator: "\n")))
            } else if lines[index].hasPrefix("    "), index == 0 || lines[index - 1].isEmpty {
                while index < lines.count, lines[index].hasPrefix("    ") {
                    content.append(String(lines[index].dropFirst(4)))
                    index += 1
                }
                blocks.append(
                    Block(line: start + 1, language: "", isFenced: false, text: content.joined(separator: "\n")))
            } else {
                prose.append(lines[index])
                index += 1
                continue
            }
            prose += Array(repeating: "", count: min(index, lines.count) - start)
        }
        (self.blocks, self.prose) = (blocks, prose)
    }

    /// What stands between backticks in a piece of prose.
    static func code(in text: some StringProtocol) -> [String] {
        text.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .compactMap { $0.offset.isMultiple(of: 2) ? nil : String($0.element) }
    }

    /// What stands between backticks, also across the ends of lines.
    var code: [String] {
        prose.split(whereSeparator: \.isEmpty).flatMap { Self.code(in: $0.joined(separator: " ")) }
    }

    /// All commands, each on one line, and all code of the prose.
    var commands: [String] {
        blocks.filter(\.isCommands).flatMap { block in
            block.text.replacing("\\\n", with: " ").split(separator: "\n").map { line in
                // A comment begins after a blank.
                String(line.firstRange(of: " #").map { line[..<$0.lowerBound] } ?? line)
            }.filter { !$0.hasPrefix("#") }
        } + code
    }

    /// The cells of the first column of all tables with a heading for it.
    func firstCells(under heading: String) -> [String] {
        var cells: [String] = []
        var isInside = false
        for line in prose {
            guard line.hasPrefix("|") else {
                isInside = false
                continue
            }
            let first = line.dropFirst().prefix { $0 != "|" }.trimmed
            if isInside { cells.append(first) } else { isInside = first == heading }
        }
        return cells.filter { !$0.hasPrefix("---") }
    }
}

extension StringProtocol {
    fileprivate var trimmed: String { split(separator: " ").joined(separator: " ") }
}

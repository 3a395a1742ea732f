// What the documents name, there is: files, targets of make, tests, options, settings, codes.
import FoundationEssentials
import TestSupport
import Testing

@Suite struct DocumentTests {
    /// Whether a path below the folder of the project exists.
    private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: "\(projectFolder)/\(path)") }

    private func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: "\(projectFolder)/\(path)")), as: UTF8.self)
    }

    /// The text of all Swift files of a folder, by name.
    private func sources(_ folder: String) throws -> [String: String] {
        let files = try runTool("find", ["\(projectFolder)/\(folder)", "-name", "*.swift"]).output
        return Dictionary(
            uniqueKeysWithValues: try files.split(separator: "\n").map {
                (String($0), String(decoding: try Data(contentsOf: URL(filePath: String($0))), as: UTF8.self))
            })
    }

    @Test(arguments: Document.all) func `every link leads to a file, and to a heading of it`(_ document: Document)
        throws
    {
        let folder = document.name.contains("/") ? "docs/" : ""
        for link in document.prose.joined(separator: "\n").matches(of: /\]\(([^)]+)\)/).map(\.1) {
            guard !link.hasPrefix("http") else { continue }
            let parts = link.split(separator: "#", omittingEmptySubsequences: false)
            let path = parts[0].isEmpty ? document.name : folder + parts[0]
            #expect(exists(path), "\(document.name) links to \(link)")
            guard parts.count == 2 else { continue }
            let headings = try Document(name: path).prose.filter { $0.hasPrefix("#") }.map {
                $0.drop { $0 == "#" }.dropFirst().lowercased().replacing(" ", with: "-").filter {
                    $0.isLetter || $0 == "-"
                }
            }
            #expect(headings.contains(String(parts[1])), "\(document.name) links to \(link)")
        }
    }

    @Test(arguments: Document.all) func `every file of the project that is named exists`(_ document: Document) throws {
        let rooms = try FileManager.default.contentsOfDirectory(atPath: "\(projectFolder)/Sources")
        let folders = [
            "Sources", "Tests", "docs", "packaging", "scripts", "share", "systemd", "udev", ".ci",
        ]
        for word in document.commands.flatMap({ $0.split(separator: " ") }) where word.contains("/") {
            let path = String(word)
            let first = String(path.prefix { $0 != "/" })
            guard path.wholeMatch(of: /[A-Za-z0-9._\/-]+/) != nil else { continue }
            if folders.contains(first) {
                #expect(exists(path), "\(document.name) names \(path)")
            } else if rooms.contains(first) {
                #expect(exists("Sources/\(path)"), "\(document.name) names \(path)")
            }
        }
    }

    @Test(arguments: Document.all) func `every target of make that is named exists`(_ document: Document) throws {
        let targets = Set(try text("Makefile").matches(of: /(?m)^([a-z-]+):/).map { String($0.1) })
        for command in document.commands {
            let words = command.split(separator: " ").map(String.init)
            // Variables may stand before it and behind it.
            guard let make = words.firstIndex(where: { !$0.contains("=") }), words[make] == "make" else { continue }
            for target in words[(make + 1)...] where !target.contains("=") {
                #expect(targets.contains(target), "\(document.name) names make \(target)")
            }
        }
    }

    @Test func `every test that is named exists`() throws {
        var suites: [String: [String]] = [:]
        for (path, text) in try sources("Tests") {
            // A test is named by the suite above it, by its file or by its target.
            let target = String(path.dropFirst("\(projectFolder)/Tests/".count).prefix { $0 != "/" })
            let file = String((path.split(separator: "/").last ?? "").dropLast(".swift".count))
            var suite = file
            for line in text.split(separator: "\n") where line.contains("Tests") || line.contains("`") {
                if let name = line.firstMatch(of: /(?:struct|class|enum|extension) (\w+Tests)\b/) {
                    suite = String(name.1)
                }
                // Test or suite, by a sentence.
                let tests = line.firstMatch(of: /(?:func|struct|extension) `([^`]+)`/).map { [String($0.1)] } ?? []
                for name in Set([suite, file, target]) { suites[name, default: []] += tests }
            }
        }
        var named = 0
        for document in Document.all {
            for line in document.prose {
                for suite in line.matches(of: /\b[A-Z][A-Za-z]+Tests\b/) {
                    #expect(suites[String(suite.output)] != nil, "\(document.name) names \(suite.output)")
                }
                // A suite and some of its tests: XTests `begins so…`, `… ends so`
                for list in line.matches(of: /\b([A-Z][A-Za-z]+Tests) (`[^`]+`(?:, `[^`]+`)*)/) {
                    for test in Document.code(in: list.2) where !test.hasPrefix("make ") {
                        let part = test.trimmingPrefix("… ").split(separator: "…").first ?? ""
                        let isThere = suites[String(list.1)]?.contains { $0.containsInAnyCase(part) } == true
                        #expect(isThere, "\(document.name) names the test '\(test)' of \(list.1)")
                        named += 1
                    }
                }
            }
        }
        #expect(named > 20)
    }

    @Test(arguments: Document.all) func `every option that is named is one of the program`(_ document: Document) throws
    {
        let programs = ProgramHelp.all
        #expect(programs.count == 5)
        for command in document.commands {
            var (program, words, isFirst): (String?, [String], Bool) = (nil, [], true)
            for word in command.split(separator: " ").map(String.init) {
                let name = String(word.split(separator: "/").last ?? "")
                if programs[name] != nil, word.hasSuffix("/\(name)") || word == name {
                    (program, words) = (name, [])
                } else if word == "--" || word == "|" || word == "||" || word == "&&" {
                    program = nil
                } else if let option = word.wholeMatch(of: /\(?(--[a-z][a-z-]*)(?:=.*)?/).map({ String($0.1) }) {
                    if let program {
                        let isKnown = programs[program]?.knows(option, after: words) == true
                        #expect(isKnown, "\(document.name) names \(program) \(words.joined(separator: " ")) \(option)")
                    } else if isFirst {
                        let isKnown = programs.values.contains { $0.knows(option) }
                        #expect(isKnown, "\(document.name) names \(option)")
                    }
                } else {
                    words.append(word)
                }
                isFirst = false
            }
        }
    }

    @Test(arguments: Document.all) func `every key of the settings that is named exists`(_ document: Document) throws {
        let folder = try TemporaryFolder()
        func complaints(_ settings: String) throws -> String {
            let file = try folder.write("settings", (settings + "\n").utf8)
            let isClient = settings.contains("[eko]") || settings.contains("[pidd]")
            let words = isClient ? ["status", "--config", file] : ["--check-config", "--config", file]
            let ended = try runTool(try program(isClient ? "ekyc-client" : "pidd"), words)
            return ended.text.split(separator: "\n").filter {
                $0.contains("there is no key") || $0.contains("there is no setting")
            }
            .joined(separator: "\n")
        }
        // The judge itself.
        #expect(try complaints("[server]\nnonsense = 1") != "")
        #expect(try complaints("[eko]\nnonsense = 1") != "")
        for block in document.blocks where block.isSettings {
            #expect(try complaints(block.text) == "", "\(document.name):\(block.line)")
            // Further keys, in a comment: "; if needed: one, two,"
            let further = block.text.replacing("\n;", with: "").firstMatch(of: /if needed: ([a-z, -]+)/)?.1 ?? ""
            for key in further.split(separator: ",") {
                #expect(
                    try complaints("[eko]\n\(key.filter { $0 != " " }) = x") == "", "\(document.name):\(block.line)")
            }
        }
        for key in document.firstCells(under: "key").flatMap(Document.code) where document.name == "README.md" {
            #expect(try complaints("[loopback]\n\(key) = x") == "", "\(document.name), the loopback door")
        }
    }

    @Test func `all programs, the packages and the changelog have one version`() throws {
        let newest = try text("packaging/changelog").firstMatch(of: /^pidd \(([0-9.]+)\)/)?.1
        let version = String(try #require(newest))
        for name in ProgramHelp.all.keys {
            #expect(try runTool(try program(name), ["--version"]).output == "\(name) \(version)\n")
        }
        #expect(try text("CHANGELOG.md").contains("\n## [\(version)] - "))
    }

    @Test func `every error code of a table is one of the program`() throws {
        // What stands between quotation marks, and what stands between them.
        let texts = Set(try sources("Sources").values.flatMap { $0.split(separator: "\"").map(String.init) })
        let endings = texts.filter { $0.contains(")-") }
        let codes = Document.all.flatMap { $0.firstCells(under: "code").flatMap(Document.code) }
        #expect(codes.count > 50)
        for code in codes {
            // Some are made of two parts: "\(what)-expired".
            let cuts = code.indices.filter { code[$0] == "-" }
            let isMade = cuts.contains { cut in
                texts.contains(String(code[..<cut])) && endings.contains { $0.hasSuffix(")\(code[cut...])") }
            }
            let isThere = texts.contains(code) || isMade
            #expect(isThere, "\(code) is documented, and nothing says it")
        }
    }
}

extension String {
    /// Whether it has a part, whatever the case of its letters.
    fileprivate func containsInAnyCase(_ part: some StringProtocol) -> Bool {
        lowercased().contains(part.lowercased())
    }
}

// Command lines as people type them, right and wrong.
import Arguments
import Testing

@Suite struct CommandTests {
    private struct Options: Equatable, Sendable {
        var path = "default"
        var count = 1
        var name: String?
        var loud = false
        var wait = Duration.seconds(5)
        var fingers: [Int] = []
        var operand = ""
        var rest: [String] = []
    }

    private let command = Command<Options>(
        "t", summary: "s",
        [
            .option("path", short: "p", "PATH", help: "h", \.path),
            .option("count", short: "c", "N", help: "h", \.count),
            .option("name", "NAME", help: "h", \.name),
            .option("wait", "DURATION", help: "h", \.wait),
            .list("finger", "N", help: "h", \.fingers),
            .flag("loud", short: "l", help: "h", \.loud),
            .refused("key", cause: "would be seen by all", nextStep: "say --path"),
            .operand("FILE", help: "h", \.operand),
        ])

    private func parse(_ words: String...) throws -> Options {
        var options = Options()
        try command.parse(words, into: &options)
        return options
    }

    @Test func `every way of giving a value`() throws {
        let wanted = Options(path: "x", count: 7, name: "a=b", loud: true, operand: "f")
        #expect(try parse("--path=x", "--count", "7", "--name=a=b", "-l", "f") == wanted)
        #expect(try parse("f", "-lc7", "-p", "x", "--name", "a=b") == wanted)
        #expect(try parse("-l", "-c", "7", "-px", "--name=a=b", "--", "f") == wanted)
    }

    @Test func `a list keeps every value in order`() throws {
        #expect(try parse("--finger", "3", "f", "--finger=1").fingers == [3, 1])
    }

    @Test(arguments: [
        ("10", Duration.seconds(10)), ("10s", .seconds(10)), ("500ms", .milliseconds(500)), ("2m", .seconds(120)),
        ("0.5s", .milliseconds(500)), ("0", .zero),
    ]) func `durations have units`(text: String, duration: Duration) throws {
        #expect(try parse("--wait", text, "f").wait == duration)
    }

    @Test(arguments: ["", "s", "-1", "1h", "1e3", "nan", "10 s", "99999999999"])
    func `what is no duration is refused`(text: String) {
        #expect(throws: ArgumentError.self) { try parse("--wait=\(text)", "f") }
    }

    @Test(arguments: [
        (["-x", "f"], ArgumentError.unknownOption("-x", known: [])),
        (["f", "--path"], .missingValue(option: "--path", expectation: "a text")),
        (["--loud=1", "f"], .unwantedValue("--loud")),
        (["-c", "seven", "f"], .invalidValue(option: "-c", value: "seven", expectation: "a whole number")),
        ([], .missingOperand("FILE")),
        (["f", "g"], .extraOperand("g")),
        (["--key", "x", "f"], .refused("--key would be seen by all", nextStep: "say --path")),
        (["f", "--key=x"], .refused("--key would be seen by all", nextStep: "say --path")),
    ]) func `each mistake is named`(words: [String], error: ArgumentError) {
        var options = Options()
        #expect(throws: error) { try command.parse(words, into: &options) }
    }

    @Test func `a slip in an option's name is guessed`() {
        var options = Options()
        #expect { try command.parse(["--coumt", "1"], into: &options) } throws: { error in
            "\(error)" == "there is no option '--coumt'; did you mean '--count'?"
        }
    }

    @Test func `another program's words are left alone`() throws {
        let command = Command<Options>("t", summary: "s", [.rest("COMMAND", help: "h", \.rest)])
        for words in [["--", "ls", "-l", "--", "x"], ["ls", "-l", "--", "x"]] {
            var options = Options()
            try command.parse(words, into: &options)
            #expect(options.rest == ["ls", "-l", "--", "x"])
        }
    }

    @Test func `help names every parameter and ends with the notes`() {
        let help = command.help
        for word in ["Usage: t [OPTION]... FILE", "-p, --path PATH", "--wait DURATION", "-l, --loud"] {
            #expect(help.contains(word))
        }
        #expect(!help.contains("--key"), "nobody is offered what is refused")
    }
}

@Suite struct ProgramTests {
    private struct None: Sendable {}

    private func program(_ ran: @escaping @Sendable (String) -> Void = { _ in }) -> Program {
        Program(
            "t", summary: "s", version: "1",
            [
                .init(Command<None>("t fino ekyc", summary: "a", []), defaults: { None() }) { _ in
                    ran("ekyc")
                    return 3
                },
                .init(Command<None>("t wadh", summary: "b", []), defaults: { None() }) { _ in 0 },
            ])
    }

    @Test func `a command of two words is found and its status returned`() async throws {
        #expect(try await program().run(["fino", "ekyc"]) == 3)
    }

    @Test(arguments: [[], ["fino"], ["fino", "ekic"], ["--nope"], ["wadh", "--nope"], ["wadh", "x"]])
    func `a usage error is status 64 and runs nothing`(words: [String]) async throws {
        #expect(try await program { _ in Issue.record("ran") }.run(words) == 64)
    }

    @Test(arguments: [
        ["--help"], ["help"], ["help", "wadh"], ["fino", "--help"], ["fino", "-h"], ["help", "fino"],
        ["wadh", "--help"], ["fino", "ekyc", "-h"], ["--version"],
    ])
    func `help and version succeed and run nothing`(words: [String]) async throws {
        #expect(try await program { _ in Issue.record("ran") }.run(words) == 0)
    }

    @Test func `a word that begins longer commands asks for one of those, and a report of one's own gets the line`()
        async throws
    {
        let program = Program(
            "t", summary: "s", version: "1",
            [
                .init(Command<None>("t fino ekyc", summary: "a", []), defaults: { None() }) { _ in 0 },
                .init(Command<None>("t wadh", summary: "b", []), defaults: { None() }) { _ in 0 },
            ],
            report: { error, arguments in
                #expect(error == .missingCommand(known: ["fino ekyc"]))
                #expect(arguments == ["fino", "--json"])
            })
        #expect(try await program.run(["fino", "--json"]) == 64)
    }
}

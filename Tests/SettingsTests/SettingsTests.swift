// Settings files, right and wrong, with the line that is at fault.
import Settings
import Testing

@Suite struct SettingsTests {
    private func read(_ text: String) throws(SettingsError) -> Settings {
        try Settings(parsing: Array(text.utf8), file: "x.conf")
    }

    @Test func `sections, values, comments and blank lines`() throws {
        let settings = try read(
            "top = 1\n\n; comment\n# comment\n[pidd]\nsocket = /run/x ; note\nname=a = b\n\n[eko]\nsocket: y\n")
        #expect(settings.value("top", in: "") == "1")
        #expect(settings.value("socket", in: "pidd") == "/run/x")
        #expect(settings.value("name", in: "pidd") == "a = b")
        #expect(settings.value("socket", in: "eko") == "y")
        #expect(settings.value("name", in: "eko") == nil)
        #expect(settings.entry("socket", in: "eko")?.place == "x.conf:10")
        #expect(settings.sections == ["", "pidd", "eko"])
    }

    @Test func `a misspelt key is found with its line`() throws {
        let unknown = try read("[pidd]\nsocket = a\nsoket = b\n").unknown(besides: ["pidd": ["socket"]])
        #expect(unknown.map(\.place) == ["x.conf:3"])
    }

    @Test func `the first file wins over the second`() throws {
        let merged = try read("[a]\nx = 1\n").over(read("[a]\nx = 2\ny = 3\n"))
        #expect(merged.value("x", in: "a") == "1")
        #expect(merged.value("y", in: "a") == "3")
    }

    @Test(arguments: [
        ("[a]\nnonsense\n", "x.conf:2"), ("[a\nx = 1\n", "x.conf:1"), ("x = 1\nx = 2\n", "x.conf:2"),
        ("a = " + String(repeating: "x", count: 5000), "x.conf:1"),
    ]) func `a bad line is named`(text: String, place: String) {
        #expect { try read(text) } throws: { "\($0)".hasPrefix(place) }
    }

    @Test func `bytes that are no text are refused`() {
        #expect(throws: SettingsError.self) { try Settings(parsing: [0xff, 0xfe], file: "x") }
        #expect(throws: SettingsError.self) { try Settings(parsing: [97, 0, 61], file: "x") }
    }

    @Test func `a missing file is told as such`() {
        #expect { try Settings(path: "/nonexistent/x.conf") } throws: { ($0 as? SettingsError)?.code == "file-missing" }
    }
}

// Every command of the documents is run: as it stands, or by a stand-in that looks whether what it names is there.
import FoundationEssentials
import Glibc
import Platform
import TestSupport
import Testing

@Suite(.serialized) struct DocumentCommandTests {
    /// A home, a working folder in it where the programs stand as after `make build`, and a pidd that stands for the installed one.
    private final class Machine {
        let folder: TemporaryFolder
        let pidd: Pidd
        let home: String
        let work: String

        init() async throws {
            folder = try TemporaryFolder()
            pidd = try await Pidd(.recorded(["nb1010", "--finger", "7", "--finger", "8"]))
            (home, work) = (folder.file("home"), folder.file("home/work"))
            let bin = "\(work)/.build/debug"
            let files = FileManager.default
            try files.createDirectory(atPath: bin, withIntermediateDirectories: true)
            try files.createDirectory(atPath: "\(home)/.config/ekyc-client", withIntermediateDirectories: true)
            for name in ["pidd", "ekyc-client", "pidd-inspect"] {
                try files.createSymbolicLink(atPath: "\(bin)/\(name)", withDestinationPath: program(name))
            }
            // Two that run in a terminal of their own; the first has a second finger, for captures of two.
            try write(
                "\(bin)/pidd-simulate",
                """
                #!/bin/bash
                . '\(tool("document_shell.bash"))'
                beside ~/pidd-try/s "$PROGRAMS/pidd-simulate" "$1" "$2" --finger 8 "${@:3}"
                until grep -q 'state=ready' ~/beside.log; do sleep 0.05; done
                """, mode: 0o700)
            try write(
                "\(bin)/eko-sandbox",
                """
                #!/bin/bash
                . '\(tool("document_shell.bash"))'
                beside ~/pidd-try/ready "$PROGRAMS/eko-sandbox" "$@" --ready-file ~/pidd-try/ready
                """, mode: 0o700)
            try write("\(home)/.config/ekyc-client/config", "[pidd]\nsocket = \(pidd.socket)\n", mode: 0o600)
            // A number that passes the check digit and belongs to nobody.
            try write("\(work)/aadhaar", Sandbox.aadhaar, mode: 0o600)
        }

        private func write(_ path: String, _ text: String, mode: UInt32) throws {
            unsafe try Array(text.utf8).withUnsafeBytes { unsafe try writeFileAtomically(path, $0, mode: mode) }
        }

        /// Runs blocks in one shell, in their order.
        func run(_ blocks: [Document.Block], of document: Document, clientOptions: String) async throws
            -> RunningProgram.Ending
        {
            let text = blocks.map { "line=\($0.line)\n\($0.text)" }.joined(separator: "\n")
                .replacing("/run/pidd/pidd.sock", with: pidd.socket)
            let head = """
                . '\(tool("document_shell.bash"))'
                trap '[ $? -eq 0 ] || echo "\(document.name): the block from line $line on" >&2' EXIT
                cd '\(work)'
                """
            let bin = String(try program("pidd").dropLast("/pidd".count))
            return try await RunningProgram.run(
                ["/bin/bash", "-c", "\(head)\n\(text)\n"],
                environment: [
                    "HOME": home, "PROGRAMS": bin, "PROJECT": projectFolder, "SOCKET": pidd.socket, "STATE": pidd.state,
                    "CLIENT_OPTIONS": clientOptions.replacing("~", with: home), "TMPDIR": "/tmp",
                ], within: .seconds(120))
        }
    }

    @Test(arguments: Document.all.filter { $0.blocks.contains(where: \.isCommands) })
    func `every command of a document works`(_ document: Document) async throws {
        let machine = try await Machine()
        // A port that is free stands for the sandbox's.
        let port = "\(Int.random(in: 20_000..<30_000))"
        let blocks = document.blocks.filter(\.isCommands).map {
            Document.Block(
                line: $0.line, language: $0.language, isFenced: $0.isFenced, text: $0.text.replacing("8443", with: port)
            )
        }
        // What runs beside the others comes first, wherever it stands in the document.
        let servers = blocks.filter { $0.text.contains(" serve ") } + blocks.filter { $0.text.contains("eko-sandbox") }
        let others = blocks.filter { block in !servers.contains { $0.line == block.line } }
        let clientOptions = document.code.first { $0.hasPrefix("--base-url") } ?? ""
        let ended = try await machine.run(
            servers + others, of: document, clientOptions: clientOptions.replacing("8443", with: port))
        #expect(ended.status == 0, "\(ended.text)")
    }
}

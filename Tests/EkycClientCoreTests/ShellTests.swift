// The program in real shells: completion in bash, zsh and fish, the manual, and what happens to secrets in a process table.
import Foundation
import Glibc
import Platform
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct ShellTests {
    let client: Client

    init() throws { client = try Client() }

    /// The script for a shell, in a file.
    private func script(_ shell: String) throws -> String {
        let text = try client.run(["completion", shell]).output
        return try client.folder.write("completion.\(shell)", text.utf8)
    }

    @Test func `bash completes commands, options and choices`() throws {
        let path = try script("bash")
        func complete(_ words: [String]) throws -> [String] {
            let list = words.map { "'\($0)'" }.joined(separator: " ")
            let line = """
                . '\(path)'; COMP_WORDS=(ekyc-client \(list)); COMP_CWORD=\(words.count)
                _ekyc_client; printf '%s\\n' "${COMPREPLY[@]}"
                """
            let ended = try runTool("bash", ["--norc", "-c", line])
            #expect(ended.errors == "")
            return ended.output.split(separator: "\n").map(String.init)
        }
        #expect(try complete(["fin"]) == ["fino", "fingpay"])
        #expect(try complete(["fino", ""]) == ["get", "onboard", "ekyc", "verify-otp"])
        #expect(try complete(["fino", "ekyc", "--aad"]) == ["--aadhaar-file"])
        #expect(try complete(["fino", "ekyc", "--api", ""]) == ["reference", "current"])
        #expect(try complete(["completion", "--api"]) == [])
    }

    @Test func `fish completes commands, options and choices`() throws {
        let path = try script("fish")
        func complete(_ line: String) throws -> [String] {
            let ended = try runTool("fish", ["--no-config", "-c", "source '\(path)'; complete -C '\(line)'"])
            return ended.output.split(separator: "\n").map { String($0.prefix { $0 != "\t" }) }
        }
        #expect(Set(try complete("ekyc-client fin")) == ["fino", "fingpay"])
        #expect(try complete("ekyc-client fino ekyc --aad") == ["--aadhaar-file"])
        #expect(Set(try complete("ekyc-client fino ekyc --api ")) == ["reference", "current"])
    }

    @Test func `zsh reads the script and completes commands`() throws {
        let path = try script("zsh")
        let program = """
            zmodload zsh/zpty
            zpty shell zsh -f -i
            zpty -w shell "PROMPT=; autoload -Uz compinit; compinit -u -D; . '\(path)'; LISTMAX=0; print rea''dy"
            zpty -r shell line '*ready*'
            zpty -w -n shell $'ekyc-client fino ver\\t'
            zpty -r shell line '*verify-otp*' && print -r -- found
            zpty -d shell
            """
        #expect(try runTool("timeout", ["30", "zsh", "-f", "-c", program]).output.hasSuffix("found\n"))
    }

    @Test func `mandoc finds no fault with the manual`() throws {
        let page = try client.folder.write("ekyc-client.1", try client.run(["manual"]).output.utf8)
        let checked = try runTool("mandoc", ["-T", "lint", "-W", "warning", page])
        #expect(checked.status == 0, "\(checked.output)")
        #expect(
            try runTool("sh", ["-c", "mandoc -T ascii '\(page)' | sed 's/.\\x08//g'"]).output.contains("verify-otp"))
    }

    @Test func `the page that is installed is what the program says of itself`() throws {
        let installed = #filePath.components(separatedBy: "/Tests/")[0] + "/share/man/ekyc-client.1"
        // When this fails: ekyc-client manual > share/man/ekyc-client.1
        #expect(try client.run(["manual"]).output == String(contentsOfFile: installed, encoding: .utf8))
    }

    @Test func `No secret stands in the command line or the environment of a running client`() throws {
        let server = try FinoTests.shared.get()
        let process = try client.start(client.verify + client.eko(server, "slow/proc"))
        try process.waitBlocking(for: "request") {
            try runTool("curl", ["-s", "--cacert", server.caFile, server.url("requests")]).output.contains(
                "/slow/proc/")
        }
        defer { process.send(signal: SIGKILL) }
        for name in ["cmdline", "environ"] {
            let text = try runTool("cat", ["/proc/\(process.processID)/\(name)"]).output
            #expect(name != "cmdline" || text.contains("verify-otp"))
            for secret in [Client.accessKey, Client.developerKey, Client.otp, Client.aadhaar] {
                #expect(!text.contains(secret))
            }
        }
        #expect(try runTool("pgrep", ["-P", "\(process.processID)"]).output == "", "it starts no program")
    }
}

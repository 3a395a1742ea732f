// Programs that are run to their end: what they get, what they may do, and how they are stopped.
import Glibc
import Platform
import TestSupport
import Testing

@Suite struct ChildProgramTests {
    private func run(
        _ script: String, input: String = "", limit: Int = 1000, within time: Duration = .seconds(20)
    ) throws -> Result<ChildEnding, ChildFailure> {
        let folder = try TemporaryFolder()
        let path = try folder.write("script", "#!/bin/sh\n\(script)\n".utf8, mode: 0o700)
        return Result { () throws(ChildFailure) in
            try runChild(path, environment: ["A=b"], input: Array(input.utf8), limit: limit, within: time)
        }
    }

    @Test func `input, output, errors and status come through`() throws {
        let ending = try run("cat; echo oops >&2; exit 3", input: "hello").get()
        #expect(String(decoding: ending.output, as: UTF8.self) == "hello")
        #expect(String(decoding: ending.errors, as: UTF8.self) == "oops\n")
        #expect(ending.status == 3)
    }

    @Test func `more input than a pipe holds is no deadlock, read or not`() throws {
        let much = String(repeating: "x", count: 300_000)
        #expect(try run("wc -c", input: much).get().output.starts(with: "300000".utf8))
        #expect(try run("exit 0", input: much).get().status == 0)
    }

    @Test func `nothing is inherited but what is given`() throws {
        // sh adds PWD and the like by itself.
        let ending = try run("/usr/bin/env; ls /proc/self/fd")
        let text = String(decoding: try ending.get().output, as: UTF8.self)
        #expect(text.contains("A=b\n") && !text.contains("HOME=") && !text.contains("PATH=/"))
        #expect(text.hasSuffix("0\n1\n2\n3\n"), "\(text)")
    }

    @Test func `one that takes too long is ended with what it started`() throws {
        let folder = try TemporaryFolder()
        let result = try run("sleep 600 & echo $! > '\(folder.file("pid"))'; wait", within: .milliseconds(700))
        guard case .failure(.overdue) = result else {
            Issue.record("\(result)")
            return
        }
        // A machine under load may not even have come to the first line.
        guard let bytes = try? readFile(folder.file("pid"), limit: 20) else { return }
        guard let process = Int32(String(decoding: bytes.dropLast(), as: UTF8.self)) else { return }
        for _ in 0..<500 where kill(process, 0) == 0 { usleep(10_000) }
        #expect(kill(process, 0) != 0)
    }

    @Test func `one that writes too much is ended`() throws {
        guard case .failure(.outputTooLarge) = try run("yes") else {
            Issue.record("it was not")
            return
        }
    }

    @Test func `one that leaves something behind with its output open ends at once`() throws {
        let ending = try run("sleep 600 & echo done").get()
        #expect(ending.output == Array("done\n".utf8))
    }

    @Test func `what is no program is not started`() throws {
        #expect(throws: ChildFailure.self) {
            try runChild("/nowhere/at-all", environment: [], input: [], limit: 1, within: .seconds(1))
        }
    }
}

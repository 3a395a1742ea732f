// The pidd-simulate program from outside.
import FoundationEssentials
import Glibc
import TestSupport
import Testing
import VirtualScanner

struct SimulateTests {
    @Test func `run gives the command a scanner, its exit status back, and leaves nothing`() async throws {
        let folder = try TemporaryFolder()
        let script = "echo $UMOCKDEV_DIR; \"$0\" capture 1 \"$1\" 60000; exit 7"
        let run = try RunningProgram([
            simulate, "run", "nb1010", "--finger", "7", "--impression", "2", "--", "sh", "-c", script,
            ScanProgram.path(), folder.file("seen"),
        ])
        #expect(try await run.end() == 7)
        let expected = ScannerModel.nb1010.impression(of: finger7, 2)
        #expect(try contents(folder.file("seen-0.pgm")) == expected.pgm)
        try expectNothingLeft(run)
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func `run passes a stop signal to the command, waits for it, and leaves nothing`(signal: Int32) async throws {
        let script =
            "trap 'echo stopping; exit 9' INT TERM HUP; echo $UMOCKDEV_DIR; echo ready; while :; do sleep 0.05; done"
        let run = try RunningProgram([simulate, "run", "uru4500", "--finger", "7", "--", "sh", "-c", script])
        #expect(try await run.says("ready"))
        run.send(signal: signal)
        #expect(try await run.end() == 9)
        #expect(run.lines.last == "stopping")
        try expectNothingLeft(run)
    }

    @Test func `a command that a signal ends leaves nothing either`() async throws {
        let run = try RunningProgram([
            simulate, "run", "nb1010", "--finger", "7", "--", "sh", "-c",
            "echo $UMOCKDEV_DIR; echo ready; exec sleep 30",
        ])
        #expect(try await run.says("ready"))
        run.send(signal: SIGTERM)
        #expect(try await run.end() == 128 + SIGTERM)
        try expectNothingLeft(run)
    }

    /// The command's first line is umockdev's folder, which lies in the private one.
    private func expectNothingLeft(_ run: RunningProgram) throws {
        let testbed = URL(fileURLWithPath: try #require(run.lines.first))
        let own = testbed.deletingLastPathComponent()
        #expect(own.lastPathComponent.hasPrefix("pidd-simulate-"))
        #expect(!FileManager.default.fileExists(atPath: own.path))
    }

    @Test func `the command keeps the TMPDIR it would have had`() async throws {
        let print = [simulate, "run", "nb1010", "--finger", "7", "--", "sh", "-c", "echo ${TMPDIR-none}"]
        let kept = try RunningProgram(print, environment: ["TMPDIR": "/var/tmp"])
        #expect(try await kept.end() == 0)
        #expect(kept.output == "/var/tmp\n")
    }

    @Test(arguments: [
        (["print", "-o", "x.png"], "--finger"), (["print", "--finger", "7", "-o", "x.gif"], ".png or .pgm"),
        (["scanner", "uru4500", "--finger", "7", "--delay", "2", "-o", "x"], "nb1010"),
        (["scanner", "nb1010", "--finger", "7", "--captures", "0", "-o", "x"], "1 to"),
        (["run", "nb1010", "--finger", "7"], "COMMAND"), (["finger", "--finger", "7"], "--socket"),
        (["finger", "--socket", "x", "--finger", "7", "--unplug"], "one of"), (["prnt"], "did you mean 'print'"),
    ])
    func `a wrong command line ends with status 64 and says what is wrong`(
        arguments: [String], hint: String
    ) async throws {
        let tool = try RunningProgram([simulate] + arguments)
        #expect(try await tool.end() == 64)
        #expect(tool.errors.contains(hint), "\(tool.errors)")
    }

    @Test func `a command that is not there is an error with a next step, before anything is started`() async throws {
        let tool = try RunningProgram([simulate, "run", "nb1010", "--finger", "7", "--", "/no/such/program"])
        #expect(try await tool.end() == 1)
        #expect(tool.errors.contains("check its path"))
    }

    @Test func `help names the exit statuses`() async throws {
        let tool = try RunningProgram([simulate, "--help"])
        #expect(try await tool.end() == 0)
        #expect(tool.output.contains("Exit status: 0 "))
    }

    @Test func `the command is in the process group of pidd-simulate, and umockdev-run is not`() async throws {
        let script = "for p in $$ $PPID $(ps -o ppid= -p $PPID); do ps -o pgid= -p $p; done"
        let run = try RunningProgram([simulate, "run", "nb1010", "--finger", "7", "--", "sh", "-c", script])
        #expect(try await run.end() == 0)
        let groups = run.lines.map { Int32($0.filter { $0 != " " }) ?? 0 }
        try #require(groups.count == 3)
        #expect(groups[0] == groups[2])
        #expect(groups[0] != groups[1])
    }

    @Test(arguments: ["print", "scanner", "run", "finger"])
    func `every command explains itself`(command: String) async throws {
        let tool = try RunningProgram([simulate, command, "--help"])
        #expect(try await tool.end() == 0)
        #expect(tool.output.hasPrefix("Usage: pidd-simulate \(command)"))
    }
}

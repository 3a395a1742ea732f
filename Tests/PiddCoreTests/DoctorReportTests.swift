// What people, scripts and those who help get to read of a doctor's visit.
import FoundationEssentials
import Glibc
@testable import PiddCore
import Platform
import TestSupport
import Testing

struct DoctorReportTests {
    private let good = Check("scanner", "attached", .ok, "a scanner at 1-7")
    private let doubtful = Check("scanner", "persist", .warn, "it persists", nextStep: "stop that")
    private let bad = Check(
        "identity", "key-P", .fail, "/var/lib/pidd/identity/AB12CD/P/device.key is open", nextStep: "close it")

    @Test func `each group has a headline, and each next step stands below its finding`() {
        #expect(
            DoctorReport([good, doubtful, bad]).text == """
                scanner
                  ok    attached  a scanner at 1-7
                  warn  persist   it persists
                                  -> stop that
                identity
                  fail  key-P     /var/lib/pidd/identity/AB12CD/P/device.key is open
                                  -> close it
                1 ok, 1 to mind, 1 failed

                """)
    }

    @Test func `a warning does not make a machine ill, a failure does`() {
        #expect(DoctorReport([good, doubtful]).isHealthy)
        #expect(!DoctorReport([good, bad]).isHealthy)
    }

    @Test func `an independent reader finds everything in the JSON line`() async throws {
        let line = DoctorReport([good, doubtful, bad]).jsonLine
        #expect(line.count { $0 == "\n" } == 1)
        let read = try await RunningProgram.run(
            [
                "/usr/bin/python3", "-c",
                "import json,sys; d=json.load(sys.stdin); c=d['checks'][1]; print(d['healthy'], len(d['checks']),"
                    + " c['group'], c['name'], c['verdict'], c['finding'], c['next_step'])",
            ], input: line)
        #expect(read.output == "False 3 scanner persist warn it persists stop that\n", "\(read.errors)")
    }

    @Test func `a bundle names neither scanner nor home folder and is for its owner only`() throws {
        let folder = try TemporaryFolder()
        let report = DoctorReport(
            [
                bad, Check("socket", "socket", .ok, "/home/somebody/s, also XY-77-99"),
                Check("machine", "ports", .ok, "999941057058 and 11100"),
            ], serials: ["XY-77-99", "1"])
        try report.write(bundle: folder.file("bundle"), home: "/home/somebody")
        let text = String(decoding: try readFile(folder.file("bundle"), limit: 1 << 16), as: UTF8.self)
        #expect(text.contains("/var/lib/pidd/identity/<serial>/P/device.key"))
        #expect(text.contains("~/s, also <serial>"))
        #expect(text.contains("<number> and 11100"))
        for secret in ["AB12CD", "XY-77-99", "somebody", "999941057058"] { #expect(!text.contains(secret)) }
        var status = stat()
        #expect(unsafe stat(folder.file("bundle"), &status) == 0 && status.st_mode & 0o777 == 0o600)
    }
}

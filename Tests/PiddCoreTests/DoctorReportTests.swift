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

    @Test func `a bundle is a tar file that names neither scanner nor home folder and is for its owner only`()
        async throws
    {
        let folder = try TemporaryFolder()
        var settings = DaemonSettings()
        settings.scannerID = "298d-1010-XY-77-99"
        settings.loopback.hosts = ["till-of-somebody"]
        settings.provider.key = "pkcs11:object=till?pin-value=AB12CD"
        let report = DoctorReport(
            [
                bad, Check("socket", "socket", .ok, "/home/somebody/s, also XY-77-99"),
                Check("machine", "ports", .ok, "999941057058 and 11100"),
            ], serials: ["XY-77-99", "1"],
            papers: [("settings.txt", settingsPaper(settings)), ("usb.txt", "1-7 298d:1010 XY-77-99\n")])
        try report.write(bundle: folder.file("bundle"), home: "/home/somebody")
        // The machine's own tar is the independent reader.
        let list = try await RunningProgram.run(["tar", "tvf", folder.file("bundle")])
        #expect(list.status == 0 && list.errors.isEmpty, "\(list.errors)")
        let names = list.output.split(separator: "\n").compactMap { $0.split(separator: " ").last }
        #expect(
            names
                == ["report.txt", "report.json", "versions.txt", "settings.txt", "usb.txt"].map { "pidd-doctor/\($0)" })
        #expect(list.output.split(separator: "\n").allSatisfy { $0.hasPrefix("-rw------- 0/0 ") })
        let text = try await RunningProgram.run(["tar", "xOf", folder.file("bundle")]).output
        #expect(text.contains("/var/lib/pidd/identity/<serial>/P/device.key"))
        #expect(text.contains("~/s, also <serial>"))
        for section in DaemonSettings.known.keys {
            #expect(text.contains("\n[\(section)]\n") || text.contains("[\(section)]\n"))
        }
        #expect(
            text.contains("\nports = 11100-11120\n") && text.contains("\nhosts = (1)\n") && text.contains("key = (set)")
        )
        #expect(text.contains("<number> and 11100"))
        #expect(text.contains("1-7 298d:1010 <serial>") && text.contains("id = (set)") && text.contains("\nkernel "))
        for secret in ["AB12CD", "XY-77-99", "somebody", "999941057058"] { #expect(!text.contains(secret)) }
        var status = stat()
        #expect(unsafe stat(folder.file("bundle"), &status) == 0 && status.st_mode & 0o777 == 0o600)
    }
}

// What the doctor makes of files such as the kernel and an administrator leave them.
import Glibc
@testable import PiddCore
import Platform
import PIDSeal
import Scanner
import TestSupport
import Testing

struct DoctorChecksTests {
    /// A machine in a folder: sysfs, device files and /proc.
    private final class Machine {
        let folder: TemporaryFolder
        var sysfs: String { folder.file("sys") }
        var proc: String { folder.file("proc") }

        init() throws {
            folder = try TemporaryFolder()
            for name in ["sys", "proc/net", "dev/001"] { try makeFolders(folder.file(name), mode: 0o700) }
        }

        func plug(_ place: String, _ vendor: String, _ product: String, number: Int, more: [String: String] = [:])
            throws
        {
            try makeFolders("\(sysfs)/\(place)/power", mode: 0o700)
            let attributes = ["idVendor": vendor, "idProduct": product, "busnum": "1", "devnum": "\(number)"]
            for (name, value) in attributes.merging(more, uniquingKeysWith: { $1 }) {
                _ = try folder.write("sys/\(place)/\(name)", "\(value)\n".utf8)
            }
            _ = try folder.write("dev/001/00\(number)", [])
        }

        func checks(wanted: String? = nil) -> [Check] {
            let devices = USBDevice.attached(root: sysfs, nodes: folder.file("dev"))
            let found = ScannerChecks.scanners(in: devices, table: .builtIn)
            return ScannerChecks(found: found, wanted: wanted, daemon: nil, proc: proc).checks()
        }
    }

    private func verdicts(_ checks: [Check]) -> [String: Verdict] {
        Dictionary(checks.map { ($0.name, $0.verdict) }) { first, _ in first }
    }

    @Test func `a machine without a scanner fails, whatever else is on USB`() throws {
        let machine = try Machine()
        try machine.plug("usb1", "1d6b", "0002", number: 1)
        #expect(verdicts(machine.checks()) == ["attached": .fail])
    }

    @Test func `a known scanner has driver, resolution, rights and power looked at`() throws {
        let machine = try Machine()
        try machine.plug(
            "1-7", "298d", "1010", number: 3,
            more: ["serial": "A/B 12", "power/control": "auto", "power/persist": "1"])
        let checks = machine.checks()
        #expect(
            verdicts(checks) == [
                "attached": .ok, "resolution": .ok, "rights": .ok, "holders": .ok, "autosuspend": .warn,
                "persist": .warn,
            ])
        #expect(checks[0].finding == "NEXT Biometrics NB-1010-U (298d:1010) at 1-7, driver nb1010")
        #expect(USBDevice.attached(root: machine.sysfs)[0].registeredName == "AB12")
        #expect(!checks.contains { $0.finding.contains("AB12") })
        _ = try machine.folder.write("sys/1-7/power/control", "on\n".utf8)
        _ = try machine.folder.write("sys/1-7/power/persist", "0\n".utf8)
        #expect(!machine.checks().contains { $0.verdict != .ok })
    }

    @Test func `the model that is registered is that of the attached scanner with the serial number`() throws {
        let machine = try Machine()
        try machine.plug("1-1", "298d", "1010", number: 1, more: ["serial": "AB12"])
        try machine.plug("1-2", "05ba", "000a", number: 2, more: ["serial": "{AB13}"])
        try machine.plug("1-3", "298d", "1010", number: 3)
        try machine.plug("1-4", "298d", "1010", number: 4, more: ["serial": "AB/14"])
        func found(_ serial: String) throws -> String {
            try modelOnUSB(
                ofScanner: serial,
                among: USBDevice.attached(root: machine.sysfs, nodes: machine.folder.file("dev")))
        }
        func code(_ serial: String) throws -> String? {
            do {
                _ = try found(serial)
                return nil
            } catch { return (error as? IdentityError)?.code }
        }
        #expect(try found("AB12") == "298d:1010")
        #expect(try found("AB13") == "05ba:000a")
        #expect(try code("XY99") == "scanner-not-attached")
        // The place on USB is no serial number, nor is what is left of one.
        #expect(try code("298d-1010-1-3") == "scanner-without-serial")
        #expect(try code("AB14") == "scanner-without-serial")
        // Two models that state one.
        try machine.plug("1-5", "05ba", "000a", number: 5, more: ["serial": "AB12"])
        #expect(try code("AB12") == "scanner-not-attached")
    }

    @Test func `the scanner that the settings name is looked for by its id`() throws {
        let machine = try Machine()
        try machine.plug("1-7", "298d", "1010", number: 3, more: ["serial": "AB12"])
        try machine.plug("1-8", "05ba", "000a", number: 4)
        func choice(_ id: String?) -> Check? { machine.checks(wanted: id).first { $0.name == "choice" } }
        #expect(choice(nil) == nil)
        // As ScannerInfo.id is made; the second form is that of one of two with the same serial number.
        for id in ["298d-1010-AB12", "298d-1010-AB12-1-7", "05ba-000a-1-8"] { #expect(choice(id)?.verdict == .ok) }
        #expect(choice("298d-1010-1-7")?.verdict == .fail)
        #expect(choice("298d-1010-1-7")?.nextStep.contains("one of: 298d-1010-AB12, 05ba-000a-1-8") == true)
    }

    @Test func `a scanner without an open driver is named, with what can be done`() throws {
        let model = try #require(ScannerTable.builtIn.models.first { $0.driver == nil && !$0.products.isEmpty })
        let machine = try Machine()
        func hex(_ number: UInt16) -> String { String(number, radix: 16) }
        let ids = model.products[0]
        try machine.plug("1-2", hex(ids.vendor), hex(ids.products.lowerBound), number: 4)
        let checks = machine.checks()
        #expect(checks.map(\.verdict) == [.fail])
        #expect(checks[0].finding.contains(model.title))
        #expect(checks[0].nextStep == model.advice)
        // Beside one that works it is only worth a word.
        try machine.plug("1-7", "298d", "1010", number: 3)
        #expect(machine.checks().first?.verdict == .warn)
    }

    @Test func `a program that has the scanner open is named`() throws {
        let machine = try Machine()
        try machine.plug("1-7", "298d", "1010", number: 3)
        try makeFolders("\(machine.proc)/4711/fd", mode: 0o700)
        _ = try machine.folder.write("proc/4711/comm", "fprintd\n".utf8)
        #expect(unsafe symlink(machine.folder.file("dev/001/003"), "\(machine.proc)/4711/fd/5") == 0)
        let holders = try #require(machine.checks().first { $0.name == "holders" })
        #expect(holders.verdict == .fail)
        #expect(holders.finding == "fprintd (pid 4711) has it open")
    }

    @Test(arguments: [(15, .ok), (13, .warn), (6, .warn), (0, .warn), (-1, .fail)] as [(Int64, Verdict)])
    func `a certificate is told in time before it ends`(days: Int64, verdict: Verdict) {
        let now: Int64 = 1_700_000_000
        let check = IdentityChecks.validity(
            from: now - 1, to: now + days * 86_400 + (days < 0 ? 0 : 1), now: now, name: "c", words: "the certificate",
            renewal: "renew it")
        #expect(check.verdict == verdict)
        #expect(check.nextStep.hasSuffix("now, before captures are refused") == (0..<7).contains(days))
    }

    @Test func `a clock before the certificate begins is told as such`() {
        let check = IdentityChecks.validity(from: 20, to: 30, now: 10, name: "c", words: "it", renewal: "renew it")
        #expect(check.verdict == .fail)
        #expect(check.nextStep == "check the clock")
    }

    @Test(arguments: [(0, .ok), (-30, .warn), (30 * 365, .warn), (365, .ok)] as [(Int64, Verdict)])
    func `a clock far from the time of the build is not believed`(days: Int64, verdict: Verdict) {
        let built: Int64 = 1_700_000_000
        #expect(MachineChecks(now: built + days * 86_400, built: built, daemon: nil).clock().verdict == verdict)
    }

    @Test func `the listeners on ports of RD services are named, and nobody else`() throws {
        let machine = try Machine()
        // 127.0.0.1:11101, 0.0.0.0:80, 192.168.0.2:11100, and a connection from port 11102.
        let table = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0100007F:2B5D 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 5001 1 0
               1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 5002 1 0
               2: 0200A8C0:2B5C 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 5003 1 0
               3: 0100007F:2B5E 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 5004 1 0

            """
        let table6 = """
              sl  local_address                         remote_address                        st
               0: 00000000000000000000000000000000:2B70 00000000000000000000000000000000:0000 0A 0:0 00:0 0  33 0 5005 1

            """
        _ = try machine.folder.write("proc/net/tcp", table.utf8)
        _ = try machine.folder.write("proc/net/tcp6", table6.utf8)
        try makeFolders("\(machine.proc)/99/fd", mode: 0o700)
        _ = try machine.folder.write("proc/99/comm", "other-rd\n".utf8)
        #expect(unsafe symlink("socket:[5001]", "\(machine.proc)/99/fd/3") == 0)
        func ports(daemon: Int32?) throws -> Check {
            try #require(
                MachineChecks(now: 0, built: 0, daemon: daemon, proc: machine.proc).checks().first {
                    $0.name == "ports"
                })
        }
        #expect(try ports(daemon: nil).verdict == .warn)
        #expect(
            try ports(daemon: nil).finding.hasSuffix(
                ": other-rd (pid 99) on port 11101; a process of user 33 on port 11120"))
        // The daemon's own port is not a stranger's.
        #expect(try !ports(daemon: 99).finding.contains("11101"))
    }

    @Test func `what a real listener on loopback does is seen in the kernel's own table`() throws {
        let socket = try Descriptor(Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0), from: "socket")
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        try unsafe withUnsafeMutablePointer(to: &address) { address in
            try unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                try #require(unsafe bind(socket.raw, address, length) == 0)
                try #require(listen(socket.raw, 1) == 0)
                try #require(unsafe getsockname(socket.raw, address, &length) == 0)
            }
        }
        let port = UInt16(bigEndian: address.sin_port)
        let table = String(decoding: try readKernelFile("/proc/net/tcp", limit: 1 << 20), as: UTF8.self)
        let listener = try #require(TCPListener.all(in: table).first { $0.port == port })
        #expect(listener.isLocal)
        #expect(listener.user == geteuid())
    }

    @Test func `limits of a process are read as the kernel writes them`() throws {
        let machine = try Machine()
        let limits = """
            Limit                     Soft Limit           Hard Limit           Units
            Max core file size        unlimited            unlimited            bytes
            Max locked memory         65536                65536                bytes

            """
        try makeFolders("\(machine.proc)/77", mode: 0o700)
        _ = try machine.folder.write("proc/77/limits", limits.utf8)
        let checks = MachineChecks(now: 0, built: 0, daemon: 77, proc: machine.proc).checks()
        #expect(verdicts(checks)["core-dumps"] == .warn)
        #expect(verdicts(checks)["memlock"] == .warn)
    }

    @Test func `a silent daemon is given up at the deadline`() throws {
        let folder = try TemporaryFolder()
        let listener = try Descriptor(Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0), from: "socket")
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = folder.file("s")
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let bound = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(listener.raw, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0 && listen(listener.raw, 1) == 0)
        let error = #expect(throws: SystemError.self) {
            _ = try SocketProbe(asking: path, within: .milliseconds(100))
        }
        #expect(error?.code == ETIMEDOUT)
    }
}

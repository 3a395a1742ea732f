// What a finished capture leaves behind: nothing that was secret, in memory, journal or files.
import Glibc
import FoundationEssentials
import Platform
import TestSupport
import Testing

@Suite(.serialized) struct SecrecyTests {
    /// The process id of the pidd that runs below pidd-simulate and umockdev-run.
    private func daemonID(of pidd: Pidd) async throws -> Int32 {
        let found = try await RunningProgram.run(["pgrep", "-f", "^[^ ]*pidd serve --socket \(pidd.socket)"])
        return try #require(found.output.split(separator: "\n").first.flatMap { Int32($0) }, "\(found.errors)")
    }

    /// The driver of the U.are.U 4500 keeps nothing; that of the NB-1010 keeps the last picture in a buffer of its own until it is
    /// closed, some seconds after the capture (docs/security.md).
    @Test(arguments: ["uru4500", "nb1010"])
    func `after a capture neither pictures, template, PID, keys, OTP nor signature can be found anywhere`(
        scanner: String
    ) async throws {
        let pidd = try await Pidd(.recorded([scanner, "--finger", "7"]))
        let recording = pidd.folder.file("recording")
        let made = try await RunningProgram.run([
            program("pidd-simulate"), "scanner", scanner, "--finger", "7", "-o", recording,
        ])
        #expect(made.status == 0)
        let answer = try await pidd.capture(pidOptions(["fType": "2", "otp": "482915"]))
        #expect(answer.attribute("errCode") == "0")
        // The operation ends, and with it the picture goes, when the finger has been lifted.
        try await pidd.waitUntil("READY")
        let diary = try pidd.folder.write("diary", pidd.process.errors.utf8)
        var words = [
            "/usr/bin/python3", tool("find_secrets.py"), "--uidai-key", "\(pidd.standIn)/uidai.key", "--picture",
            "\(recording)/expected-0.pgm", "--file", diary,
        ]
        let process = try await daemonID(of: pidd)
        if geteuid() == 0 {
            words += ["--pid", "\(process)"]
        } else {
            // Whoever is not root cannot even look.
            #expect(unsafe access("/proc/\(process)/mem", R_OK) != 0)
        }
        let search = try await RunningProgram.run(words, input: answer.body)
        #expect(search.output.contains("searched "), "\(search.errors)")
        var finds = search.output.split(separator: "\n").filter { !$0.hasPrefix("searched ") }
        if scanner == "nb1010" {
            #expect(finds.filter { !$0.hasPrefix("picture row") } == [])
            let deadline = SuspendingClock().now + .seconds(60)
            while !finds.isEmpty, SuspendingClock().now < deadline {
                try await Task.sleep(for: .milliseconds(500))
                let search = try await RunningProgram.run(words, input: answer.body)
                finds = search.output.split(separator: "\n").filter { !$0.hasPrefix("searched ") }
            }
            // A scanner that rests is as good as ready.
            #expect(try await pidd.request("RDSERVICE", "/").body.contains("status=\"READY\""))
        }
        #expect(finds == [])
    }

    /// A capture with an OTP in one of the two dialects, and its PidData.
    private func capture(_ pidd: Pidd, otp: String, asJSON: Bool) async throws -> String {
        guard asJSON else { return try await pidd.capture(pidOptions(["fType": "2", "otp": otp])).body }
        struct Capture: Decodable { let pid_data: String }
        let answer = try await pidd.request(
            "POST", "/v1/captures", body: "{\"type\":\"both\",\"otp\":\"\(otp)\"}",
            more: ["--header", "Content-Type: application/json"])
        try #require(answer.status == 200, "\(answer.body)")
        return try JSONDecoder().decode(Capture.self, from: Data(answer.body.utf8)).pid_data
    }

    /// Every tenth capture is looked for, in turn one of each dialect; the state folder, where a daemon may write, is the disk.
    @Test func `after 100 captures neither their secrets nor the device key are in memory, journal or on disk`()
        async throws
    {
        let pidd = try await Pidd(.recorded(["uru4500", "--finger", "7", "--captures", "100"]))
        let recording = pidd.folder.file("recording")
        _ = try await RunningProgram.run([
            program("pidd-simulate"), "scanner", "uru4500", "--finger", "7", "-o", recording,
        ])
        var answers = ""
        for number in 1...100 {
            let answer = try await capture(pidd, otp: "\(482_915 + 1009 * number)", asJSON: number % 20 < 10)
            try #require(answer.contains(" errCode=\"0\""), "capture \(number): \(answer)")
            if number % 10 == 0 { answers += answer }
        }
        try await pidd.waitUntil("READY")
        let diary = try pidd.folder.write("diary", pidd.process.errors.utf8)
        var words = [
            "/usr/bin/python3", tool("find_secrets.py"), "--uidai-key", "\(pidd.standIn)/uidai.key", "--picture",
            "\(recording)/expected-0.pgm", "--device-key", "\(pidd.state)/identity/any/P/device.key", "--file", diary,
            "--folder", pidd.state,
        ]
        if geteuid() == 0 { words += ["--pid", "\(try await daemonID(of: pidd))"] }
        let search = try await RunningProgram.run(words, input: answers)
        #expect(search.output.contains("searched "), "\(search.errors)")
        #expect(search.output.split(separator: "\n").filter { !$0.hasPrefix("searched ") } == [])
    }

    /// A request that is refused runs nothing afterwards that would overwrite what the reading of it leaves on the stacks of threads.
    @Test func `the OTPs of requests that are refused are neither in memory nor in the journal`() async throws {
        let pidd = try await Pidd(.none)
        var asking = ["curl"]
        var searching = ["/usr/bin/python3", tool("find_secrets.py")]
        for number in 1...20 {
            let (inJSON, inXML) = ("\(482_915 + 1009 * number)", "\(517_204 + 2003 * number)")
            searching += ["--otp", inJSON, "--otp", inXML]
            for words in [
                ["--json", #"{"otp":"\#(inJSON)"}"#, "http://localhost/v1/captures"],
                ["--request", "CAPTURE", "--data", pidOptions(["otp": inXML]), "http://localhost/rd/capture"],
            ] {
                if asking.count > 1 { asking.append("--next") }
                asking += ["--silent", "--show-error", "--unix-socket", pidd.socket] + words
            }
        }
        let asked = try await RunningProgram.run(asking)
        #expect(asked.output.components(separatedBy: "\"device-absent\"").count == 21, "\(asked.text)")
        #expect(asked.output.components(separatedBy: "errCode=\"720\"").count == 21, "\(asked.text)")
        searching += ["--file", try pidd.folder.write("diary", pidd.process.errors.utf8)]
        if geteuid() == 0 { searching += ["--pid", "\(pidd.process.processID)"] }
        let search = try await RunningProgram.run(searching)
        #expect(search.status == 0 && search.output.contains(" 40 secrets: 0 found"), "\(search.text)")
    }

    /// The search itself works: all that it looks for is found where it is, and rows of the picture in the picture.
    @Test func `the search finds a picture and every other secret that is there`() async throws {
        let pidd = try await Pidd(.recorded(["nb1010", "--finger", "7"]))
        let recording = pidd.folder.file("recording")
        _ = try await RunningProgram.run([
            program("pidd-simulate"), "scanner", "nb1010", "--finger", "7", "-o", recording,
        ])
        let answer = try await pidd.capture(pidOptions(["fType": "2", "otp": "482915"]))
        let planted = pidd.folder.file("planted")
        let search = try await RunningProgram.run(
            [
                "/usr/bin/python3", tool("find_secrets.py"), "--uidai-key", "\(pidd.standIn)/uidai.key", "--picture",
                "\(recording)/expected-0.pgm", "--device-key", "\(pidd.state)/identity/any/P/device.key", "--file",
                "\(recording)/expected-0.pgm", "--plant", planted,
            ], input: answer.body)
        #expect(search.status == 1)
        let finds = search.output.split(separator: "\n")
        #expect(finds.contains { $0.hasPrefix("picture row") && $0.hasSuffix("expected-0.pgm") })
        for kind in ["template of the FMR", "picture of the FIR", "session key", "OTP", "p of the device key"] {
            #expect(finds.contains { $0.hasPrefix(kind) && $0.hasSuffix(planted) }, "\(kind)")
        }
        let count = finds.count { $0.hasSuffix(planted) }
        #expect(finds.last?.hasPrefix("searched 2 places for \(count) secrets: ") == true, "\(finds.last ?? "")")
    }

    /// As root, both run as somebody else: in /proc a process of root belongs to root whether it may be dumped or not.
    @Test func `neither daemon nor client may be dumped, and their secrets are kept off the swap`() async throws {
        let folder = try TemporaryFolder()
        let isRoot = geteuid() == 0
        let user: UInt32 = isRoot ? 65533 : geteuid()
        let drop = isRoot ? ["setpriv", "--reuid=65533", "--clear-groups"] : []
        #expect(unsafe chmod(folder.path, 0o755) == 0 && chown(folder.path, user, gid_t.max) == 0)
        for name in ["pidd", "ekyc-client"] {
            #expect(try await RunningProgram.run(["cp", program(name), folder.path]).status == 0)
        }
        let (state, socket) = (folder.file("state"), folder.file("pidd.sock"))
        let made = try await RunningProgram.run(
            drop + [
                folder.file("pidd"), "provision", "--test", "--state", state, "--stand-in", folder.file("stand-in"),
            ]
        )
        try #require(made.status == 0, "\(made.errors)")
        let daemon = try RunningProgram(
            drop + [folder.file("pidd"), "serve", "--socket", socket, "--state", state, "--allow-virtual-scanner"],
            environment: ["FP_VIRTUAL_IMAGE": folder.file("glass"), "FP_DRIVERS_WHITELIST": "virtual_image"])
        try await daemon.wait(for: "socket") { FileManager.default.fileExists(atPath: socket) }
        let client = try RunningProgram(
            drop + [folder.file("ekyc-client"), "capture", "--socket", socket, "--otp-file", "-"], input: nil)
        // What others are spared is there to be seen in a program that does nothing about it.
        let other = try RunningProgram(drop + ["sleep", "60"])
        try await other.wait(for: "start") { try owner(ofProcess: other.processID) == user }

        // The client has made room for the OTP; when that was told, the daemon holds it and waits for the finger.
        try await expectShielded(client)
        client.tell("482915")
        client.closeInput()
        try await expectShielded(daemon)
    }

    /// Expects that a program that holds a secret belongs to root in /proc, has no core files, and has all that is secret locked.
    private func expectShielded(_ program: RunningProgram) async throws {
        let process = program.processID
        try await program.wait(for: "locked page") { try !text(process, "status").contains("VmLck:\t       0 kB") }
        #expect(try owner(ofProcess: process) == 0)
        let core = try text(process, "limits").split(separator: "\n").first { $0.hasPrefix("Max core file size") }
        #expect(core?.split(whereSeparator: \.isWhitespace).suffix(3) == ["0", "0", "bytes"])
        guard geteuid() == 0 else { return }
        let flags = try text(process, "smaps").split(separator: "\n").filter { $0.hasPrefix("VmFlags:") }
            .map { $0.split(separator: " ") }
        // Writable, and left out of dumps (dd): locked (lo), and wiped in forked children (wf).
        let shielded = flags.filter { $0.contains("wr") && $0.contains("dd") }
        #expect(!shielded.isEmpty)
        #expect(shielded.allSatisfy { $0.contains("lo") && $0.contains("wf") }, "\(shielded)")
    }

    private func text(_ process: Int32, _ file: String) throws -> String {
        String(decoding: try readKernelFile("/proc/\(process)/\(file)", limit: 1 << 20), as: UTF8.self)
    }

    /// A process that is not dumpable belongs to root in /proc, whoever runs it.
    private func owner(ofProcess process: Int32) throws -> UInt32 {
        var file = stat()
        guard unsafe stat("/proc/\(process)/environ", &file) == 0 else { throw SystemError("stat") }
        return file.st_uid
    }

    @Test func `the client gives no secret to its arguments or environment, or to what it says`() async throws {
        let pidd = try await Pidd(.recorded(["nb1010", "--finger", "7"]))
        let sandbox = try await Sandbox(for: pidd)
        let ended = try await sandbox.finoEKYC(["-v"])
        #expect(ended.status == 3, "\(ended.errors)")
        for secret in [Sandbox.aadhaar, "system-test-access-key"] {
            #expect(!ended.errors.contains(secret))
            #expect(!ended.output.contains(secret))
            #expect(!sandbox.process.errors.contains(secret))
            #expect(!sandbox.process.output.contains(secret))
            #expect(!pidd.process.errors.contains(secret))
        }
    }

    @Test func `the secrets of TLS sessions are not written where the environment says`() async throws {
        let pidd = try await Pidd(.none)
        let sandbox = try await Sandbox(for: pidd)
        let keys = pidd.folder.file("keys.log")
        let words = [
            "fino", "verify-otp", "--customer", "9123456789", "--otp-file", "-", "--otp-ref-id", "1",
            "--kyc-request-id", "1",
            "--config", sandbox.config,
        ]
        let environment = ["SSLKEYLOGFILE": keys]
        let client = try await RunningProgram.run(
            [program("ekyc-client")] + words, environment: environment, input: "123456")
        #expect(client.status == 4, "\(client.errors)")
        #expect(!FileManager.default.fileExists(atPath: keys))
        // The variable does work: curl, on the same connection, writes them.
        let curl = try await RunningProgram.run(
            ["curl", "-s", "--cacert", sandbox.folder.file("ca.pem"), sandbox.url], environment: environment)
        #expect(curl.status == 0)
        #expect(FileManager.default.fileExists(atPath: keys))
    }

    @Test func `a capture can go into a pipe, which stays a pipe`() async throws {
        let pidd = try await Pidd(.recorded(["nb1010", "--finger", "7"]))
        let pipe = pidd.folder.file("pipe")
        #expect(unsafe mkfifo(pipe, 0o600) == 0)
        let reader = try RunningProgram(["cat", pipe])
        let client = try await RunningProgram.run([
            program("ekyc-client"), "capture", "--socket", pidd.socket, "-o", pipe,
        ])
        #expect(client.status == 0, "\(client.errors)")
        #expect(try await reader.wait().output.hasPrefix("<PidData>"))
        var status = stat()
        #expect(unsafe lstat(pipe, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
    }
}

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
    func `after a capture neither pictures, template, PID, keys nor signature can be found anywhere`(
        scanner: String
    ) async throws {
        let pidd = try await Pidd(.recorded([scanner, "--finger", "7"]))
        let recording = pidd.folder.file("recording")
        let made = try await RunningProgram.run([
            program("pidd-simulate"), "scanner", scanner, "--finger", "7", "-o", recording,
        ])
        #expect(made.status == 0)
        let answer = try await pidd.capture(pidOptions(["fType": "2"]))
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

    /// Every tenth capture is looked for; the state folder, where a daemon may write, is the disk.
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
            let answer = try await pidd.capture(pidOptions(["fType": "2"]))
            try #require(answer.attribute("errCode") == "0", "capture \(number): \(answer.body)")
            if number % 10 == 0 { answers += answer.body }
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

    /// The search itself works: all that it looks for is found where it is, and rows of the picture in the picture.
    @Test func `the search finds a picture and every other secret that is there`() async throws {
        let pidd = try await Pidd(.recorded(["nb1010", "--finger", "7"]))
        let recording = pidd.folder.file("recording")
        _ = try await RunningProgram.run([
            program("pidd-simulate"), "scanner", "nb1010", "--finger", "7", "-o", recording,
        ])
        let answer = try await pidd.capture(pidOptions(["fType": "2"]))
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
        for kind in ["template of the FMR", "picture of the FIR", "session key", "p of the device key"] {
            #expect(finds.contains { $0.hasPrefix(kind) && $0.hasSuffix(planted) }, "\(kind)")
        }
        let count = finds.count { $0.hasSuffix(planted) }
        #expect(finds.last?.hasPrefix("searched 2 places for \(count) secrets: ") == true, "\(finds.last ?? "")")
    }

    @Test func `neither daemon nor client may be dumped`() async throws {
        let pidd = try await Pidd(.none)
        let status = try String(contentsOfFile: "/proc/\(pidd.process.processID)/limits", encoding: .utf8)
        let core = try #require(status.split(separator: "\n").first { $0.hasPrefix("Max core file size") })
        #expect(core.split(whereSeparator: \.isWhitespace).suffix(3) == ["0", "0", "bytes"])
        // A process that is not dumpable belongs to root in /proc, whoever runs it.
        var file = stat()
        #expect(unsafe stat("/proc/\(pidd.process.processID)/environ", &file) == 0)
        #expect(file.st_uid == 0)
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

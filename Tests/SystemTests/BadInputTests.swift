// What a client may send: each mistake gets its code, the cause and the next step, and the next request works.
import Glibc
import Platform
import TestSupport
import Testing
import VirtualScanner

@Suite(.serialized) struct BadInputTests {
    /// A thing to send and the code that it gets.
    struct Mistake: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let document: String
        let errCode: String

        init(_ name: String, _ document: String, _ errCode: String) {
            testDescription = name
            self.document = document
            self.errCode = errCode
        }
    }

    static let mistakes = [
        Mistake("empty", "", "100"),
        Mistake("not XML", "fCount=1", "100"),
        Mistake("cut XML", "<PidOptions><Opts fCount=\"1\"", "100"),
        Mistake("another document", "<html/>", "100"),
        Mistake(
            "a DTD with an entity",
            "<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><PidOptions><Opts fCount=\"&e;\"/></PidOptions>",
            "100"),
        Mistake(
            "a billion laughs",
            "<!DOCTYPE a [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;\">]>"
                + "<PidOptions><Opts wadh=\"&c;\"/></PidOptions>", "100"),
        Mistake("no finger", pidOptions(["fCount": "0"]), "100"),
        Mistake("eleven fingers", pidOptions(["fCount": "11"]), "120"),
        Mistake("three pictures", pidOptions(["fCount": "3", "fType": "1"]), "120"),
        Mistake("three of both records", pidOptions(["fCount": "3", "fType": "2"]), "120"),
        Mistake("a number of fingers that is none", pidOptions(["fCount": "x"]), "120"),
        Mistake("no time", pidOptions(["timeout": "0"]), "160"),
        Mistake("negative time", pidOptions(["timeout": "-1"]), "160"),
        Mistake("all the time in the world", pidOptions(["timeout": "1000000000000"]), "160"),
        Mistake("another PID version", pidOptions(["pidVer": "1.0"]), "150"),
        Mistake("a type that is none", pidOptions(["fType": "9"]), "110"),
        Mistake("a format that is none", pidOptions(["format": "7"]), "190"),
        Mistake("a finger that is none", pidOptions(["posh": "LEFT_TOE"]), "170"),
        Mistake("a finger named twice", pidOptions(["fCount": "2", "posh": "LEFT_INDEX,LEFT_INDEX"]), "170"),
        Mistake("one name for two fingers", pidOptions(["fCount": "2", "posh": "LEFT_INDEX"]), "170"),
        Mistake("an iris type that is none", pidOptions(["iType": "x"]), "130"),
        Mistake("a number of irises that is none", pidOptions(["iCount": "x"]), "140"),
        Mistake("a face beside the finger", pidOptions(["pCount": "1"]), "180"),
        Mistake("a face alone", pidOptions(["fCount": "0", "pCount": "1"]), "100"),
        Mistake("an OTP alone", pidOptions(["fCount": "0", "otp": "123456"]), "120"),
        Mistake("an OTP of five digits", pidOptions(["otp": "12345"]), "100"),
        Mistake("all modalities", pidOptions(["iCount": "1", "pCount": "1"]), "100"),
        Mistake("a Demo that is none", pidOptions().replacing("</P", with: "<Demo><Px/></Demo></P"), "200"),
        Mistake(
            "a quality that is none",
            pidOptions().replacing("</P", with: "<CustOpts><Param name=\"minQuality\" value=\"200\"/></CustOpts></P"),
            "100"),
        Mistake("an environment that is none", pidOptions(["env": "X"]), "100"),
        Mistake("an iris", pidOptions(["fCount": "0", "iCount": "1", "iType": "0"]), "760"),
        Mistake("a wadh that is no hash", pidOptions(["wadh": "<>&"].mapValues { _ in "abc" }), "100"),
    ]

    @Test func `each mistake in PidOptions gets its code, and the next request works`() async throws {
        let pidd = try await Pidd(.recorded(["nb1010", "--finger", "7"]))
        for mistake in Self.mistakes {
            let answer = try await pidd.capture(mistake.document)
            #expect(answer.status == 200, "\(mistake.testDescription)")
            #expect(answer.attribute("errCode") == mistake.errCode, "\(mistake.testDescription): \(answer.body)")
            #expect(answer.attribute("errInfo")?.isEmpty == false)
            #expect(answer.body.utf8.count < 1000)
            #expect(!answer.body.contains("root:"))
        }
        #expect(try await pidd.capture(pidOptions()).attribute("errCode") == "0")
    }

    @Test func `too much, an unknown verb and an unknown path have their HTTP status`() async throws {
        let pidd = try await Pidd(.none)
        let large = "<PidOptions>\(String(repeating: " ", count: 64 * 1024))</PidOptions>"
        #expect(try await pidd.capture(large).status == 413)
        for (method, path, status) in [
            ("GET", "/rd/capture", 405), ("POST", "/rd/capture", 405), ("BREW", "/", 405), ("CAPTURE", "/rd/info", 405),
            ("CAPTURE", "/elsewhere", 404), ("DEVICEINFO", "/elsewhere", 404),
        ] {
            let answer = try await pidd.request(method, path)
            #expect(answer.status == status, "\(method) \(path)")
            #expect(!answer.body.isEmpty)
        }
        #expect(try await pidd.request("RDSERVICE", "/rd/Info?ts=1").status == 200)
    }

    @Test func `without a scanner the service answers NOTREADY and 720 and stays`() async throws {
        let pidd = try await Pidd(.none)
        #expect(try await pidd.request("RDSERVICE", "/").attribute("status") == "NOTREADY")
        let answer = try await pidd.capture(pidOptions())
        #expect(answer.attribute("errCode") == "720")
        #expect(answer.attribute("errInfo")?.contains("plug the scanner in") == true)
        #expect(try await pidd.request("DEVICEINFO", "/rd/info").body.hasPrefix("<DeviceInfo dpId=\"\""))
        let client = try await RunningProgram.run([program("ekyc-client"), "capture", "--socket", pidd.socket])
        #expect(client.status == 69)
        #expect(client.output.isEmpty)
    }

    @Test func `nobody who puts a finger on in time is 700, and the next capture works`() async throws {
        let pidd = try await Pidd(.virtual)
        #expect(try await pidd.capture(pidOptions(["timeout": "300"])).attribute("errCode") == "700")
        async let answer = pidd.capture(pidOptions())
        try await VirtualFinger(socketPath: pidd.glass).show(
            SyntheticFinger(seed: 3).impression(1, width: 388, height: 374, ppi: 500))
        #expect(try await answer.attribute("errCode") == "0")
    }

    @Test func `a virtual scanner is not used without the switch`() async throws {
        let folder = try TemporaryFolder()
        let socket = folder.file("s")
        let pidd = try RunningProgram(
            [program("pidd"), "serve", "--socket", socket, "--state", folder.path],
            environment: ["FP_VIRTUAL_IMAGE": folder.file("glass"), "FP_DRIVERS_WHITELIST": "virtual_image"])
        try await pidd.wait(for: "socket") { pidd.errors.contains("ready") }
        let answer = try await RunningProgram.run([
            "curl", "-s", "--unix-socket", socket, "-X", "RDSERVICE", "http://localhost/",
        ])
        #expect(answer.output.contains("NOTREADY"))
        #expect(answer.output.contains("no scanner is attached"))
    }

    @Test func `a scanner that is not registered is 740 with the command that helps`() async throws {
        let pidd = try await Pidd(.virtual, provision: false)
        let answer = try await pidd.capture(pidOptions())
        #expect(answer.attribute("errCode") == "740")
        #expect(answer.attribute("errInfo")?.hasSuffix("pidd provision --test --state \(pidd.state)") == true)
        // The journal has all of it.
        #expect(pidd.diary.contains("cause=\"the scanner is not registered\""))
        #expect(
            pidd.diary.contains("next=\"provision it, for tests with: pidd provision --test --state \(pidd.state)\""))
    }

    @Test func `provision prints the folder that it made`() async throws {
        let folder = try TemporaryFolder()
        let made = try await RunningProgram.run([
            program("pidd"), "provision", "--test", "--state", folder.path, "--serial", "../x",
        ])
        #expect(made.status == 0)
        let printed = try #require(made.output.split(separator: "\n").first { $0.hasPrefix("  identity ") })
        let path = try #require(printed.split(separator: " ").last)
        #expect(path == "\(folder.path)/identity/%2E.%2Fx")
        #expect(unsafe access("\(path)/identity.conf", F_OK) == 0)
    }

    @Test func `a missing, foreign or expired certificate and an open key are 740, each with its cause`() async throws {
        let pidd = try await Pidd(.virtual)
        let files = "\(pidd.state)/identity/any/P"
        func info() async throws -> String {
            let answer = try await pidd.capture(pidOptions())
            #expect(answer.attribute("errCode") == "740")
            return answer.attribute("errInfo") ?? ""
        }
        #expect(unsafe chmod("\(files)/device.key", 0o644) == 0)
        #expect(try await info().contains("chmod 600"))
        #expect(unsafe chmod("\(files)/device.key", 0o600) == 0)
        // openssl makes a UIDAI certificate that ended yesterday.
        let expired = try await RunningProgram.run([
            "/usr/bin/python3", tool("expired_certificate.py"), "\(files)/uidai.cer",
        ])
        #expect(expired.status == 0, "\(expired.errors)")
        #expect(try await info().contains("expired"))
        #expect(unsafe unlink("\(files)/uidai.cer") == 0)
        #expect(try await info().contains("UIDAI certificate"))
    }

    @Test func `the settings can name the scanner, and no other is used then`() async throws {
        let folder = try TemporaryFolder()
        for (id, status) in [("298d-1010-1-7", "READY"), ("05ba-000a-1-2", "NOTREADY")] {
            let config = try folder.write("pidd.conf", "[scanner]\nid = \(id)\n".utf8)
            let pidd = try await Pidd(
                .recorded(["nb1010", "--finger", "7"]), arguments: ["--config", config], waitsFor: status)
            #expect(try await pidd.capture(pidOptions()).attribute("errCode") == (status == "READY" ? "0" : "720"))
        }
    }

    @Test func `SIGTERM ends the daemon within two seconds, idle and in the middle of a capture`() async throws {
        for capturing in [false, true] {
            let pidd = try await Pidd(.virtual)
            async let waiting = capturing ? pidd.capture(pidOptions()) : nil
            if capturing { try await pidd.waitUntil("USED") }
            pidd.process.send(signal: SIGTERM)
            let ended = try await pidd.process.wait(within: .seconds(2))
            #expect(ended.status == 0)
            #expect(ended.errors.contains("\nstopped\n"))
            #expect(unsafe access(pidd.socket, F_OK) != 0)
            if capturing { #expect(try await waiting?.status == 503) }
        }
    }

    @Test func `settings that cannot be used stop the start with file and line`() async throws {
        let folder = try TemporaryFolder()
        let config = try folder.write("pidd.conf", "[server]\nmode = rw\n".utf8)
        let bad = try await RunningProgram.run([program("pidd"), "serve", "--config", config])
        #expect(bad.status == 78)
        #expect(bad.errors.contains("pidd.conf:2"))
        let missing = try await RunningProgram.run([program("pidd"), "serve", "--config", folder.file("none")])
        #expect(missing.status == 78)
        let table = try folder.write("scanners.conf", "[x]\nppi = many\n".utf8)
        let scanners = try folder.write(
            "scanners", "[server]\nsocket = \(folder.file("s"))\n[scanner]\ntable = \(table)\n".utf8)
        let unreadable = try await RunningProgram.run([program("pidd"), "serve", "--config", scanners])
        #expect(unreadable.status == 78)
        #expect(unreadable.errors.contains("scanners.conf"))
        let usage = try await RunningProgram.run([program("pidd"), "serve", "--nonsense"])
        #expect(usage.status == 64)
        let second = try await Pidd(.none)
        let taken = try await RunningProgram.run([program("pidd"), "serve", "--socket", second.socket])
        #expect(taken.status == 69)
        #expect(taken.errors.contains("another daemon"))
    }

    @Test func `an identity is replaced only on demand`() async throws {
        let folder = try TemporaryFolder()
        let words = try [program("pidd"), "provision", "--test", "--state", folder.path]
        #expect(try await RunningProgram.run(words).status == 0)
        let again = try await RunningProgram.run(words)
        #expect(again.status == 78)
        #expect(again.errors.contains("--force"))
        #expect(try await RunningProgram.run(words + ["--force"]).status == 0)
        #expect(try await RunningProgram.run(Array(words.dropLast(3)) + ["--state", folder.path]).status == 64)
    }
}

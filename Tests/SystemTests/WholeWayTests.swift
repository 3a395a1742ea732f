// From a scanner to a PidData that an independent program accepts, and to an accepted eKYC.
import FoundationEssentials
import Glibc
import Platform
import TestSupport
import Testing

@Suite(.serialized) struct WholeWayTests {
    /// What check_piddata.py prints of a good document.
    private struct Verdict: Decodable {
        let nmPoints: Int
        let width: Int
        let height: Int
    }

    /// Real USB drivers of libfprint on recorded USB sessions; sizes are those of the sensor at 500 ppi, the fingertip up.
    @Test(arguments: [("nb1010", 234, 332), ("uru4500", 375, 283)])
    func `a finger on a USB scanner becomes a PID that an independent program accepts`(
        scanner: String, width: Int, height: Int
    ) async throws {
        let pidd = try await Pidd(.recorded([scanner, "--finger", "7"]))
        let answer = try await pidd.capture(pidOptions())
        #expect(answer.status == 200)
        #expect(answer.attribute("errCode") == "0")
        let judged = try await pidd.judge(answer.body)
        #expect(judged.status == 0, "\(judged.errors)")
        let verdict = try JSONDecoder().decode(Verdict.self, from: Data(judged.output.utf8))
        #expect(verdict.nmPoints >= 12)
        #expect(answer.attribute("nmPoints") == "\(verdict.nmPoints)")
        #expect((verdict.width, verdict.height) == (width, height))
        // Any changed character of the sealed parts is noticed.
        let changed = answer.body.replacing("<Hmac>", with: "<Hmac>A", maxReplacements: 1)
        #expect(try await pidd.judge(changed).status != 0)
    }

    /// The picture that leaves the scanner room is the one that the recording holds, before any resampling; only turned for the
    /// NB-1010, on which the finger lies on its side.
    @Test(arguments: ["nb1010", "uru4500"]) func `the scanner's picture arrives unchanged`(scanner: String) async throws
    {
        let run = try await RunningProgram.run([
            program("pidd-simulate"), "run", scanner, "--finger", "7", "--impression", "3", "--", program("scan-probe"),
        ])
        let folder = try TemporaryFolder()
        let made = try await RunningProgram.run([
            program("pidd-simulate"), "scanner", scanner, "--finger", "7", "--impression", "3", "-o", folder.path,
        ])
        #expect(made.status == 0, "\(made.errors)")
        // P5, width, height, 255, then the pixels.
        let pgm = try readFile(folder.file("expected-0.pgm"), limit: 1 << 20)
        let fields = pgm.split(maxSplits: 4, whereSeparator: { $0 == 10 || $0 == 32 })
        func text(_ field: ArraySlice<UInt8>) -> String { String(decoding: field, as: UTF8.self) }
        var pixels = Array(fields[4])
        var (width, height) = (try #require(Int(text(fields[1]))), try #require(Int(text(fields[2]))))
        if scanner == "nb1010" {
            // A quarter clockwise: each column, from its bottom up, becomes a row.
            pixels = (0..<width).flatMap { x in
                (0..<height).reversed().map { y in fields[4][fields[4].startIndex + y * width + x] }
            }
            swap(&width, &height)
        }
        let hash = pixels.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        #expect(run.output == "\(width)x\(height) \(String(hash, radix: 16))\n")
    }

    @Test func `xmllint accepts every answer`() async throws {
        let pidd = try await Pidd(.recorded(["nb1010", "--finger", "7"]))
        let answers = [
            try await pidd.request("RDSERVICE", "/"), try await pidd.request("DEVICEINFO", "/rd/info"),
            try await pidd.capture(pidOptions()), try await pidd.capture("nonsense"),
        ]
        for answer in answers {
            #expect(answer.status == 200)
            let checked = try await RunningProgram.run(["xmllint", "--noout", "-"], input: answer.body)
            #expect(checked.status == 0, "\(checked.errors) \(answer.body)")
        }
    }

    @Test func `openssl accepts the device certificate below its provider`() async throws {
        let pidd = try await Pidd(.none)
        let files = "\(pidd.state)/identity/any/P"
        let verified = try await RunningProgram.run([
            "openssl", "verify", "-CAfile", "\(pidd.standIn)/provider-ca.cer", "\(files)/mc.cer",
        ])
        #expect(verified.status == 0, "\(verified.errors)")
        let text = try await RunningProgram.run([
            "openssl", "x509", "-in", "\(files)/mc.cer", "-noout", "-subject", "-text",
        ])
        #expect(text.output.contains("rd_device_"))
        #expect(text.output.contains("Public-Key: (2048 bit)"))
        #expect(text.output.contains("Signature Algorithm: sha256WithRSAEncryption"))
    }

    @Test func `one command makes an eKYC that the sandbox accepts, and the OTP finishes it`() async throws {
        let pidd = try await Pidd(.recorded(["nb1010", "--finger", "7"]))
        let sandbox = try await Sandbox(for: pidd)
        let ekyc = try await sandbox.finoEKYC()
        // The OTP check has to follow.
        #expect(ekyc.status == 3, "\(ekyc.errors)")
        let accepted = try JSONDecoder().decode(Reply.self, from: Data(ekyc.output.utf8)).data
        let references = [
            "--otp-ref-id", try #require(accepted.otp_ref_id), "--kyc-request-id",
            try #require(accepted.kyc_request_id),
        ]
        // The OTP went to the sandbox's own file only.
        let otp = String(decoding: try readFile(sandbox.otp, limit: 100), as: UTF8.self).filter(\.isNumber)
        #expect(otp.count == 6)
        #expect(!ekyc.output.contains(otp))

        let wrong = otp == "000000" ? "000001" : "000000"
        let verify = ["fino", "verify-otp", "--customer", "9123456789", "--json", "--otp-file"]
        let refused = try await sandbox.client(verify + ["-"] + references, input: wrong)
        #expect(refused.status != 0)
        #expect(refused.output.isEmpty)
        #expect(refused.errors.contains("\"error\""))

        let verified = try await sandbox.client(verify + [sandbox.otp] + references)
        #expect(verified.status == 0, "\(verified.errors)")
        let result = try JSONDecoder().decode(Reply.self, from: Data(verified.output.utf8)).data
        #expect(result.kyc_verified == true)
        #expect(result.available_limit == 25000)
        // Neither program said a secret.
        for text in [pidd.process.errors, sandbox.process.errors, ekyc.errors, verified.errors] {
            #expect(!text.contains(Sandbox.aadhaar))
        }
    }

    private struct Reply: Decodable {
        struct Fields: Decodable {
            let kyc_request_id: String?
            let otp_ref_id: String?
            let kyc_verified: Bool?
            let available_limit: Int?
        }

        let data: Fields
    }

    @Test func `ekyc-client capture writes a PidData that only its owner may read`() async throws {
        let pidd = try await Pidd(.recorded(["nb1010", "--finger", "7"]))
        let captured = try await RunningProgram.run([
            program("ekyc-client"), "capture", "--socket", pidd.socket, "-o", pidd.folder.file("pid.xml"),
        ])
        #expect(captured.status == 0, "\(captured.errors)")
        var status = stat()
        #expect(unsafe stat(pidd.folder.file("pid.xml"), &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        let document = String(decoding: try readFile(pidd.folder.file("pid.xml"), limit: 100_000), as: UTF8.self)
        #expect(try await pidd.judge(document).status == 0)
    }

    @Test func `the demo ends well and leaves nothing`() async throws {
        let folder = try TemporaryFolder()
        let bin = try program("").dropLast()
        let demo = try await RunningProgram.run(
            ["\(projectFolder)/scripts/demo"], environment: ["PIDD_BIN": String(bin), "TMPDIR": folder.path])
        #expect(demo.status == 0, "\(demo.output) \(demo.errors)")
        #expect(demo.output.contains("kyc_verified: true"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `a demo that is interrupted leaves nothing either`(signal: Int32) async throws {
        let folder = try TemporaryFolder()
        // The client waits for the signal to have been sent; a demo is over in seconds.
        let (programs, signalled) = (try TemporaryFolder(), "signalled")
        for name in ["pidd", "pidd-simulate", "eko-sandbox"] {
            try FileManager.default.createSymbolicLink(
                atPath: programs.file(name), withDestinationPath: try program(name))
        }
        let wait = "until [ -e \(programs.file(signalled)) ]; do sleep 0.05; done"
        let client = "#!/bin/sh\n\(wait)\nexec \(try program("ekyc-client")) \"$@\"\n"
        _ = try programs.write("ekyc-client", client.utf8, mode: 0o700)
        let demo = try RunningProgram(
            ["\(projectFolder)/scripts/demo"], environment: ["PIDD_BIN": programs.path, "TMPDIR": folder.path])
        try await demo.wait(for: "the client") { demo.output.contains("\n4. ") }
        demo.send(signal: signal)
        _ = try programs.write(signalled, [])
        let ended = try await demo.wait()
        #expect(ended.status == 128 + signal, "\(ended.text)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }
}

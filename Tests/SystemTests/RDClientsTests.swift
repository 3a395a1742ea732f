// The RD dialect as existing clients use it: all their PidOptions, each of UIDAI's systems, all that goes into the PID.
import FoundationEssentials
import Glibc
import Platform
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(10))) struct RDClientsTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let touches = ["nb1010", "--finger", "7", "--delay", "0.05"]

    /// Validates documents with one of the schemas that the project publishes.
    private func validate(_ files: [String], as schema: String) async throws {
        let checked = try await RunningProgram.run(
            ["xmllint", "--noout", "--nonet", "--schema", "\(projectFolder)/docs/schema/\(schema).xsd"] + files)
        #expect(checked.status == 0, "\(checked.errors.split(separator: "\n").filter { !$0.hasSuffix("validates") })")
    }

    @Test func `every known client gets what it asks for, in a document that follows the schema`() async throws {
        let pidd = try await Pidd(.recorded(Self.touches))
        var files: [String] = []
        var captured: [String] = []
        for variant in PidOptionsVariant.all {
            let answer = try await pidd.capture(String(decoding: variant.document, as: UTF8.self))
            #expect(answer.status == 200)
            #expect(answer.attribute("errCode") == "\(variant.errCode)", "\(variant): \(answer.body)")
            #expect(answer.attribute("fType") == "\(variant.fType)")
            // A client in use takes what is longer for a success, and what is shorter for a failure.
            #expect((answer.body.utf8.count > 1000) == (variant.errCode == 0))
            #expect(!answer.body.contains("\n") && answer.body.utf8.allSatisfy { (32...126).contains($0) })
            files.append(try folder.write("\(variant.row).xml", answer.body.utf8))
            if variant.errCode == 0 { captured.append(files[files.count - 1]) }
        }
        #expect(captured.count == 27)
        try await validate(files, as: "PidData")
        let judged = try await RunningProgram.run(
            [
                "/usr/bin/python3", tool("check_piddata.py"), "--uidai-key", "\(pidd.standIn)/uidai.key",
                "--provider-ca", "\(pidd.standIn)/provider-ca.cer", "--devices", "\(pidd.standIn)/devices.conf",
            ] + captured)
        #expect(judged.status == 0, "\(judged.errors)")
        let types = ["[\"FMR\"]", "[\"FIR\"]", "[\"FMR\", \"FIR\"]"]
        let expected = PidOptionsVariant.all.filter { $0.errCode == 0 }.map { types[$0.fType] }
        #expect(judged.output.split(separator: "\n").count == expected.count)
        for (line, types) in zip(judged.output.split(separator: "\n"), expected) { #expect(line.contains(types)) }
    }

    @Test func `a strict daemon refuses what the schema refuses, and captures for the others`() async throws {
        let config = try folder.write("pidd.conf", "[capture]\nstrict = yes\n".utf8)
        let pidd = try await Pidd(.recorded(Self.touches), arguments: ["--config", config])
        for variant in PidOptionsVariant.all where variant.strictErrCode != 0 || variant.fType == 0 {
            let answer = try await pidd.capture(String(decoding: variant.document, as: UTF8.self))
            #expect(answer.attribute("errCode") == "\(variant.strictErrCode)", "\(variant): \(answer.body)")
        }
    }

    @Test func `the documents of the service and its device follow their schemas, in any state`() async throws {
        var services: [String] = []
        var devices: [String] = []
        for (index, scanner) in [Pidd.Scanner.none, .recorded(Self.touches)].enumerated() {
            let pidd = try await Pidd(scanner)
            let service = try await pidd.request("RDSERVICE", "/").body
            #expect(service.utf8.count < 1000)
            services.append(try folder.write("service\(index)", service.utf8))
            let device = try await pidd.request("DEVICEINFO", "/rd/info").body
            devices.append(try folder.write("device\(index)", device.utf8))
            let names = device.split(separator: "name=\"").dropFirst().map { $0.prefix { $0 != "\"" } }
            #expect(names.prefix(3) == ["srno", "sysid", "ts"])
        }
        try await validate(services, as: "RDService")
        try await validate(devices, as: "DeviceInfo")
    }

    @Test func `each of UIDAI's systems can open its own captures only`() async throws {
        let pidd = try await Pidd(.recorded(Self.touches))
        for system in ["PP", "S"] {
            let made = try await RunningProgram.run([
                "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=TEST \(system), not UIDAI",
                "-days", system == "PP" ? "40" : "50", "-keyout", folder.file("\(system).key"), "-out",
                "\(pidd.state)/identity/any/\(system)/uidai.cer",
            ])
            try #require(made.status == 0, "\(made.errors)")
        }
        var days: Set<String> = []
        for system in ["P", "PP", "S"] {
            let answer = try await pidd.capture(pidOptions(["env": system]))
            #expect(answer.attribute("errCode") == "0", "\(answer.body)")
            days.insert(try #require(answer.attribute("ci")))
            for other in ["P", "PP", "S"] {
                let key = other == "P" ? "\(pidd.standIn)/uidai.key" : folder.file("\(other).key")
                let certificate =
                    other == "P" ? "\(pidd.standIn)/uidai.cer" : "\(pidd.state)/identity/any/\(other)/uidai.cer"
                let judged = try await RunningProgram.run(
                    [
                        "/usr/bin/python3", tool("check_piddata.py"), "--uidai-key", key, "--uidai-cer", certificate,
                        "--provider-ca", "\(pidd.standIn)/provider-ca.cer", "--devices",
                        "\(pidd.standIn)/devices.conf",
                    ], input: answer.body)
                #expect((judged.status == 0) == (system == other), "\(system) \(other) \(judged.errors)")
            }
        }
        #expect(days.count == 3)
    }

    @Test(arguments: ["0", "1"])
    func `OTP, wadh and Demo go into the PID, in XML and in protobuf`(format: String) async throws {
        let pidd = try await Pidd(.recorded(Self.touches + ["--finger", "3"]))
        let wadh = "E0jzJ/P8UopUHAieZn8CKqS4WPMi5ZSYXgfnlfkWjrc="
        let demo = #"<Demo lang="06"><Pi ms="E" name="A B"/><Pa ms="E" vtc="C"/><Pfa ms="E" av="D" mv="100"/></Demo>"#
        let options = pidOptions([
            "format": format, "otp": "482915", "wadh": wadh, "fType": "2", "fCount": "2",
            "posh": "LEFT_INDEX,RIGHT_INDEX",
        ]).replacing("</PidOptions>", with: "\(demo)</PidOptions>")
        let answer = try await pidd.capture(options)
        #expect(answer.attribute("errCode") == "0", "\(answer.body)")
        #expect(answer.attribute("type") == (format == "0" ? "X" : "P"))
        let judged = try await pidd.judge(answer.body)
        try #require(judged.status == 0, "\(judged.errors)")
        for part in [
            #""otp": true"#, #""wadh": true"#, #""demo": ["Pi", "Pa", "Pfa"]"#,
            #""types": ["FMR", "FIR", "FMR", "FIR"]"#,
            #""posh": ["LEFT_INDEX", "LEFT_INDEX", "RIGHT_INDEX", "RIGHT_INDEX"]"#,
        ] { #expect(judged.output.contains(part), "\(judged.output)") }
        #expect(!pidd.process.errors.contains("482915"))
    }

    @Test func `who finds the scanner in use and will not wait gets 710`() async throws {
        let pidd = try await Pidd(.virtual)
        async let first = pidd.capture(pidOptions(["timeout": "2500"]))
        try await pidd.waitUntil("USED")
        let second = try await pidd.request(
            "CAPTURE", "/rd/capture", body: pidOptions(), more: ["--header", "Prefer: wait=0"])
        #expect(second.attribute("errCode") == "710")
        #expect(try await first.attribute("errCode") == "700")
    }

    @Test func `a path that is none is told with the code of the RD table`() async throws {
        let pidd = try await Pidd(.none)
        let answer = try await pidd.request("CAPTURE", "/nonsense", body: pidOptions())
        #expect(answer.status == 404)
        #expect(answer.body.contains(#""rd_code":770"#))
    }
}

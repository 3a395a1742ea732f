// What the program says about itself and about command lines and settings that are wrong.
import EkoAPI
import EkycClientCore
import Glibc
import Platform
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct UsageTests {
    let client: Client

    init() throws { client = try Client() }

    @Test(arguments: [
        [], ["captur"], ["capture", "--fingers"], ["capture", "extra"], ["capture", "--timeout", "soon"],
        ["capture", "--timeout", "200s"], ["capture", "--type", "iris"], ["fino"], ["fino", "ekyc", "--json=yes"],
        ["fino", "ekyc"], ["wadh"], ["wadh", "nonsense"], ["capture", "--wadh", "E0jz"],
    ])
    func `A wrong command line ends with 64 and nothing on standard output`(arguments: [String]) throws {
        let result = try client.run(arguments)
        #expect(result.status == 64)
        #expect(result.output == "")
        #expect(result.errors.hasPrefix("ekyc-client: "))
    }

    @Test func `Every command has a help text with an example`() throws {
        let commands =
            ["capture", "info", "status", "events", "cancel", "doctor", "wadh", "completion", "manual"]
            + ["flow fino", "flow fingpay", "flow digikhata"] + Catalogue(.reference).operations.map(\.words)
        let help = try client.run(["--help"]).output
        for command in commands {
            let result = try client.run(command.split(separator: " ").map(String.init) + ["--help"])
            #expect(result.status == 0)
            let example = result.output.split(separator: "Example").last.map(String.init) ?? ""
            #expect(result.output.contains("Example") && example.contains("ekyc-client \(command)"), "\(command)")
            #expect(result.errors == "")
            #expect(help.contains("  \(command) "), "\(command)")
        }
    }

    @Test func `The help lists every exit status`() throws {
        let help = try client.run(["--help"]).output
        for code in ExitCode.allCases { #expect(help.contains(" \(code.rawValue)  ")) }
        #expect(try client.run(["--version"]).output == "ekyc-client \(EkycClient.version)\n")
    }

    @Test func `A command that needs a customer says so before it does anything`() throws {
        let arguments = ["fino", "verify-otp", "--otp-file", client.otpFile]
        let result = try client.run(arguments + client.eko(url: "https://localhost:1", ca: client.caFile))
        #expect(result.status == 64)
        #expect(result.errors.contains("customer_id, otp_ref_id, kyc_request_id"))
    }

    @Test func `An eKYC without consent is not begun`() throws {
        let arguments =
            client.ekyc.filter { $0 != "--consent" } + client.eko(url: "https://localhost:1", ca: client.caFile)
        let result = try client.run(arguments)
        #expect(result.status == 64)
        #expect(result.errors.contains("--consent"))
    }

    @Test func `A key file that others may read is refused with the command that repairs it`() throws {
        unsafe chmod(client.keyFile, 0o644)
        let result = try client.run(client.verify + client.eko(url: "https://localhost:1", ca: client.caFile))
        #expect(result.status == 78)
        #expect(result.errors.contains("run: chmod 600 \(client.keyFile)"))
    }

    @Test func `An open or missing Aadhaar file is told as an open or missing key file is`() throws {
        let arguments = client.ekyc + client.eko(url: "https://localhost:1", ca: client.caFile)
        unsafe chmod(client.aadhaarFile, 0o644)
        let open = try client.run(arguments)
        #expect(open.status == 78)
        #expect(open.errors.contains("run: chmod 600 \(client.aadhaarFile)"))
        unsafe unlink(client.aadhaarFile)
        let missing = try client.run(arguments)
        #expect(missing.status == 78)
        #expect(missing.errors.contains("\(client.aadhaarFile) does not exist"))
    }

    /// There is no pidd here: had a capture been tried, the status would be 69.
    @Test func `A CA file that is missing, empty or broken is told before any capture`() throws {
        let missing = client.folder.file("none.pem")
        let empty = try client.folder.write("empty.pem", "nothing\n".utf8)
        let pem = String(decoding: try readFile(client.caFile, limit: 1 << 16), as: UTF8.self)
        // A whole certificate, and then one without its first line.
        let lines = pem.split(separator: "\n")
        let cut = ([lines[0]] + lines.dropFirst(2)).joined(separator: "\n")
        let broken = try client.folder.write("broken.pem", (pem + cut + "\n").utf8)
        for (path, text) in [
            (missing, "does not exist"), (empty, "holds no certificate"), (broken, "holds a broken certificate"),
        ] {
            let result = try client.run(client.ekyc + client.eko(url: "https://localhost:1", ca: path))
            #expect(result.status == 78)
            #expect(result.errors.contains(path))
            #expect(result.errors.contains(text))
        }
    }

    @Test func `References that fino ekyc prints are not sought in the settings`() throws {
        let arguments = ["fino", "verify-otp", "--customer", "9123456789", "--otp-file", client.otpFile, "--json"]
        let result = try client.run(arguments + client.eko(url: "https://localhost:1", ca: client.caFile))
        #expect(result.status == 64)
        #expect(
            try ErrorObject(result.errors).error.hint
                == "give --otp-ref-id, --kyc-request-id; the step before prints otp_ref_id and kyc_request_id")
    }

    @Test(arguments: [["capture", "--fingers", "--json"], ["fino", "--json"], ["--json"]])
    func `A usage error is an object when the line says JSON`(arguments: [String]) throws {
        let result = try client.run(arguments)
        #expect(result.status == 64)
        let error = try ErrorObject(result.errors).error
        #expect(error.code == "usage")
        #expect(!error.message.isEmpty)
    }

    @Test func `A word that begins longer commands lists them`() throws {
        let bare = try client.run(["fino"])
        #expect(bare.errors.contains("say one of: fino get, fino onboard, fino ekyc, fino verify-otp"))
        for line in [["fino", "--help"], ["help", "fino"]] {
            let help = try client.run(line)
            #expect(help.status == 0)
            #expect(help.output.contains("  fino ekyc "))
            #expect(help.output.contains("  fino verify-otp "))
            #expect(!help.output.contains("ekyc-client wadh"))
        }
    }

    @Test func `Plain http is refused before anything is read from it`() throws {
        let result = try client.run(client.verify + client.eko(url: "http://localhost:1", ca: client.caFile))
        #expect(result.status == 78)
        #expect(result.errors.contains("https://"))
    }

    /// There is no pidd here: had a capture been tried, the status would be 69.
    @Test(arguments: ["99994105705", "199941057058", "9999x1057058", ""])
    func `A number that is no Aadhaar number is refused before any capture`(number: String) throws {
        let arguments = ["fino", "ekyc", "--customer", "9123456789", "--aadhaar-file", "-", "--consent"]
        let result = try client.run(
            arguments + client.eko(url: "https://localhost:1", ca: client.caFile), input: number + "\n")
        #expect(result.status == 65)
        #expect(number.isEmpty || !result.errors.contains(number))
    }

    @Test func `A mistyped check digit is a warning that shows four digits`() throws {
        let arguments = ["fino", "ekyc", "--customer", "9123456789", "--aadhaar-file", "-", "--consent"]
        let result = try client.run(
            arguments + client.eko(url: "https://localhost:1", ca: client.caFile), input: "234567890123")
        #expect(result.status == 69)
        #expect(result.errors.contains("XXXXXXXX0123"))
        #expect(!result.errors.contains("23456789"))
    }

    @Test func `The command line goes before the environment and that before the settings file`() throws {
        _ = try client.folder.write("ekyc-client.ini", "[pidd]\nsocket = /from-file\n".utf8)
        let file = ["EKYC_CONFIG": client.folder.file("ekyc-client.ini"), "PIDD_SOCKET": ""]
        #expect(try client.run(["info"], environment: file).errors.contains("/from-file"))
        let both = file.merging(["PIDD_SOCKET": "/from-environment"]) { $1 }
        #expect(try client.run(["info"], environment: both).errors.contains("/from-environment"))
        #expect(try client.run(["info", "--socket", "/given"], environment: both).errors.contains("/given"))
    }

    @Test(arguments: [
        ("[eko]\nbase_url = uat\n", ":2: there is no setting 'base_url'"),
        ("[pidd]\ntimeout = soon\n", ":2: 'timeout' needs a duration"),
        ("nonsense\n", ":1: "), ("socket = /s\n", ":1: there is no setting 'socket' before any section"),
        ("[eko]\nbase-url =\n", ":2: 'base-url' is empty"),
        ("[eko]\nconsent = yes\n", ":2: there is no setting 'consent' in section [eko]"),
    ])
    func `A mistake in the settings file is told with its line`(content: String, text: String) throws {
        let path = try client.folder.write("settings", content.utf8)
        let result = try client.run(["capture", "--config", path])
        #expect(result.status == 78)
        #expect(result.errors.contains(path + text))
    }

    @Test func `A missing setting is named with the three places where it can be given`() throws {
        let result = try client.run(client.verify + ["--json"])
        #expect(result.status == 78)
        let error = try ErrorObject(result.errors).error
        #expect(error.code == "base-url-missing")
        #expect(error.hint.contains("--base-url"))
        #expect(error.hint.contains("EKO_BASE_URL"))
    }

    @Test(arguments: [
        ["fino", "ekyc", "--aadhaar-file", "999941057058"], ["fino", "ekyc", "--aadhaar-file", "9999 4105 7058"],
        ["fino", "ekyc", "999941057058"], ["fino", "999941057058"], ["999941057058"],
        ["fino", "verify-otp", "--otp-file", "99994"],
    ])
    func `A secret typed in place of the name of its file is not repeated`(arguments: [String]) throws {
        let eko = client.eko(url: "https://localhost:1", ca: client.caFile)
        let isOperand = !arguments.contains { $0.hasPrefix("--") }
        let more = ["--consent", "--customer", "9123456789", "--otp-ref-id", "1", "--kyc-request-id", "1"]
        let wanted = isOperand ? [] : arguments[1] == "ekyc" ? Array(more.prefix(3)) : Array(more.dropFirst())
        let result = try client.run(arguments + wanted + (isOperand ? [] : eko))
        #expect(result.status == (isOperand ? 64 : 78))
        #expect(!result.errors.contains("9999"))
        #expect(result.errors.contains("number"))
    }

    @Test func `Standard descriptors that are closed are neither read nor written, whatever has come in their place`()
        throws
    {
        let silent = try runTool("sh", ["-c", "'\(Client.program)' wadh bad >&- 2>&-"])
        #expect(silent.status == 64)
        let eko = client.eko(url: "https://localhost:1", ca: client.caFile)
        let words = (client.ekyc + ["--aadhaar-file", "-"] + eko).map { "'\($0)'" }.joined(separator: " ")
        let deaf = try runTool("timeout", ["60", "sh", "-c", "'\(Client.program)' \(words) <&-"])
        #expect(deaf.status == 65, "\(deaf.errors)")
        let program = "\(TestFiles.products)/ekyc-client"
        #expect(try runTool("sh", ["-c", "'\(program)' wadh 2.5FYNNN >&-"]).status == 73)
    }

    @Test func `Output that cannot be written is told, and a reader that went away is not`() throws {
        let full = try runTool("sh", ["-c", "'\(Client.program)' wadh 2.5FYNNN > /dev/full"])
        #expect(full.status == 73)
        #expect(full.errors.contains("standard output"))
        let gone = try runTool(
            "sh", ["-c", "{ sleep 0.3; '\(Client.program)' wadh 2.5FYNNN; echo $? >&2; } | true"])
        #expect(gone.errors == "141\n")
    }
}

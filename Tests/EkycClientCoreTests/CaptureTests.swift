// Captures over a Unix socket: what is asked for, what comes out, and every way in which there is none.
import FoundationEssentials
import Glibc
import Platform
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct CaptureTests {
    let client: Client

    init() throws { client = try Client() }

    @Test func `The document comes out byte for byte, on standard output or in a private file`() throws {
        let service = try client.startRDService("0")
        defer { service.send(signal: SIGTERM) }
        let printed = try client.run(["capture"])
        #expect(printed.status == 0)
        #expect(printed.output.hasPrefix("<?xml version=\"1.0\"?>\n<PidData>"))
        #expect(printed.output.hasSuffix("</PidData>\n"))
        let path = client.folder.file("pid.xml")
        let written = try client.run(["capture", "-o", path])
        #expect(written.status == 0)
        #expect(written.output == "")
        #expect(try readFile(path, limit: 1 << 20) == Array(printed.output.utf8))
        var status = stat()
        #expect(unsafe stat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test func `PidOptions carry the time, the wadh and the place in line that were asked for`() throws {
        let service = try client.startRDService("0")
        defer { service.send(signal: SIGTERM) }
        let arguments = ["capture", "--timeout", "7s", "--wait", "3", "--wadh", "2.5FYNNN", "--env", "S"]
        #expect(try client.run(arguments).status == 0)
        let request = try #require(client.log.first)
        #expect(request.hasPrefix("CAPTURE /rd/capture HTTP/1.1 Prefer: wait=3 <PidOptions"))
        for part in [
            "timeout=\"7000\"", "wadh=\"E0jzJ/P8UopUHAieZn8CKqS4WPMi5ZSYXgfnlfkWjrc=\"", "env=\"S\"", "fCount=\"1\"",
            "fType=\"0\"", "format=\"0\"", "pidVer=\"2.0\"", "posh=\"UNKNOWN\"",
        ] { #expect(request.contains(part)) }
        #expect(try client.run(["capture"]).status == 0)
        #expect(!client.log[1].contains("wadh"))
    }

    @Test func `An OTP goes into PidOptions from a private file or standard input, and has six digits`() throws {
        let service = try client.startRDService("0")
        defer { service.send(signal: SIGTERM) }
        let file = try client.folder.write("six", "078451\n".utf8)
        for (arguments, input) in [([file], ""), (["-"], " 078451\r\n")] {
            let result = try client.run(["capture", "-v", "--otp-file"] + arguments, input: input)
            #expect(result.status == 0, "\(result.errors)")
            #expect(!result.errors.contains("078451"))
            #expect(client.captures.last?.contains(" otp=\"078451\" ") == true)
        }
        #expect(try client.run(["capture"]).status == 0)
        #expect(client.captures.last?.contains(" otp=\"\" ") == true)
        for (input, status) in [("12345", 65 as Int32), ("1234567", 65), ("12a456", 65), ("", 65)] {
            #expect(try client.run(["capture", "--otp-file", "-"], input: input).status == status)
        }
        unsafe chmod(file, 0o644)
        #expect(try client.run(["capture", "--otp-file", file]).status == 78)
        #expect(client.captures.count == 3)
    }

    @Test func `PidOptions carry the fingers, their records and the quality that were asked for`() throws {
        let service = try client.startRDService("0")
        defer { service.send(signal: SIGTERM) }
        let arguments = [
            "capture", "--posh", "left-index,RIGHT_THUMB", "--type", "both", "--env", "PP", "--min-quality", "40",
        ]
        #expect(try client.run(arguments).status == 0)
        for part in [
            "fCount=\"2\"", "fType=\"2\"", "posh=\"LEFT_INDEX,RIGHT_THUMB\"", "env=\"PP\"",
            "<Param name=\"minQuality\" value=\"40\"/>",
        ] { #expect(client.log[0].contains(part)) }
        #expect(try client.run(["capture", "--fingers", "3"]).status == 0)
        for part in ["fCount=\"3\"", "posh=\"UNKNOWN\""] { #expect(client.log[1].contains(part)) }
        #expect(!client.log[1].contains("CustOpts"))
    }

    @Test(arguments: [
        ["--fingers", "11"], ["--fingers", "0"], ["--fingers", "3", "--type", "fir"], ["--posh", "LEFT_TOE"],
        ["--posh", "LEFT_IRIS"], ["--posh", "LEFT_INDEX,LEFT_INDEX"], ["--fingers", "2", "--posh", "LEFT_INDEX"],
        ["--min-quality", "101"], ["--type", "fmd"],
    ])
    func `Fingers that cannot be asked for are refused before pidd is`(arguments: [String]) throws {
        let result = try client.run(["capture"] + arguments)
        #expect(result.status == 64)
        #expect(result.output.isEmpty)
    }

    @Test func `JSON holds the document and what it says, with names in order`() throws {
        let service = try client.startRDService("0")
        defer { service.send(signal: SIGTERM) }
        let output = try client.run(["capture", "--json"]).output
        let lines = output.split(separator: "\n")
        #expect(lines.count == 1)
        let view = try JSONDecoder().decode(View.self, from: Data(output.utf8))
        #expect(view.piddata.hasPrefix("<?xml version=\"1.0\"?>\n<PidData>"))
        #expect(view.piddata == (try client.run(["capture", "--xml"]).output))
        #expect((view.dpId, view.rdsId) == ("TEST.PIDD", "TEST.PIDD.001"))
        #expect((view.dpID, view.rdsID) == (view.dpId, view.rdsId))
        #expect((view.PidDatatype, view.Piddata, view.hmac) == ("X", "REFUQS1PRi1URVNU", "SE1BQy1PRi1URVNU"))
        #expect((view.sessionKey, view.ci, view.mc) == ("U0tFWS1PRi1URVNU", "20301231", "bWM="))
        #expect((view.errCode, view.fCount, view.fType) == ("0", "1", "0"))
        #expect((view.nmPoints, view.qScore, view.fingers.count) == (41, 67, 1))
        #expect(view.deviceInfo["mi"] == "VIRTUAL")
    }

    /// What `--json` prints.
    private struct View: Decodable {
        let piddata, Piddata, PidDatatype, hmac, sessionKey, ci, mc, dpId, dpID, rdsId, rdsID: String
        let errCode, fCount, fType: String
        let nmPoints, qScore: Int
        let fingers: [[String: Int]]
        let deviceInfo: [String: String]
    }

    @Test func `Base64 is the document on one line, and one form is enough`() throws {
        let service = try client.startRDService("0")
        defer { service.send(signal: SIGTERM) }
        let printed = try client.run(["capture", "--base64"]).output
        let decoded = try runTool("base64", ["-d"], input: Array(printed.utf8))
        #expect(decoded.output == (try client.run(["capture"]).output))
        #expect(printed.filter { $0 == "\n" }.count == 1)
        #expect(try client.run(["capture", "--base64", "--json"]).status == 64)
    }

    @Test(arguments: [
        ("700", 124 as Int32), ("710", 75), ("720", 69), ("730", 1), ("740", 78), ("750", 69), ("100", 65), ("110", 65),
        ("160", 65), ("999", 1), ("K-540", 1), ("-1", 1), ("http-503", 75), ("http-429", 75), ("http-403", 77),
        ("http-404", 1), ("rubbish", 1),
    ])
    func `Every failure of a capture has its exit status`(behaviour: String, status: Int32) throws {
        let service = try client.startRDService(behaviour)
        defer { service.send(signal: SIGTERM) }
        let result = try client.run(["capture"])
        #expect(result.status == status)
        #expect(result.output == "")
        #expect(result.errors.hasPrefix("ekyc-client: "))
        #expect(!behaviour.hasPrefix("7") || result.errors.contains("why"))
    }

    @Test func `Without pidd the error says what to check`() throws {
        let missing = try client.run(["capture", "--json"])
        #expect(missing.status == 69)
        #expect(try ErrorObject(missing.errors).error.code == "socket-missing")
        _ = try client.folder.write("file", [])
        let file = try client.run(["capture", "--json", "--socket", client.folder.file("file")])
        #expect(file.status == 69)
        #expect(try ErrorObject(file.errors).error.hint == Self.checkPidd)
        #expect(try ErrorObject(missing.errors).error.hint == Self.checkPidd)
    }

    private static let checkPidd = "check that pidd runs (pidd serve) and that --socket names its socket"

    @Test(arguments: ["stopping", "shutting-down"])
    func `A pidd that is stopping is as good as none, and is not busy`(behaviour: String) throws {
        let service = try client.startRDService(behaviour)
        defer { service.send(signal: SIGTERM) }
        let result = try client.run(["capture"])
        #expect(result.status == 69)
        #expect(result.errors == "ekyc-client: pidd is stopping; start it again\n")
    }

    @Test(arguments: [
        (
            "700=Capture timed out: no finger; put one on and try again", "Capture timed out: no finger",
            "put one on and try again"
        ),
        ("700=Capture timed out", "Capture timed out", "put a finger on the scanner in time"),
        ("720=Device not ready: none; plug it in; wait", "Device not ready: none", "plug it in; wait"),
        (
            "160=Invalid value for timeout: too long; set timeout lower", "Invalid value for timeout: too long",
            "set timeout lower"
        ),
        (
            "110=Invalid value for fType: FMR only; set fType to 0", "Invalid value for fType: FMR only",
            "say --type fmr"
        ),
    ])
    func `A next step that pidd tells is the only one`(behaviour: String, message: String, hint: String) throws {
        let service = try client.startRDService(behaviour)
        defer { service.send(signal: SIGTERM) }
        let error = try ErrorObject(try client.run(["capture", "--json"]).errors).error
        #expect(error.message == message)
        #expect(error.hint == hint)
    }

    /// Needs another user than root, whom no folder refuses.
    @Test func `A folder on the way to the socket is named with its owner`() throws {
        let closed = client.folder.file("closed")
        unsafe chmod(client.folder.path, 0o755)
        unsafe mkdir(closed, geteuid() == 0 ? 0o700 : 0)
        let owner = try runTool("stat", ["-c", "%U", closed]).output.dropLast()
        let copy = client.folder.file("ekyc-client")
        #expect(try runTool("cp", [Client.program, copy]).status == 0)
        let drop = geteuid() == 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : []
        let result = try runTool(
            "env", ["-i", "PATH=/usr/bin:/bin"] + drop + [copy, "capture", "--socket", "\(closed)/s"])
        #expect(result.status == 77)
        #expect(result.errors.contains("may not enter the folder \(closed)"))
        #expect(result.errors.contains("belongs to user '\(owner)'"))
        #expect(!result.errors.contains("usermod"))
    }

    @Test func `A file is not written where none can be, which is told before a finger is taken`() throws {
        let service = try client.startRDService("0")
        defer { service.send(signal: SIGTERM) }
        let missing = client.folder.file("none")
        let result = try client.run(["capture", "-o", "\(missing)/pid.xml"])
        #expect(result.status == 73)
        #expect(
            result.errors
                == "ekyc-client: the folder \(missing) does not exist; make it or choose another path\n")
        let folder = try client.run(["capture", "-o", client.folder.path])
        #expect(folder.status == 73)
        #expect(folder.errors.contains("\(client.folder.path) is a folder"))
        #expect(client.log.isEmpty)
    }

    /// Needs another user than root, whom no socket refuses.
    @Test func `A socket for another group is refused with the group's name`() throws {
        let service = try client.startRDService("0")
        defer { service.send(signal: SIGTERM) }
        unsafe chmod(client.folder.path, 0o755)
        unsafe chmod(client.socket, 0o660)
        if geteuid() == 0 { unsafe chown(client.socket, 0, 1) }
        let group = try runTool("stat", ["-c", "%G", client.socket]).output.dropLast()
        let copy = client.folder.file("ekyc-client")
        #expect(try runTool("cp", [Client.program, copy]).status == 0)
        let drop = geteuid() == 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : []
        if drop.isEmpty { unsafe chmod(client.socket, 0) }
        let result = try runTool(
            "env", ["-i", "PATH=/usr/bin:/bin"] + drop + [copy, "capture", "--socket", client.socket])
        #expect(result.status == 77)
        #expect(result.errors.contains("for group '\(group)'"))
        #expect(client.log.isEmpty)
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `A signal ends the capture at the service and the program with its number`(signal: Int32) throws {
        let service = try client.startRDService("silent")
        defer { service.send(signal: SIGTERM) }
        let process = try client.start(["capture"])
        try service.waitBlocking(for: "request") { !client.log.isEmpty }
        process.send(signal: signal)
        let ending = try process.waitBlocking()
        #expect(ending.status == 128 + signal)
        try service.waitBlocking(for: "hang-up") { client.log.contains("gone") }
        #expect(!ending.errors.isEmpty)
    }
}

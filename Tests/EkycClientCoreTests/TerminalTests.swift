// A person at a terminal who is asked for what a flow needs, and whose secrets the terminal does not show.
import FoundationEssentials
import Platform
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct TerminalTests {
    /// Starts the client with a terminal as its standard input and standard error.
    private func start(_ line: String, _ rig: SandboxRig) throws -> RunningProgram {
        let variables = rig.client.environment.merging(["TERM": "dumb", "TERMINAL_INPUT": "1"]) { $1 }
        return try RunningProgram(
            ["env", "-i"] + variables.map { "\($0.key)=\($0.value)" } + [
                "/usr/bin/python3", "-B", "\(TestFiles.root)/Tests/SystemTests/tools/terminal.py", "80",
                Client.program,
            ] + line.split(separator: " ").map(String.init), input: nil)
    }

    @Test func `A flow asks for what is missing, shows no secret that is typed, and ends in one go`() throws {
        let rig = try SandboxRig("current")
        let state = rig.client.folder.file("state")
        let flow = try start("flow fino --customer 9123456789 --consent --state \(state)", rig)
        func answer(_ question: String, _ text: String) throws {
            try flow.waitBlocking(for: question) { flow.errors.contains(question) }
            flow.tell(text)
        }
        try answer("name (a name of at most 100 characters): ", "Asha Rao")
        try answer("dob (a date as YYYY-MM-DD): ", "1990-01-31")
        try answer(
            "address (parts named ", "line=12 Park Road;city=Pune;state=MH;pincode=411001;district=Pune;area=Camp")
        try answer("Aadhaar number: ", "9999 4105 7058")
        try flow.waitBlocking(for: "OTP") { flow.errors.contains("OTP: ") }
        let otp = String(decoding: try readFile(rig.otp, limit: 100), as: UTF8.self).filter(\.isNumber)
        flow.tell(otp)
        let ended = try flow.waitBlocking()
        #expect(ended.status == 0, "\(ended.text)")
        #expect(ended.output.contains("Customer Registration Completed"))
        // What is no secret is echoed by the terminal, the rest is not.
        #expect(ended.errors.contains("Asha Rao"))
        for secret in [otp, "9999 4105", Client.aadhaar] { #expect(!ended.text.contains(secret)) }
        #expect(!FileManager.default.fileExists(atPath: state))
    }

    @Test func `An OTP that is given serves once: a wallet's flow asks for the other, the consent and the PAN`() throws
    {
        let rig = try SandboxRig("current")
        let line = "flow digikhata --customer 8617567988 --consent --aadhaar-file \(rig.client.aadhaarFile)"
        let address = ["--name", "Asha Rao", "--dob", "1990-01-31", "--address", "line=12 Park Road;city=Pune"]
        #expect(try rig.run(line, address).status == 3)
        let flow = try start("\(line) --otp-file \(rig.otp)", rig)
        func answer(_ question: String, _ text: () throws -> String) throws {
            try flow.waitBlocking(for: question) { flow.errors.contains(question) }
            flow.tell(try text())
        }
        try answer("and agree? (yes/no): ") { "yes" }
        try answer("OTP: ") { String(decoding: try readFile(rig.otp, limit: 100), as: UTF8.self).filter(\.isNumber) }
        try answer("PAN: ") { "ABCDE1234F" }
        let ended = try flow.waitBlocking()
        #expect(ended.status == 0, "\(ended.text)")
        #expect(ended.errors.contains("This is the last sentence of the consent."))
        #expect(!ended.text.contains("ABCDE1234F"))
    }

    @Test func `Without a terminal nothing is asked and nothing is waited for`() throws {
        let rig = try SandboxRig("current")
        let ended = try rig.run("flow fino --customer 9123456789 --consent --aadhaar-file \(rig.client.aadhaarFile)")
        #expect(ended.status == 64)
        #expect(ended.errors.contains("name, dob, residence_address"))
    }
}

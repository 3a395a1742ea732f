// The example scripts, run as they stand before the sandbox.
import FoundationEssentials
import Glibc
import Platform
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct ExampleTests {
    private func run(
        _ name: String, _ arguments: [String] = [], _ rig: SandboxRig, input: [UInt8]? = []
    ) throws -> RunningProgram {
        let variables = rig.client.environment.merging(["EKYC_CLIENT": Client.program]) { $1 }
        return try RunningProgram(
            ["env", "-i"] + variables.map { "\($0.key)=\($0.value)" } + [
                "\(TestFiles.root)/share/examples/ekyc-client/\(name)"
            ]
                + arguments,
            input: input)
    }

    @Test func `The counter takes an enrolled sender to a verified eKYC and leaves no number behind`() throws {
        let rig = try SandboxRig("reference")
        _ = try rig.succeed(
            "fino onboard --customer 9123456789 --dob 1990-01-31 --address Pune", ["--name", "Asha Rao"])
        let script = try run("counter-ekyc", [], rig, input: nil)
        for line in ["9123456789", "yes", Client.aadhaar] { script.tell(line) }
        try script.waitBlocking(for: "OTP") { script.errors.contains("OTP that the sender received") }
        script.tell(String(decoding: try readFile(rig.otp, limit: 100), as: UTF8.self).filter(\.isNumber))
        let ended = try script.waitBlocking()
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.output.hasSuffix("Done.\n"))
        #expect(!ended.output.contains(Client.aadhaar) && !ended.errors.contains(Client.aadhaar))
    }

    @Test func `Ctrl-C at the hidden prompt of the counter leaves a terminal that shows what is typed`() throws {
        let program = """
            import fcntl, os, pty, subprocess, sys, termios, time
            master, slave = pty.openpty()
            def own():
                os.setsid()
                fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            script = subprocess.Popen(sys.argv[1], stdin=slave, stdout=slave, stderr=slave, preexec_fn=own)
            shown = b""
            def shows(): return bool(termios.tcgetattr(slave)[3] & termios.ECHO)
            os.write(master, b"9123456789\\nyes\\n")
            while b"Aadhaar number: " not in shown: shown += os.read(master, 4096)
            while shows(): time.sleep(0.01)
            os.write(master, b"\\x03")
            print(script.wait(), shows())
            """
        let script = "\(TestFiles.root)/share/examples/ekyc-client/counter-ekyc"
        #expect(try runTool("timeout", ["60", "/usr/bin/python3", "-c", program, script]).output == "130 True\n")
    }

    @Test func `The daily KYC names the agents that are still missing`() throws {
        let rig = try SandboxRig("current")
        let list = try rig.client.folder.write(
            "agents",
            "# code mobile bank place file\n20810200 9962981729 HDFC 28.6,77.2 \(rig.client.aadhaarFile)\n".utf8)
        let ended = try run("daily-kyc", [list], rig).waitBlocking()
        #expect(ended.status == 1)
        #expect(ended.errors.contains("complete bank eKYC"))
        #expect(ended.errors.hasSuffix("Not done: 20810200(4)\n"))
    }

    @Test func `The watch ends with the status of the final answer`() throws {
        let rig = try SandboxRig("current")
        #expect(try run("watch-transaction", ["17", "0"], rig).waitBlocking().status == 4)
        let pending = try SandboxRig("current", ["--answer", "withdrawal-pending"])
        let ended = try run("watch-transaction", ["17", "0"], pending).waitBlocking()
        #expect(ended.status == 5)
        #expect(ended.errors.split(separator: "\n").count == 10)
    }

    /// They name the socket of an installed pidd; here another one is put in its place.
    @Test(arguments: ["capture.sh", "capture.py"])
    func `The captures without a client of their own print the document, or end with a failure`(
        name: String
    ) throws {
        let client = try Client()
        let source = try readFile("\(TestFiles.root)/share/examples/pidd/\(name)", limit: 1 << 16)
        let text = String(decoding: source, as: UTF8.self)
        #expect(text.contains("/run/pidd/pidd.sock"))
        let script = try client.folder.write(name, text.replacing("/run/pidd/pidd.sock", with: client.socket).utf8)
        let program = name.hasSuffix(".py") ? "/usr/bin/python3" : "sh"
        for (behaviour, status) in [("0", 0 as Int32), ("700", name.hasSuffix(".sh") ? 75 : 1), ("740", 1)] {
            unsafe unlink(client.socket)
            let service = try client.startRDService(behaviour)
            let ended = try runTool(program, [script])
            #expect(ended.status == status, "\(ended.text)")
            #expect(ended.output.contains("<Skey ") == (status == 0))
            service.send(signal: SIGTERM)
            _ = try service.waitBlocking()
        }
    }
}

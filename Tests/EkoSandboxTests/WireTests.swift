// TLS, connections, faults and the program itself, as curl, openssl and Python see them.
import EkoSandbox
import FoundationEssentials
import Glibc
import Platform
import TestSupport
import Testing

@Suite struct WireTests {
    private let curl = "/usr/bin/curl"
    private let program = "\(TestFiles.products)/eko-sandbox"

    @Test func `curl believes the certificate for each of the names of loopback, and only with the written authority`()
        throws
    {
        let sandbox = try SandboxUnderTest.shared.get()
        let authority = ["--silent", "--cacert", sandbox.folder.file("ca.pem")]
        for host in ["127.0.0.1", "localhost"] {
            let outcome = try runTool(curl, authority + ["https://\(host):\(sandbox.port)/"])
            #expect(outcome.status == 0)
            #expect(outcome.text == "No mapping rule matched\n")
        }
        #expect(try runTool(curl, ["--silent", "https://127.0.0.1:\(sandbox.port)/"]).status == 60)
    }

    @Test(arguments: ["1.2", "1.3"])
    func `a client that does not trust the certificate is told from one that does not speak TLS`(version: String) throws
    {
        let sandbox = try SandboxUnderTest()
        let outcome = try runTool(
            curl, ["--silent", "--tls-max", version, "https://127.0.0.1:\(sandbox.port)/"])
        #expect(outcome.status == 60)
        let line = "connection ended: the client does not trust this certificate; give it the file of --ca-out"
        for _ in 0..<500 where !sandbox.log.contains(line) { usleep(10_000) }
        #expect(sandbox.log == [line])
    }

    @Test func `a registry without uidai.key is refused with the command that makes one`() throws {
        let folder = try TemporaryFolder()
        let error = #expect(throws: FileError.self) { try SandboxUnderTest { $0.registry = folder.path } }
        #expect(error?.cause == "\(folder.path)/uidai.key does not exist")
        #expect(error?.nextStep == "make it with: pidd provision --test --state DIR, and name the folder DIR/stand-in")
    }

    @Test func `help shows commands that work together, and the exit statuses`() throws {
        let help = try runTool(program, ["--help"])
        #expect(help.status == 0)
        #expect(help.text.contains("\n  pidd provision --test --state DIR\n  eko-sandbox --registry DIR/stand-in "))
        #expect(help.text.contains("Exit status: 0 "))
    }

    @Test(arguments: ["--tlsv1.2 --tls-max 1.2", "--tlsv1.3"])
    func `TLS 1.2 and 1.3 are spoken`(versions: String) throws {
        let sandbox = try SandboxUnderTest.shared.get()
        let outcome = try runTool(
            curl,
            ["--silent", "--cacert", sandbox.folder.file("ca.pem")] + versions.split(separator: " ").map(String.init)
                + ["https://127.0.0.1:\(sandbox.port)/"])
        #expect(outcome.status == 0)
    }

    @Test(arguments: ["-tls1", "-tls1_1"])
    func `TLS below 1.2 is refused`(version: String) throws {
        let sandbox = try SandboxUnderTest.shared.get()
        let outcome = try runTool(
            "/usr/bin/openssl",
            ["s_client", "-connect", "127.0.0.1:\(sandbox.port)", version, "-cipher", "ALL:@SECLEVEL=0"])
        #expect(outcome.status != 0)
        #expect(outcome.text.contains("alert protocol version"))
    }

    @Test func `plain HTTP on the port gets no answer`() throws {
        let sandbox = try SandboxUnderTest.shared.get()
        let outcome = try runTool(curl, ["--silent", "--max-time", "10", "http://127.0.0.1:\(sandbox.port)/"])
        #expect([52, 56].contains(outcome.status))
        #expect(outcome.output.isEmpty)
    }

    @Test func `clients who drip or say nothing are shown out while others are served`() throws {
        let sandbox = try SandboxUnderTest {
            $0.connections.count = 4
            $0.connections.handshakeTime = .milliseconds(500)
            $0.connections.requestTime = .seconds(1)
        }
        // More than are served at once: half never greet, half send a byte now and then forever.
        let drip = """
            import socket, ssl, sys, threading, time
            context = ssl.create_default_context(cafile=sys.argv[2])
            ended = []
            def hold(drips):
                raw = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
                raw.settimeout(50)
                try:
                    line = context.wrap_socket(raw, server_hostname="127.0.0.1") if drips else raw
                    while drips:
                        line.sendall(b"G")
                        time.sleep(0.2)
                    ended.append(raw.recv(1) == b"")
                except OSError:
                    ended.append(True)
            threads = [threading.Thread(target=hold, args=(n % 2 == 0,)) for n in range(8)]
            [t.start() for t in threads]
            [t.join() for t in threads]
            print(ended.count(True))
            """
        let outcome = try runTool(Caller.python, ["-c", drip, String(sandbox.port), sandbox.folder.file("ca.pem")])
        #expect(outcome.text == "8\n")
        #expect(try sandbox.take(["call": "ekyc"])[0].type == 2129)
    }

    @Test func `100 requests at once are all answered, each with an OTP of its own sender`() throws {
        let sandbox = try SandboxUnderTest()
        let answers = try sandbox.take(["call": "ekyc", "parallel": 100])[0].answers
        #expect(answers.count == 100)
        #expect(answers.allSatisfy { $0.type == 2129 })
        #expect(Set(answers.compactMap { $0.data["otp_ref_id"] as? String }).count == 100)
    }

    @Test func `several requests go over one connection`() throws {
        let sandbox = try SandboxUnderTest.shared.get()
        let url = "https://127.0.0.1:\(sandbox.port)/"
        let outcome = try runTool(
            curl, ["--silent", "--cacert", sandbox.folder.file("ca.pem"), "--write-out", "%{num_connects}", url, url])
        #expect(outcome.text == "No mapping rule matched\n1No mapping rule matched\n0")
    }

    @Test func `faults spoil the answer in the way that was asked for`() throws {
        let html = try SandboxUnderTest { $0.fault = .html }.take(["call": "ekyc"])[0]
        #expect(html.http == 502)
        #expect(html.text.hasPrefix("<html>"))
        let error = try SandboxUnderTest { $0.fault = .serverError }.take(["call": "ekyc"])[0]
        #expect(error.http == 500)
        #expect(error.text.isEmpty)
        let cut = try SandboxUnderTest { $0.fault = .cut }.take(["call": "ekyc"])[0]
        #expect(!cut.failure.isEmpty)
        let slow = try SandboxUnderTest { $0.fault = .slow }
        let outcome = try runTool(
            curl,
            ["--silent", "--max-time", "1", "--cacert", slow.folder.file("ca.pem"), "https://127.0.0.1:\(slow.port)/"])
        #expect(outcome.status == 28)
    }

    @Test func `an access key that others may read is refused`() throws {
        #expect(throws: (any Error).self) { try SandboxUnderTest(accessKeyMode: 0o644) }
    }

    @Test func `the program says where it listens, and ends cleanly on SIGTERM in the middle of a request`()
        async throws
    {
        let sandbox = try SandboxUnderTest.shared.get()
        let folder = try TemporaryFolder()
        let access = try folder.write("access.key", "test-access-key-123\n".utf8)
        let running = try RunningProgram([
            program, "--registry", sandbox.registry, "--developer-key", "test-developer",
            "--access-key-file", access, "--initiator-id", "9962981729", "--user-code", "20810200", "--ready-file",
            folder.file("ready"), "--ca-out", folder.file("ca.pem"), "--fault", "slow",
        ])
        try await running.wait(for: "first line") { running.output.contains("\n") }
        let address = /listening on (https:\/\/127\.0\.0\.1:[0-9]+\/ekoapi\/v3)\n/
        let url = try #require(running.output.firstMatch(of: address)).1
        #expect(try String(contentsOfFile: folder.file("ready"), encoding: .utf8) == "\(url)\n")
        let client = try RunningProgram([curl, "--silent", "--cacert", folder.file("ca.pem"), String(url)])
        try await running.wait(for: "request") { running.output.contains("404/404") }
        running.send(signal: SIGTERM)
        #expect(try await running.wait().status == 0)
        #expect(try await client.wait().status != 0)
    }
}

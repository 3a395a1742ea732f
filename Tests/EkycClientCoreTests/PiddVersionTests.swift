// Clients and daemons of different releases, and a daemon that is started again in between.
import Glibc
import Platform
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct PiddVersionTests {
    let client: Client

    init() throws { client = try Client() }

    @Test(arguments: [("2-3", "versions 2 to 3", "update ekyc-client"), ("0-0", "version 0", "update pidd")])
    func `A pidd of other versions is told from one that fails, before anybody is asked for a finger`(
        range: String, words: String, hint: String
    ) throws {
        let service = try client.startRDService("api=\(range)")
        defer { service.send(signal: SIGTERM) }
        for command in [["capture"], ["status"], ["events"], ["cancel", "x"]] {
            let ended = try client.run(command + ["--json"])
            #expect(ended.status == 76, "\(ended.errors)")
            let error = try ErrorObject(ended.errors).error
            #expect(error.code == "pidd-version")
            #expect(error.message == "pidd 9.8.7 speaks \(words) of its protocol, this program version 1")
            #expect(error.hint.hasPrefix(hint))
        }
        #expect(client.log.isEmpty)
        let doctor = try client.run(["doctor", "--offline"])
        #expect(doctor.output.contains("speaks \(words) of its protocol"))
    }

    @Test func `A newer pidd that still speaks this version is spoken to, whatever else it says`() throws {
        let service = try client.startRDService("api=1-7")
        defer { service.send(signal: SIGTERM) }
        // It answers the capture itself with an errCode that nobody knows: the version did not stop it.
        #expect(try client.run(["capture"]).status == 1)
        #expect(client.captures.count == 1)
    }

    @Test func `A capture is asked for once more when pidd says that it is being started again`() throws {
        let service = try client.startRDService("restart")
        defer { service.send(signal: SIGTERM) }
        let ended = try client.run(["capture", "-v"])
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.errors.contains("Waiting for pidd to come back"))
        #expect(client.captures.count == 2)
    }

    @Test func `It is asked once more only, and not for longer than the wait that was allowed`() throws {
        let service = try client.startRDService("shutting-down")
        defer { service.send(signal: SIGTERM) }
        #expect(try client.run(["capture"]).status == 69)
        #expect(client.captures.count == 2)
        service.send(signal: SIGKILL)
        _ = try service.waitBlocking()
        // Nobody was there at all: that is no restart.
        let absent = try client.run(["capture", "--wait", "60"])
        #expect(absent.status == 69 && absent.errors.contains("does not listen"))
    }
}

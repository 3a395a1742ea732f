// Headless Chromium at the loopback door: the page, portals that are listed and those that are not.
import FoundationEssentials
import Glibc
import Platform
import TestSupport
import Testing
import VirtualScanner

@Suite(.serialized, .timeLimit(.minutes(4))) struct `A browser` {
    private struct Seen: Decodable {
        let idle, skips, focused, prompt, stops, hindi, language, end, answer, quality, log: String
        let policy: Bool
        let console: [String]
    }

    @Test func `shows the page, captures by the keyboard alone, and follows what happens in two languages`()
        async throws
    {
        let rig = try await LoopbackRig()
        let script = try LoopbackRig.script("browse_page.py", [rig.url, LoopbackRig.pictures()])
        try await script.wait(for: "prompt", within: .seconds(90)) {
            script.output.contains("finger") || script.status != nil
        }
        try await rig.finger().show(DeskRig.picture)
        let ended = try await script.wait(within: .seconds(120))
        try #require(ended.status == 0, "\(ended.errors)\(rig.pidd.diary)")
        let line = try #require(ended.output.split(separator: "\n").last)
        let seen = try JSONDecoder().decode(Seen.self, from: Data(line.utf8))
        #expect(seen.idle == "Ready when you are")
        #expect(seen.skips == "skip")
        #expect(seen.focused == "start")
        #expect(seen.prompt == "Place your finger on the scanner")
        #expect(seen.stops == "cancel")
        #expect(seen.hindi == "अपनी उँगली स्कैनर पर रखें")
        #expect(seen.language == "hi")
        #expect(seen.end == "Captured")
        #expect(seen.answer.contains("TEST.PIDD"))
        #expect(seen.quality.contains("Minutiae"))
        // The log can be sent to anybody: no run of characters in it is long enough for a key or a record.
        #expect(seen.log.contains("CAPTURE /rd/capture -> HTTP 200"))
        #expect(seen.log.contains("AbortError"))
        #expect(seen.log.split(whereSeparator: { $0.isWhitespace }).allSatisfy { $0.count < 60 })
        #expect(!seen.policy)
        #expect(seen.console == [])
        #expect(rig.pidd.diary.contains("program=\"pidd's page\""))
    }

    private struct Answer: Decodable {
        let status: Int
        let type: String?
        let text: String
    }

    private struct Probes: Decodable {
        let found, late: [String]
    }

    private struct Portal: Decodable {
        let listed, unlisted: [Answer]
        let probes, probesDuringCapture: Probes
        let sandboxed: [Int]
        let second, captured: Answer
        let hidden, rebound: String
        let reboundCapture: Int
    }

    @Test func `lets a listed portal capture, and every other page go empty-handed`() async throws {
        let rig = try await LoopbackRig()
        let script = try LoopbackRig.script(
            "browse_portal.py", ["\(rig.portalPort)", "\(rig.firstPort)", "\(rig.port)"])
        try await script.wait(for: "prompt", within: .seconds(90)) {
            script.output.contains("finger") || script.status != nil
        }
        try await rig.finger().show(DeskRig.picture)
        let ended = try await script.wait(within: .seconds(120))
        try #require(ended.status == 0, "\(ended.errors)\(rig.pidd.diary)")
        let line = try #require(ended.output.split(separator: "\n").last)
        let seen = try JSONDecoder().decode(Portal.self, from: Data(line.utf8))

        // All three verbs, and POST, after a preflight.
        #expect(seen.listed.map(\.status) == [200, 200, 200, 200])
        #expect(seen.listed[0].text.contains("status=\"READY\""))
        #expect(seen.listed[1].text.contains("<DeviceInfo dpId=\"TEST.PIDD\""))
        #expect(seen.listed[2].text.contains("errCode=\"100\""))
        #expect(seen.listed[3].text.contains("errCode=\"100\""))
        #expect(seen.captured.text.contains("errCode=\"0\""))
        // Nobody waits in line at this door unless it asks for that.
        #expect(seen.second.text.contains("errCode=\"710\""))

        // 42 probes find the one service, and none of them has to be given up: TLS greetings are answered too.
        #expect(seen.probes.found == ["http://127.0.0.1:\(rig.port)/ READY"])
        #expect(seen.probesDuringCapture.found == ["http://127.0.0.1:\(rig.port)/ USED"])
        #expect(seen.probes.late == [] && seen.probesDuringCapture.late == [])

        // Pages that are not listed, without an origin, or under a name that was pointed here.
        #expect(seen.unlisted.map(\.status) == [0, 0, 0, 0])
        #expect(seen.sandboxed == [0, 0, 0, 0])
        #expect(seen.hidden == "refused")
        #expect(seen.rebound.contains("foreign-host"))
        #expect(seen.reboundCapture == 421)
        // None of these came to the scanner: two captures of bad options, one refused, one done, all of the listed portal.
        let captures = rig.pidd.diary.split(separator: "\n").filter { $0.hasPrefix("capture ") }
        #expect(captures.allSatisfy { $0.contains("program=http://localhost:\(rig.portalPort)") }, "\(captures)")
        #expect(captures.count { $0.contains("outcome=captured") } == 1)
        #expect(rig.pidd.diary.contains("refused origin-not-listed"))
        #expect(rig.pidd.diary.contains("refused foreign-host"))
    }

    private struct Permission: Decodable {
        let state: String
        let statuses: [Int]
    }

    /// Chromium lets pages of public addresses speak to this machine if a person agrees, or the administrator has.
    @Test(
        .enabled(if: geteuid() == 0, "needs root to put a policy in front of the machine's own, for one program"),
        arguments: [true, false])
    func `speaks to the door from a public page if the policy says so`(_ hasPolicy: Bool) async throws {
        let rig = try await LoopbackRig(.none)
        let folder = try TemporaryFolder()
        try makeFolders(folder.file("policies/managed"), mode: 0o755)
        if hasPolicy {
            let template = try readFile("\(projectFolder)/share/pidd/chromium-policy.json", limit: 1 << 16)
            let policy = String(decoding: template, as: UTF8.self)
                .replacing("https://portal.example", with: "http://localhost:\(rig.portalPort)")
            _ = try folder.write("policies/managed/pidd.json", policy.utf8)
        }
        let bind = "mount --make-rprivate / && mount --bind \"$0\" /etc/chromium && exec \"$@\""
        let ended = try await RunningProgram.run(
            [
                "unshare", "--mount", "sh", "-c", bind, folder.path, "/usr/bin/python3", tool("browse_public.py"),
                "\(rig.portalPort)", "\(rig.port)",
            ], environment: ["PYTHONDONTWRITEBYTECODE": "1"], within: .seconds(120))
        try #require(ended.status == 0, "\(ended.errors)\(rig.pidd.diary)")
        let seen = try JSONDecoder().decode(Permission.self, from: Data(ended.output.utf8))
        #expect(seen.state == (hasPolicy ? "granted" : "denied"))
        #expect(seen.statuses == (hasPolicy ? [200, 200, 200] : [0, 0, 0]))
    }

    private struct Families: Decodable, Equatable {
        let string, document, asksForXML: String
        let stringCapture, documentCapture: String?
    }

    @Test(arguments: ["text/plain", "text/xml"])
    func `serves the jQuery pages of both families, each with its content type`(_ type: String) async throws {
        let rig = try await LoopbackRig(.none, settings: "content-type = \(type)")
        let ended = try await LoopbackRig.script("browse_jquery.py", ["\(rig.portalPort)", "\(rig.port)"])
            .wait(within: .seconds(120))
        try #require(ended.status == 0, "\(ended.errors)\(rig.pidd.diary)")
        let seen = try JSONDecoder().decode(Families.self, from: Data(ended.output.utf8))
        let found = "NOTREADY /rd/capture /rd/info"
        #expect(seen.asksForXML == found)
        if type == "text/plain" {
            #expect(seen.string == found && seen.stringCapture == "720")
            #expect(seen.document == "TypeError")
        } else {
            #expect(seen.document == found && seen.documentCapture == "720")
            #expect(seen.string == "not found")
        }
    }
}

// A rotation that is killed at any change to a file leaves the old pair or the new one.
import Crypto
import FoundationEssentials
@testable import PIDSeal
import Platform
import RDProtocol
import Secrets
import TestSupport
import Testing

@Suite struct CutTests {
    /// Each change is a place to die at; there are some 100, of which every second is tried, writes with a random part of their bytes.
    @Test func `a rotation killed at any step leaves a pair that works, and the next one cleans up`() async throws {
        let folder = try TemporaryFolder()
        let library = folder.file("cut.so")
        let built = try runTool(
            "cc", ["-shared", "-fPIC", "-o", library, "\(TestFiles.root)/Tests/PIDSealTests/tools/cut.c", "-ldl"])
        try #require(built.status == 0, "\(built.text)")
        let now = wallClockSeconds()
        let provider = TestProvider(state: folder.file("state"), standIn: folder.file("stand-in"))
        _ = try provider.provision(serial: "SN0001", rdsVer: "1", force: false, at: now)
        let store = KeyStore(state: folder.file("state"), configuration: folder.file("etc"))

        func rotate(_ environment: [String: String]) async throws -> RunningProgram.Ending {
            try await RunningProgram.run(
                [
                    "\(TestFiles.products)/pidd", "provision", "rotate", "--env", "P", "--config", folder.file("none"),
                    "--state", folder.file("state"), "--stand-in", folder.file("stand-in"),
                ], environment: environment.merging(["LD_PRELOAD": library]) { $1 })
        }
        _ = try folder.write("none", [])
        let whole = try await rotate(["PIDD_CUT_COUNT": folder.file("count")])
        #expect(whole.status == 0, "\(whole.errors)")
        let count = try #require(
            Int(String(decoding: readFile(folder.file("count"), limit: 100), as: UTF8.self).dropLast()))
        #expect(count >= 80)
        var pairs: Set<String> = []
        var killed = 0
        for step in stride(from: Int.random(in: 1...2), through: count, by: 2) {
            let cut = try await rotate(["PIDD_CUT": "\(step)", "PIDD_CUT_BYTES": "\(Int.random(in: 0..<4096))"])
            // One that takes up what the last one began has fewer steps, and may come to its end.
            #expect([128 + 9, 0].contains(cut.status), "step \(step): \(cut.errors)")
            killed += cut.status == 0 ? 0 : 1
            // What a daemon reads at its next capture.
            let keys = try store.keys(scanner: "SN0001", environment: .production, at: now + 1)
            #expect(keys.certificate.matches(keys.privateKey), "step \(step)")
            pairs.insert(keys.mc)
        }
        #expect(killed >= 30)
        // Both outcomes were seen, and most of the steps come before the new pair is in place.
        #expect((2...count).contains(pairs.count))
        let last = try await rotate([:])
        #expect(last.status == 0, "\(last.errors)")
        #expect(!pairs.contains(try store.keys(scanner: "SN0001", environment: .production, at: now + 1).mc))
        #expect(folderNames("\(folder.file("state"))/identity/SN0001").sorted() == ["P", "PP", "S", "identity.conf"])
        #expect(folderNames("\(folder.file("state"))/identity").sorted() == ["SN0001"])
        let certificate = "\(folder.file("state"))/identity/SN0001/P/mc.cer"
        let verified = try runTool(
            "openssl", ["verify", "-CAfile", folder.file("stand-in/provider-ca.cer"), certificate])
        #expect(verified.status == 0, "\(verified.text)")
    }

    @Test func `a reader never sees the key of one pair and the certificate of another`() async throws {
        let folder = try TemporaryFolder()
        let now = wallClockSeconds()
        let (state, standIn) = (folder.file("state"), folder.file("stand-in"))
        _ = try TestProvider(state: state, standIn: standIn).provision(
            serial: "SN0001", rdsVer: "1", force: false, at: now)
        let store = KeyStore(state: state, configuration: folder.file("etc"))
        let writer = Task {
            for _ in 0..<8 {
                _ = try Provisioner(state: state, configuration: "/nowhere", provider: nil, standIn: standIn).rotate(
                    serial: "SN0001", environment: .production, ifDueIn: nil, key: .asBefore, at: now)
            }
            return true
        }
        var reads = 0
        var pairs: Set<String> = []
        while pairs.count < 9, reads < 100_000 {
            let keys = try store.keys(scanner: "SN0001", environment: .production, at: now + 1)
            #expect(keys.certificate.matches(keys.privateKey))
            pairs.insert(keys.mc)
            reads += 1
            if reads % 16 == 0 { await Task.yield() }
            if reads > 2000, (try? await writer.value) == true { break }
        }
        #expect(try await writer.value)
        #expect(pairs.count >= 2)
    }
}

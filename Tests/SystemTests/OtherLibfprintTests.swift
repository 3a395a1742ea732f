// What happens with a version of libfprint whose private structures are not as known: nothing wrong goes into a record.
import Platform
import TestSupport
import Testing

@Suite(.serialized) struct OtherLibfprintTests {
    /// In the first the checks of each picture fail; in the second they hold and only the self-check's drawn picture tells.
    @Test(arguments: [("moved", "its quality"), ("turned", "its angle")])
    func `with another libfprint the journal says what is wrong, and captures work without qualities`(
        change: String, fault: String
    ) async throws {
        let folder = try TemporaryFolder()
        let library = folder.file("other.so")
        let built = try await RunningProgram.run([
            "cc", "-O2", "-shared", "-fPIC", "-o", library, tool("other_libfprint.c"), "-ldl",
        ])
        try #require(built.status == 0, "\(built.errors)")
        let known = try await Pidd(.recorded(["uru4500", "--finger", "7"]))
        let other = try await Pidd(
            .recorded(["uru4500", "--finger", "7"]),
            environment: ["LD_PRELOAD": library, "OTHER_LIBFPRINT": change])
        var points: [String?] = []
        for (pidd, isKnown) in [(known, true), (other, false)] {
            let answer = try await pidd.capture(pidOptions())
            #expect(answer.attribute("errCode") == "0", "\(answer.body)")
            let judged = try await pidd.judge(answer.body)
            #expect(judged.status == 0, "\(judged.errors)")
            points.append(answer.attribute("nmPoints"))
            let count = try #require(answer.attribute("nmPoints"))
            #expect(judged.output.contains("\"unrated\": \(isKnown ? "0" : count),"), "\(judged.output)")
            let warning = "libfprint's minutiae are not as expected: \(fault); angles are estimated, without quality"
            #expect(pidd.diary.ranges(of: warning).count == (isKnown ? 0 : 1), "\(pidd.diary)")
        }
        // The same finger has the same minutiae either way.
        #expect(points[0] == points[1])
    }
}

// Recordings: equal to those of an independent writer, and what libfprint's real USB drivers make of them.
import Biometrics
import TestSupport
import Testing
import VirtualScanner

struct RecordingTests {
    @Test func `an NB-1010 recording is byte for byte what the reference writer makes of the same pictures`()
        async throws
    {
        let pictures = [1, 2].map { ScannerModel.nb1010.impression(of: finger7, $0) }
        let inputs = try TemporaryFolder()
        let paths = try pictures.enumerated().map { try inputs.write("\($0).pgm", $1.pgm) }
        try await compare(
            .nb1010(pictures, absentPolls: 3), script: "nb1010.py", paths + ["--polls", "3"],
            ["device", "capture.ioctl", "expected-0.pgm", "expected-1.pgm"])
    }

    @Test func `a U.are.U recording is byte for byte what the reference writer makes of the same pictures`()
        async throws
    {
        let pictures = [1, 2].map { ScannerModel.uru4500.impression(of: finger7, $0) }
        let inputs = try TemporaryFolder()
        let paths = try pictures.enumerated().map { try inputs.write("\($0).pgm", $1.pgm) }
        try await compare(
            .uru4500([.finger(pictures[0]), .noFinger, .finger(pictures[1])]), script: "uru4500.py",
            ["img:\(paths[0])", "nofinger", "img:\(paths[1])"],
            ["device", "capture.pcapng", "expected-0.pgm", "expected-1.pgm"])
    }

    private func compare(_ recording: Recording, script: String, _ arguments: [String], _ names: [String]) async throws
    {
        let (ours, theirs) = (try TemporaryFolder(), try TemporaryFolder())
        try recording.write(to: ours.path)
        let writer = try RunningProgram(["/usr/bin/python3", "\(reference)/\(script)", theirs.path] + arguments)
        #expect(try await writer.end() == 0, "\(writer.errors)")
        for name in names { #expect(try contents(ours.file(name)) == contents(theirs.file(name)), "\(name) differs") }
    }

    @Test func `libfprint's nb1010 driver gives the expected pictures, again and again`() async throws {
        let pictures = [1, 2].map { ScannerModel.nb1010.impression(of: finger7, $0) }
        let seen = try await scan(.nb1010(pictures), captures: 3)
        #expect(seen.pictures == [pictures[0].pgm, pictures[1].pgm, pictures[0].pgm])
        #expect(seen.lines.first == "driver nb1010")
    }

    @Test func `libfprint's uru4000 driver gives the expected pictures, then waits for a finger that never comes`()
        async throws
    {
        let touches = [1, 2].map { ScannerModel.uru4500.impression(of: finger7, $0) }
        let recording = Recording.uru4500(touches.map { .finger($0) } + [.noFinger])
        let seen = try await scan(recording, captures: 3)
        #expect(recording.expected.map(\.height) == [290, 290])
        #expect(seen.pictures == recording.expected.map(\.pgm))
        #expect(seen.lines.first == "driver uru4000")
        #expect(seen.lines.last?.hasPrefix("cancelled") == true)
    }

    @Test(arguments: ScannerModel.allCases)
    func `libfprint finds as many minutiae as on real fingers`(model: ScannerModel) async throws {
        let pictures = [3, 8, 12].map { model.impression(of: SyntheticFinger(seed: $0), 1) }
        let recording = model == .nb1010 ? Recording.nb1010(pictures) : .uru4500(pictures.map { .finger($0) })
        let counts = try await scan(recording, captures: 3).lines.compactMap { line -> Int? in
            line.hasPrefix("image") ? line.split(separator: " ").last.flatMap { Int($0) } : nil
        }
        #expect(counts.count == 3 && counts.allSatisfy { (25...70).contains($0) }, "\(counts)")
    }

    /// What `reference/scan.c` says under umockdev; the last capture is given up after five seconds.
    private func scan(_ recording: Recording, captures: Int) async throws -> (lines: [String], pictures: [[UInt8]]) {
        let (folder, output) = (try TemporaryFolder(), try TemporaryFolder())
        try recording.write(to: folder.path)
        let scan = try RunningProgram(
            ["/usr/bin/umockdev-run"] + recording.umockdevArguments(folder: folder.path)
                + ["--", ScanProgram.path(), "capture", "\(captures)", output.file("seen"), "5000"],
            environment: Dictionary(uniqueKeysWithValues: recording.environment.map { ($0.name, $0.value) }))
        #expect(try await scan.end() == 0)
        return (scan.lines, (0..<captures).compactMap { try? contents(output.file("seen-\($0).pgm")) })
    }
}

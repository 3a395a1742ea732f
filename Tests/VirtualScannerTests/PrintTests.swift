// Synthetic prints: always the same, and like real ones to those who look.
import Secrets
import Biometrics
import Secrets
import TestSupport
import Testing
import VirtualScanner

struct PrintTests {
    @Test func `finger 7, impression 3 is the same picture in another process`() async throws {
        let folder = try TemporaryFolder()
        let here = finger7.impression(3, width: 300, height: 280, ppi: 500)
        let tool = try RunningProgram([
            simulate, "print", "--finger", "7", "--impression=3", "--size", "300x280", "-o", folder.file("print.pgm"),
        ])
        #expect(try await tool.end() == 0, "\(tool.errors)")
        #expect(try contents(folder.file("print.pgm")) == here.pgm)
    }

    @Test func `fingers and impressions differ`() {
        let finger = finger7
        let first = finger.impression(1, width: 200, height: 200, ppi: 500)
        let second = finger.impression(2, width: 200, height: 200, ppi: 500)
        let other = SyntheticFinger(seed: 8).impression(1, width: 200, height: 200, ppi: 500)
        #expect(!first.pixels.isEqual(to: second.pixels))
        #expect(!first.pixels.isEqual(to: other.pixels))
    }

    /// Adults' ridges are 0.4 to 0.55 mm apart.
    @Test(arguments: [(388, 374, 500.0), (256, 180, 385.0), (384, 289, 512.0)])
    func `ridges are dark on light and as far apart as skin's at that resolution`(
        width: Int, height: Int, ppi: Double
    ) async throws {
        let folder = try TemporaryFolder()
        for finger in [finger7, SyntheticFinger(seed: 10)] {
            let path = folder.file("print.png")
            try finger.impression(1, width: width, height: height, ppi: ppi).write(path, as: .png)
            let seen = try await look(path)
            #expect(seen["width"] == Double(width) && seen["height"] == Double(height))
            let period = try #require(seen["period"]) / ppi * 25.4
            #expect((0.38...0.56).contains(period), "finger \(finger.seed): \(period) mm")
            #expect(try #require(seen["dark"]) < 100)
            #expect(try #require(seen["light"]) > 180)
        }
    }

    @Test func `around the finger the glass is light, and an empty glass is light all over`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("picture.png")
        try finger7.impression(1, width: 388, height: 374, ppi: 500).write(path, as: .png)
        #expect(try #require(await look(path)["border"]) > 220)
        try emptyGlass(width: 388, height: 374, ppi: 500).write(path, as: .png)
        #expect(try #require(await look(path)["dark"]) > 220)
    }

    /// Loops are 60 to 65 of a hundred fingers' patterns, whorls 25 to 35, arches the rest.
    @Test func `the classes of prints are as frequent as among people`() {
        let counts = (1...2000).reduce(into: [:]) { $0[PrintClass(seed: $1), default: 0] += 1 }
        func share(_ classes: PrintClass...) -> Double {
            Double(classes.reduce(0) { $0 + counts[$1, default: 0] }) / 2000
        }
        #expect((0.6...0.7).contains(share(.leftLoop, .rightLoop)))
        #expect((0.25...0.35).contains(share(.whorl)))
        #expect((0.04...0.1).contains(share(.arch, .tentedArch)))
        #expect(share(.arch) > 0 && share(.tentedArch) > 0)
    }

    @Test func `PNG and PGM hold the same pixels, read by PIL`() async throws {
        let folder = try TemporaryFolder()
        let picture = finger7.impression(1, width: 388, height: 374, ppi: 500)
        try picture.write(folder.file("a.png"), as: .png)
        try picture.write(folder.file("a.pgm"), as: .pgm)
        let program = """
            import sys
            from PIL import Image
            png, pgm = (Image.open(name) for name in sys.argv[1:])
            print(png.size, png.mode, [round(x) for x in png.info['dpi']], png.tobytes() == pgm.tobytes())
            """
        let tool = try RunningProgram(["/usr/bin/python3", "-c", program, folder.file("a.png"), folder.file("a.pgm")])
        #expect(try await tool.end() == 0, "\(tool.errors)")
        #expect(tool.output == "(388, 374) L [500, 500] True\n")
    }

    /// The words of `reference/look.py`.
    private func look(_ path: String) async throws -> [String: Double] {
        let tool = try RunningProgram(["/usr/bin/python3", "\(reference)/look.py", path])
        let status = try await tool.end()
        let words = tool.output.split(whereSeparator: \.isWhitespace)
        try #require(status == 0 && words.count == 12, "\(tool.errors)")
        return Dictionary(
            uniqueKeysWithValues: stride(from: 0, to: 12, by: 2).map { (String(words[$0]), Double(words[$0 + 1]) ?? 0) }
        )
    }
}

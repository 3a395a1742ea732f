// Synthetic prints: always the same, and like real ones to those who look.
import Secrets
import Biometrics
import TestSupport
import Testing
import VirtualScanner

struct PrintTests {
    @Test func `finger 7, impression 3 is the same picture in another process`() throws {
        let folder = try TemporaryFolder()
        let here = SyntheticFinger(seed: 7).impression(3, width: 300, height: 280, ppi: 500)
        let outcome = try runTool(
            simulatePath(),
            ["print", "--finger", "7", "--impression=3", "--size", "300x280", "-o", folder.file("print.pgm")])
        #expect(outcome.status == 0, "\(outcome.text)")
        #expect(try contents(folder.file("print.pgm")) == here.pgm)
    }

    @Test func `fingers and impressions differ`() {
        let finger = SyntheticFinger(seed: 7)
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
    ) throws {
        let folder = try TemporaryFolder()
        for seed: UInt64 in [7, 10, 12] {
            let path = folder.file("print.png")
            try SyntheticFinger(seed: seed).impression(1, width: width, height: height, ppi: ppi).write(path, as: .png)
            let seen = try look(path)
            #expect(seen["width"] == Double(width) && seen["height"] == Double(height))
            let period = try #require(seen["period"]) / ppi * 25.4
            #expect((0.38...0.56).contains(period), "finger \(seed): \(period) mm")
            #expect(try #require(seen["dark"]) < 100)
            #expect(try #require(seen["light"]) > 180)
        }
    }

    @Test func `around the finger the glass is light, and an empty glass is light all over`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("picture.png")
        try SyntheticFinger(seed: 7).impression(1, width: 388, height: 374, ppi: 500).write(path, as: .png)
        #expect(try #require(try look(path)["border"]) > 220)
        try emptyGlass(width: 388, height: 374, ppi: 500).write(path, as: .png)
        #expect(try #require(try look(path)["dark"]) > 220)
    }

    @Test func `every class of print comes up among the first hundred fingers' seeds`() async {
        let classes = await withTaskGroup(of: PrintClass.self, returning: Set<PrintClass>.self) { group in
            for seed in 1...16 { group.addTask { SyntheticFinger(seed: UInt64(seed)).printClass } }
            return await group.reduce(into: []) { $0.insert($1) }
        }
        #expect(classes == Set(PrintClass.allCases))
    }

    @Test func `PNG and PGM hold the same pixels, read by PIL`() throws {
        let folder = try TemporaryFolder()
        let picture = SyntheticFinger(seed: 2).impression(1, width: 388, height: 374, ppi: 500)
        try picture.write(folder.file("a.png"), as: .png)
        try picture.write(folder.file("a.pgm"), as: .pgm)
        let program = """
            import sys
            from PIL import Image
            png, pgm = (Image.open(name) for name in sys.argv[1:])
            print(png.size, png.mode, [round(x) for x in png.info['dpi']], png.tobytes() == pgm.tobytes())
            """
        let outcome = try runTool("/usr/bin/python3", ["-c", program, folder.file("a.png"), folder.file("a.pgm")])
        #expect(outcome.text == "(388, 374) L [500, 500] True\n")
    }

    /// The words of `reference/look.py`.
    private func look(_ path: String) throws -> [String: Double] {
        let outcome = try runTool("/usr/bin/python3", ["\(reference)/look.py", path])
        let words = outcome.text.split(whereSeparator: \.isWhitespace)
        try #require(outcome.status == 0 && words.count == 12, "\(outcome.text)")
        return Dictionary(
            uniqueKeysWithValues: stride(from: 0, to: 12, by: 2).map { (String(words[$0]), Double(words[$0 + 1]) ?? 0) }
        )
    }
}

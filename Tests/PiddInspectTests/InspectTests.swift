// pidd-inspect as a person runs it: good records, bad ones, look-alikes, and pictures that PIL reads.
import Biometrics
import FoundationEssentials
import Glibc
import Secrets
import TestSupport
import Testing
import VirtualScanner

@Suite struct InspectTests {
    private let folder: TemporaryFolder
    private let finger = SyntheticFinger(seed: 4).impression(1, width: 200, height: 220, ppi: 500)

    init() throws { folder = try TemporaryFolder() }

    /// The vector of spec/rd-service.md 2.6.3: an ending at (100, 200) and a bifurcation at (50, 75) in 256 x 360 pixels.
    private let vector = bytes(
        hex: "464d5200203230000000002a00000100016800c500c5010000003c02406400c840508032004bc8460000")

    private func inspect(_ arguments: String...) throws -> RunningProgram.Ending {
        try runTool("\(TestFiles.products)/pidd-inspect", arguments)
    }

    private func file(_ name: String, _ content: [UInt8]) throws -> String { try folder.write(name, content) }

    private func minutiae(_ minutiae: [Minutia]) throws -> [UInt8] {
        let record = try FingerMinutiaeRecord(
            width: 200, height: 220, position: .leftThumb, impression: .livePlain, quality: 70,
            minutiae: Minutiae(copying: minutiae)
        ).encoded()
        return record.withSpan { span in span.indices.map { span[$0] } }
    }

    private func image() throws -> [UInt8] {
        let record = try FingerImageRecord(image: finger, position: .leftThumb, impression: .livePlain).encoded()
        return record.withSpan { span in span.indices.map { span[$0] } }
    }

    @Test func `a FMR is printed field by field and minutia by minutia`() throws {
        let outcome = try inspect(file("a.fmr", vector))
        #expect(outcome.status == 0)
        #expect(
            outcome.text == """
                FMR, ISO/IEC 19794-2:2005, 42 bytes
                picture      256 x 360 pixels
                resolution   197 x 197 pixels per cm
                finger       UNKNOWN
                impression   livePlain
                quality      60
                minutiae     2
                   x    y  degrees  type         quality
                 100  200       90  ending            80
                  50   75      281  bifurcation       70
                remark: it has fewer than 12 minutiae, too few for a sure match

                """)
    }

    @Test func `a FIR is printed with its compression`() throws {
        let outcome = try inspect(file("a.fir", image()))
        #expect(outcome.status == 0)
        for line in [
            "picture      200 x 220 pixels, 8 bits\n", "resolution   500 x 500 ppi\n", "finger       LEFT_THUMB\n",
        ] {
            #expect(outcome.text.contains(line), "\(outcome.text)")
        }
        #expect(outcome.text.contains("compression  jpeg2000, "))
        #expect(!outcome.text.contains("remark"))
    }

    @Test func `a picture in a FIR that is damaged is told, although its headers are good`() throws {
        var damaged = try image()
        for index in 150..<damaged.count { damaged[index] = 0xff }
        let outcome = try inspect(file("a.fir", damaged))
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("JPEG 2000"))
    }

    @Test func `a picture in WSQ is a good record that cannot be drawn`() throws {
        var wsq = try image()
        wsq[29] = 2
        let outcome = try inspect(file("a.fir", wsq))
        #expect(outcome.status == 0)
        #expect(outcome.text.contains("remark: a picture in wsq cannot be shown here"))
        #expect(try inspect(file("a.fir", wsq), "--png", folder.file("a.png")).status == 1)
    }

    @Test func `minutiae stand on the picture where PIL finds them, and only its owner may read it`() throws {
        let record = try file(
            "a.fmr",
            minutiae([
                Minutia(x: 100, y: 60, angle: 0, kind: .ending, quality: 50),
                Minutia(x: 50, y: 150, angle: 64, kind: .bifurcation, quality: 50),
            ]))
        let outcome = try inspect(record, "--picture", file("a.fir", image()), "--png", folder.file("a.png"))
        #expect(outcome.status == 0, "\(outcome.errors)")
        let mode = try FileManager.default.attributesOfItem(atPath: folder.file("a.png"))[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let script = """
            import sys; from PIL import Image
            picture = Image.open(sys.argv[1]); picture.load()
            print(picture.format, picture.mode, *picture.size, *(round(d) for d in picture.info["dpi"]))
            # The centre, the far end of the line (to the right; upwards), the left rim of each mark, and a plain corner.
            for place in [(201, 121), (223, 121), (194, 121), (101, 301), (101, 279), (94, 301), (94, 294)]:
                print(*picture.getpixel(place))
            print(len(set(picture.getpixel((5, 5)))))
            """
        let seen = try runTool("/usr/bin/python3", ["-c", script, folder.file("a.png")])
        #expect(
            seen.text == """
                PNG RGB 400 440 1000 1000
                220 0 0
                220 0 0
                220 0 0
                0 60 230
                0 60 230
                0 60 230
                0 60 230
                1

                """)
    }

    @Test func `minutiae alone are drawn on white paper, a picture alone as it is`() throws {
        for (name, content) in [("a.fmr", vector), ("a.fir", try image())] {
            #expect(try inspect(file(name, content), "-o", folder.file("\(name).png")).status == 0)
            let script = "import sys; from PIL import Image; print(*Image.open(sys.argv[1]).getpixel((3, 3)))"
            let seen = try runTool("/usr/bin/python3", ["-c", script, folder.file("\(name).png")]).text
            if name == "a.fmr" { #expect(seen == "255 255 255\n") }
            #expect(Set(seen.split(whereSeparator: \.isWhitespace)).count == 1)
        }
    }

    @Test func `a record cut short or too long says by how much`() throws {
        let cut = try inspect(file("cut.fmr", Array(vector.dropLast(5))))
        #expect(cut.status == 1)
        #expect(
            cut.errors
                == "pidd-inspect: the record is invalid: its length field is wrong; 5 bytes are missing; was it cut?\n")
        let long = try inspect(file("long.fmr", vector + [0, 0]))
        #expect(long.errors.contains("2 bytes are too many; was something appended?"))
    }

    @Test func `look-alikes are named with what to ask for`() throws {
        // ANSI/INCITS 378: length in two bytes, CBEFF product, a header of 26 bytes.
        let ansi378 =
            bytes(hex: "464d520020323000002600000000000001000168") + bytes(hex: "00c500c501000000003c014064000a4050")
            + [0]
        // ANSI/INCITS 381: a header of 36 bytes; the block length is at 36.
        let ansi381 = bytes(
            hex: "46495200303130000000000000320000" + "00000001001f0102" + "00c500c500c500c508040000"
                + "0000000e000101fe000100016800")
        let cases: [(content: [UInt8], words: String)] = [
            (ansi378, "ANSI/INCITS 378-2004"), (ansi381, "ANSI/INCITS 381-2004"),
            (Array("FMR\0030\0".utf8) + [UInt8](repeating: 0, count: 60), "edition of 2011"),
            (Array("Rk1SACAyMAA=".utf8), "base64 -d"), (Array("<PidData/>".utf8), "only UIDAI can open it"),
            (try [UInt8](Data(contentsOf: URL(fileURLWithPath: picturePath()))), "it is a PNG picture"),
            ([], "the file is empty"), (Array("hello".utf8), "neither FMR nor FIR"),
        ]
        for (content, words) in cases {
            let outcome = try inspect(file("x", content))
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains(words), "\(outcome.errors)")
        }
    }

    private func picturePath() throws -> String {
        try finger.write(folder.file("f.png"), as: .png)
        return folder.file("f.png")
    }

    @Test func `records that hardly match get remarks`() throws {
        let same = (0..<15).map { Minutia(x: UInt16(20 + $0 / 2 * 9), y: 50, angle: 0, kind: .ending, quality: 0) }
        let text = try inspect(file("a.fmr", minutiae(same))).text
        for remark in ["all minutiae are of one type", "no minutia has a quality", "7 minutiae come twice"] {
            #expect(text.contains("remark: \(remark)"), "\(text)")
        }
        var coarse = vector
        (coarse[19], coarse[21]) = (98, 98)
        #expect(try inspect(file("b.fmr", coarse)).text.contains("remark: it is not at 500 ppi"))
    }

    @Test func `files that cannot be used and records that do not fit end with 1`() throws {
        #expect(try inspect(folder.file("none")).errors.contains("does not exist"))
        #expect(try inspect(folder.path).errors.contains("not a regular file"))
        _ = try file("big", [])
        let status = unsafe truncate(folder.file("big"), 33 << 20)
        #expect(status == 0)
        #expect(try inspect(folder.file("big")).errors.contains("at most"))
        let (fmr, fir) = (try file("a.fmr", vector), try file("a.fir", image()))
        #expect(
            try inspect(fmr, "--picture", fir).errors.contains("the FMR is of 256 x 360 pixels, the FIR of 200 x 220"))
        #expect(try inspect(fir, "--picture", fmr).errors.contains("RECORD has to be a FMR"))
        #expect(try inspect(fmr, "--png", folder.file("no/a.png")).errors.contains("does not exist"))
        #expect(try inspect(fmr, "--picture", fir).status == 1)
    }

    @Test func `help tells what it is for, and a missing record is a usage error`() throws {
        let help = try inspect("--help")
        #expect(help.status == 0)
        for word in ["RECORD", "--png", "--picture", "ISO/IEC 19794-2:2005", "Exit status"] {
            #expect(help.text.contains(word))
        }
        #expect(try inspect().status == 64)
    }
}

/// The bytes of a hexadecimal text.
private func bytes(hex: String) -> [UInt8] {
    let digits = Array(hex)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(String(digits[$0...($0 + 1)]), radix: 16) ?? 0 }
}

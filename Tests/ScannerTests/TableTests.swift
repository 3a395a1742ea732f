// The table of scanners: what is in it, what a mistake in it is told as, and the udev rules that follow from it.
import Biometrics
import Platform
@testable import Scanner
import Settings
import TestSupport
import Testing

@Suite struct Table {
    private let table = ScannerTable.builtIn

    @Test func `The built-in table is the file that is installed, byte for byte`() throws {
        #expect(
            try readFile("\(TestFiles.root)/share/pidd/scanners.conf", limit: 1 << 16) == PackageResources.scanners_conf
        )
    }

    @Test func `Every image driver of libfprint is in it, each with a source for its figures`() {
        // The drivers of 1.94.5 that have FP_DEVICE_FEATURE_CAPTURE, from its sources.
        let drivers: Set = [
            "uru4000", "nb1010", "upektc", "vcom5s", "aes3500", "aes4000", "vfs7552", "upektc_img", "upeksonly",
            "aes1610",
            "aes1660", "aes2501", "aes2550", "aes2660", "vfs0050", "vfs101", "vfs301", "vfs5011", "etes603", "egis0570",
            "elan", "elanspi", "virtual_image",
        ]
        #expect(Set(table.models.compactMap(\.driver)) == drivers)
        #expect(table.models.allSatisfy { !$0.source.isEmpty })
    }

    @Test func `Every id that this machine's libfprint lists for an image driver is in it`() throws {
        let lines = try String(
            decoding: readFile("/lib/udev/hwdb.d/60-autosuspend-libfprint-2.hwdb", limit: 1 << 20), as: UTF8.self
        ).split(separator: "\n")
        var driver = ""
        var checked = 0
        for line in lines {
            if line.hasPrefix("#") {
                driver = line.contains("libfprint driver") ? String(line.split(separator: " ").last!) : ""
            }
            guard line.hasPrefix("usb:v"), table.models.contains(where: { $0.driver == driver }) else { continue }
            let vendor = UInt16(line.dropFirst(5).prefix(4), radix: 16)
            let product = UInt16(line.dropFirst(10).prefix(4), radix: 16)
            // libfprint before 1.94.6 has the ids of aes4000 the wrong way round.
            if driver == "aes4000", vendor == 0x5501 { continue }
            let model = table.model(driver: driver, vendor: vendor, product: product)
            #expect(model?.products.isEmpty == false, "\(line) of \(driver)")
            checked += 1
        }
        #expect(checked > 90)
    }

    @Test func `Scanners are found by driver and USB id`() throws {
        let reader = try #require(table.model(driver: "uru4000", vendor: 0x05ba, product: 0x000a))
        #expect(reader.maker == "DigitalPersona" && reader.resolution == Resolution(x: 512, y: 512))
        #expect(table.model(driver: "uru4000", vendor: 0x045e, product: 0x00bb)?.maker == "Microsoft")
        let nb1010 = try #require(table.model(driver: "nb1010", vendor: 0x298d, product: 0x1010))
        #expect(
            nb1010.resolution == Resolution(x: 385, y: 385) && nb1010.rotation == .right && nb1010.scanType == .press)
        #expect(
            table.model(driver: "egis0570", vendor: 0x1c7a, product: 0x0571)?.resolution == Resolution(x: 695, y: 695))
        #expect(table.model(driver: "virtual_image", vendor: nil, product: nil)?.resolution == .standard)
        // Another product of a known driver may have another resolution.
        #expect(table.model(driver: "uru4000", vendor: 0x05ba, product: 0x0fff) == nil)
        #expect(table.model(driver: "elan", vendor: 0x04f3, product: 0x0c01)?.resolution == .some(nil))
        #expect(table.model(driver: "goodixmoc", vendor: 0x27c6, product: 0x5840) == nil)
    }

    @Test func `A USB device is known by its ids alone, also without a driver`() {
        #expect(table.model(vendor: 0x298d, product: 0x1010)?.driver == "nb1010")
        // Another one of the same maker has none.
        #expect(table.model(vendor: 0x298d, product: 0x3023)?.driver == .some(nil))
        #expect(table.model(vendor: 0x2c0f, product: 0x1005)?.model == "MFS100")
        #expect(table.model(vendor: 0x2c0f, product: 0x1101)?.maker == "Mantra")
        #expect(table.model(vendor: 0x1162, product: 0x2200)?.advice.isEmpty == false)
        #expect(table.model(vendor: 0x1d6b, product: 2) == nil)
    }

    @Test func `No USB id of a driver is listed twice`() {
        var seen: Set<String> = []
        for model in table.models {
            guard let driver = model.driver else { continue }
            for row in model.products {
                for product in row.products {
                    #expect(seen.insert("\(driver) \(row.vendor) \(product)").inserted, "\(driver) \(product)")
                }
            }
        }
    }

    @Test(arguments: [
        ("ppi = 500", "ppi = many", "table.conf:6: 'many' is no value for ppi"),
        ("ppi = 500", "ppi = 500 x 20", "table.conf:6: '500 x 20' is no value for ppi"),
        ("ids = 05ba:000a", "ids = 05ba", "table.conf:3: '05ba' is no value for ids"),
        ("ids = 05ba:000a", "ids = 05ba:000a-0001", "table.conf:3: '05ba:000a-0001' is no value for ids"),
        ("rotate = 90", "rotate = 45", "table.conf:7: '45' is no value for rotate"),
        ("rotate = 90", "turn = 90", "table.conf:7: a scanner has no key 'turn'"),
        ("scan = press\n", "", "table.conf:2: the scanner [one] has no scan"),
        ("driver = x", "driver = none", "table.conf:2: the scanner [one] has no advice"),
        ("quirks = no-reset", "quirks = no-reset slow", "table.conf:9: 'no-reset slow' is no value for quirks"),
        ("maker = A", "maker = A\nmaker = B", "table.conf:5: 'maker' is set a second time, first in line 4"),
    ])
    func `A mistake is told with file and line`(good: String, bad: String, cause: String) throws {
        let text = """
            [one]
            driver = x
            ids = 05ba:000a
            maker = A
            model = B
            ppi = 500
            rotate = 90
            scan = press
            quirks = no-reset
            source = nominal

            """
        let read = try ScannerTable(parsing: Array(text.utf8), file: "table.conf").models
        #expect(
            read.count == 1 && read[0].quirks == [.noReset] && read[0].rotation == .right && read[0].polarity == .dark)
        let wrong = String(text.replacing(good, with: bad))
        let error = #expect(throws: SettingsError.self) {
            try ScannerTable(parsing: Array(wrong.utf8), file: "table.conf")
        }
        #expect(error?.cause == cause)
    }

    @Test func `A table named by a person replaces the built-in one and must exist`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(
            "scanners.conf",
            """
            [mine]
            driver = uru4000
            ids = 05ba:000a
            maker = DigitalPersona
            model = measured
            ppi = 508.5 x 512
            enlargement = 2
            scan = press
            source = measured here

            """.utf8)
        let model = try #require(ScannerTable(path: path).model(driver: "uru4000", vendor: 0x05ba, product: 0x000a))
        #expect(model.resolution == Resolution(x: 1017, y: 1024) && model.model == "measured")
        let error = #expect(throws: SettingsError.self) { try ScannerTable(path: folder.file("none")) }
        #expect(error?.code == "file-missing")
    }

    @Test(arguments: [
        ("/usr/sbin/pidd", "/usr"), ("/usr/local/sbin/pidd", "/usr/local"), ("/opt/a/bin/pidd", "/opt/a"),
    ])
    func `An installed table lies below the prefix of the program`(program: String, prefix: String) {
        #expect(ScannerTable.place(of: program) == "\(prefix)/share/pidd/scanners.conf")
    }

    @Test func `The udev rules are those that follow from the table`() throws {
        let root = TestFiles.root
        let made = try runTool("\(root)/scripts/make-udev-rules", [])
        #expect(made.status == 0)
        #expect(
            try made.output == String(decoding: readFile("\(root)/udev/70-pidd.rules", limit: 1 << 20), as: UTF8.self))
    }
}

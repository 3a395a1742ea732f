// Which scanner it is: the table, serial numbers, and the events of a finger.
import Biometrics
import Glibc
import Platform
@testable import Scanner
import TestSupport
import Testing

@Suite struct Identity {
    @Test(arguments: [
        ("W700B41B\n", "W700B41B"), ("{A3C4-55}\n", "A3C4-55"), ("../../etc\n", "etc"), ("..", nil), ("\n", nil),
        ("a<b>&\"c", "abc"), ("Größe 1", "Gre1"),
        (String(repeating: "7", count: 60), String(repeating: "7", count: 40)),
    ])
    func `A serial number keeps only what may stand in a folder name and in XML`(text: String, cleaned: String?) {
        #expect(cleanedSerial(text) == cleaned)
    }

    @Test func `The serial number is read where the kernel keeps it`() throws {
        let folder = try TemporaryFolder()
        try makeFolders(folder.file("1-7.2"), mode: 0o700)
        let place = USBPlace(vendor: 0x298d, product: 0x1010, bus: 1, ports: [7, 2])
        #expect(place.path == "1-7.2" && place.vendorProduct == "298d:1010")
        #expect(place.serial(root: folder.path) == nil)
        _ = try folder.write("1-7.2/serial", "NB 0042\n".utf8)
        #expect(place.serial(root: folder.path) == "NB0042")
    }

    @Test func `The bus is searched in a context of its own`() {
        #expect(USBPlace.firstOnBus(ids: [ScannerModel.ProductID(vendor: 0xffff, product: 0xfffe)]) == nil)
    }

    @Test func `Scanners are found by driver and USB id`() throws {
        let reader = try #require(ScannerModel.find(driver: "uru4000", vendor: 0x05ba, product: 0x000a))
        #expect(reader.maker == "DigitalPersona" && reader.resolution == Resolution(x: 512, y: 512))
        #expect(ScannerModel.find(driver: "uru4000", vendor: 0x045e, product: 0x00bb)?.maker == "Microsoft")
        #expect(ScannerModel.find(driver: "nb1010", vendor: 0x298d, product: 0x1010)?.resolution?.x == 385)
        #expect(ScannerModel.find(driver: "virtual_image", vendor: nil, product: nil)?.resolution == .standard)
        // Another product of a known driver may have another resolution.
        #expect(ScannerModel.find(driver: "uru4000", vendor: 0x05ba, product: 0x0fff) == nil)
        #expect(ScannerModel.find(driver: "elan", vendor: 0x04f3, product: 0x0c01)?.resolution == .some(nil))
        #expect(ScannerModel.find(driver: "goodixmoc", vendor: 0x27c6, product: 0x5840) == nil)
    }

    @Test func `No USB id of a driver is listed twice`() {
        let keys = ScannerModel.table.flatMap { entry in
            entry.ids.map { "\(entry.driver) \($0.vendor) \($0.product)" }
        }
        #expect(Set(keys).count == keys.count)
    }

    @Test func `A touch that flickers is told once`() {
        var tracker = FingerTracker()
        var events: [FingerEvent] = []
        func status(_ flags: Int) {
            if let event = tracker.update(needed: flags & 1 != 0, present: flags & 2 != 0) { events.append(event) }
        }
        // What egis0570 reports at one touch (1 is needed, 2 present).
        for flags in [1, 3, 1, 3, 1, 3, 2, 2, 0, 0] { status(flags) }
        #expect(events == [.putFinger, .fingerPresent, .captured, .lifted])
        // An operation that ends without a finger has nothing lifted.
        tracker = FingerTracker()
        events = []
        for flags in [1, 0] { status(flags) }
        #expect(events == [.putFinger])
    }

    @Test func `Unknown retry codes of a later library count as general`() {
        #expect((0...4).map { FingerEvent.Hint(code: $0) } == [.general, .tooShort, .center, .remove, .general])
        #expect(FingerEvent.Hint(code: -1) == .general)
    }
}

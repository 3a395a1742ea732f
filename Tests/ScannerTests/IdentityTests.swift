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

    @Test(
        arguments: [
            ("W700B41B\n", true), ("{A3C4-55}\n", true), (" 0042 \n", true), ("NB 0042\n", false), ("A/B12", false),
            ("{}", nil), ("{A}{B}", false), (".5", false), ("A3C4-55}", false), ("Größe", false),
            (String(repeating: "7", count: 40), true), (String(repeating: "7", count: 41), false),
        ] as [(String, Bool?)])
    func `A serial number of which a character was dropped is known as such`(text: String, isWhole: Bool?) {
        #expect(SerialNumber(text)?.isWhole == isWhole)
    }

    @Test func `The serial number is read where the kernel keeps it`() throws {
        let folder = try TemporaryFolder()
        try makeFolders(folder.file("1-7.2"), mode: 0o700)
        let place = USBPlace(vendor: 0x298d, product: 0x1010, bus: 1, ports: [7, 2])
        #expect(place.path == "1-7.2" && place.vendorProduct == "298d:1010")
        #expect(place.serial(root: folder.path) == nil)
        _ = try folder.write("1-7.2/serial", "NB 0042\n".utf8)
        #expect(place.serial(root: folder.path)?.text == "NB0042")
        #expect(place.serial(root: folder.path)?.isWhole == false)
        _ = try folder.write("1-7.2/serial", "NB-0042\n".utf8)
        #expect(place.serial(root: folder.path)?.isWhole == true)
    }

    @Test func `The bus is searched in a context of its own`() {
        #expect(USBPlace.firstOnBus(ids: [ScannerModel.Products(vendor: 0xffff, products: 0xfff0...0xfffe)]) == nil)
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

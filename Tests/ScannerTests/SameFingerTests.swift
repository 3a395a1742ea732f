// Two touches of one finger are told from touches of two, on pictures with real minutiae.
import Biometrics
import Scanner
import Testing
import VirtualScanner

@Suite struct SameFingerTests {
    @Test func `two touches of a finger are noticed, and different fingers are not mistaken for one`() async throws {
        var records: [(finger: UInt64, record: FingerMinutiaeRecord)] = []
        for seed: UInt64 in [1, 3, 6, 8, 9] {
            let finger = SyntheticFinger(seed: seed)
            for touch: UInt64 in [1, 2] {
                let template = try await FingerTemplate(
                    image: ScannerModel.uru4500.impression(of: finger, touch), detector: FPrintMinutiaDetector(),
                    position: .unknown, impression: .livePlain)
                records.append((seed, try FingerMinutiaeRecord(parsing: template.record)))
            }
        }
        for (index, first) in records.enumerated() {
            for second in records[..<index] {
                #expect(
                    first.record.showsSameFinger(as: second.record) == (first.finger == second.finger),
                    "\(first.finger) \(second.finger)")
            }
        }
    }
}

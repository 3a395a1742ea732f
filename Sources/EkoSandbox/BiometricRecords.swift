// Whether a record that was sealed can be a finger's (spec/rd-service.md 5).
import Biometrics
import Secrets

extension PidBlock.Bio {
    /// Checks the record against its layout and against what a finger looks like.
    ///
    /// - Throws: `PidRefusal` 300 or 572.
    func checkRecord() throws(PidRefusal) {
        guard let position = FingerPosition(posh: posh) else { throw .position("posh is not a finger") }
        switch type {
        case "FMR": try checkMinutiae(position)
        case "FIR": try checkImage(position)
        default: throw .pidFormat("a Bio is neither FMR nor FIR")
        }
    }

    private func checkMinutiae(_ position: FingerPosition) throws(PidRefusal) {
        let record: FingerMinutiaeRecord
        do throws(BiometricError) {
            record = try FingerMinutiaeRecord(parsing: self.record)
        } catch {
            throw .noMatch("the FMR cannot be read: \(error.cause)")
        }
        guard record.position == position else { throw .position("the FMR is of another finger than posh says") }
        guard record.pixelsPerCentimetre == (Limits.resolution, Limits.resolution) else {
            throw .noMatch("the FMR is not at 197 pixels per cm (500 ppi)")
        }
        guard Limits.pictureSide.contains(record.width), Limits.pictureSide.contains(record.height) else {
            throw .noMatch("the FMR's picture of \(record.width) x \(record.height) pixels is no finger's")
        }
        guard record.minutiae.count >= Limits.minutiae else {
            throw .noMatch("the FMR has \(record.minutiae.count) minutiae, at least \(Limits.minutiae) are needed")
        }
    }

    /// Reads the two headers of a finger image record with one image; the picture itself is not looked at.
    private func checkImage(_ position: FingerPosition) throws(PidRefusal) {
        func number(at offset: Int, bytes: Int) -> Int {
            (offset..<(offset + bytes)).reduce(0) { $0 << 8 | Int(record[$1]) }
        }
        let magic = Array("FIR\0010\0".utf8)
        guard record.count > 46, magic.indices.allSatisfy({ record[$0] == magic[$0] }),
            number(at: 8, bytes: 6) == record.count, record[18] == 1, number(at: 32, bytes: 4) == record.count - 32
        else { throw .noMatch("the FIR cannot be read: its headers do not fit its length") }
        guard record[36] == position.rawValue else { throw .position("the FIR is of another finger than posh says") }
        let perCentimetre = record[19] == 1 ? 500 : Limits.resolution
        guard number(at: 24, bytes: 2) == perCentimetre, number(at: 26, bytes: 2) == perCentimetre, record[28] == 8
        else {
            throw .noMatch("the FIR is not at 500 ppi with 8 bits")
        }
        guard Limits.pictureSide.contains(number(at: 41, bytes: 2)),
            Limits.pictureSide.contains(number(at: 43, bytes: 2))
        else { throw .noMatch("the FIR's picture is no finger's") }
    }
}

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

    /// Reads a finger image record; its picture is looked at when it is kept as it is or in JPEG 2000.
    private func checkImage(_ position: FingerPosition) throws(PidRefusal) {
        let record: FingerImageRecord
        do throws(BiometricError) {
            record = try FingerImageRecord(parsing: self.record)
            if record.compression.isReadable { _ = try record.image() }
        } catch {
            throw .noMatch("the FIR cannot be read: \(error.cause)")
        }
        guard record.position == position else { throw .position("the FIR is of another finger than posh says") }
        guard record.resolution == .standard else { throw .noMatch("the FIR is not at 500 ppi") }
        guard Limits.pictureSide.contains(record.width), Limits.pictureSide.contains(record.height) else {
            throw .noMatch("the FIR's picture of \(record.width) x \(record.height) pixels is no finger's")
        }
    }
}

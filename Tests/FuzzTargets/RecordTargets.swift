// Records of fingers.
import Biometrics
import Secrets

extension FuzzTarget {
    static let fingerMinutiaeRecord = FuzzTarget(name: "fmr", largestInput: 2048) { input in
        guard let record = try? FingerMinutiaeRecord(parsing: SecretBytes(copying: input)) else { return }
        guard let written = try? record.encoded() else {
            return promise(false, "a record that was read can be written")
        }
        guard let again = try? FingerMinutiaeRecord(parsing: written) else {
            return promise(false, "a record that was written can be read")
        }
        promise(again.minutiae.count == record.minutiae.count, "no minutia is lost")
        promise(again.quality == record.quality && again.position == record.position, "the view is the same")
    }

    static let fingerImageRecord = FuzzTarget(name: "fir", largestInput: 8192) { input in
        guard let record = try? FingerImageRecord(parsing: SecretBytes(copying: input)) else { return }
        promise(record.width < 65536 && record.height < 65536, "sides have two bytes")
        guard let image = try? record.image() else { return }
        promise(record.compression.isReadable, "only what can be read is read")
        promise(
            image.width == record.width && image.height == record.height, "a picture is as large as its record says")
    }
}

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
}

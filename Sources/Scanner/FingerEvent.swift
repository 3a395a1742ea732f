// What happens at the sensor while a picture is taken.
import CFPrint

/// Something a person at the scanner does, or should do.
package enum FingerEvent: Equatable, Sendable {
    /// The scanner waits: put the finger on it.
    case putFinger
    /// A finger is there: hold still.
    case fingerPresent
    /// The picture is taken: lift the finger.
    case captured
    /// The finger is off the sensor.
    case lifted
    /// The picture was no good; the scanner waits for another within the same capture.
    case retry(Hint)

    /// What to do better.
    package enum Hint: Equatable, Sendable {
        case general, tooShort, center, remove

        /// Codes that a later libfprint adds count as general (spec/fingerprint.md section 1).
        init(code: Int32) {
            switch UInt32(bitPattern: code) {
            case FP_DEVICE_RETRY_TOO_SHORT.rawValue: self = .tooShort
            case FP_DEVICE_RETRY_CENTER_FINGER.rawValue: self = .center
            case FP_DEVICE_RETRY_REMOVE_FINGER.rawValue: self = .remove
            default: self = .general
            }
        }
    }
}

/// Turns libfprint's finger status into events, each at most once for one operation and in their natural order.
///
/// That is the debouncing: egis0570 reports absent and present several times at one touch.
struct FingerTracker {
    private enum Stage: Int { case none, asked, present, captured, lifted }
    private var stage = Stage.none

    /// Whether a finger is on the sensor, as far as is known.
    var seesFinger: Bool { stage == .present || stage == .captured }

    /// - Parameters:
    ///   - needed: the driver waits for a finger.
    ///   - present: a finger is on the sensor.
    /// - Returns: what is new, nil when nothing is.
    mutating func update(needed: Bool, present: Bool) -> FingerEvent? {
        let (next, event): (Stage, FingerEvent) =
            switch (needed, present) {
            case (true, false): (.asked, .putFinger)
            case (true, true): (.present, .fingerPresent)
            case (false, true): (.captured, .captured)
            case (false, false): (.lifted, .lifted)
            }
        guard next.rawValue > stage.rawValue else { return nil }
        // A status of nothing at all before a finger came is the end of an operation, not a lifting.
        if next == .lifted, stage.rawValue < Stage.present.rawValue { return nil }
        stage = next
        return event
    }
}

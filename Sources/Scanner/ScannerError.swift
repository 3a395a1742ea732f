// Why there is no picture.
import Platform

/// Why a capture or a detection gave nothing.
package enum ScannerError: ExplainedError, Equatable {
    /// No scanner is attached.
    case absent
    /// The scanner that was asked for is not attached; the others that are.
    case notAttached(id: String, others: [String])
    /// A scanner is attached but not opened yet.
    case starting
    /// The scanner cannot be used; the text says why.
    case unusable(String)
    /// Another capture runs.
    case busy
    /// No good picture within the time given.
    case timedOut
    /// The caller gave up.
    case cancelled
    /// The scanner was unplugged.
    case removed
    /// The scanner came back as another generation, or goes to sleep with the machine, while it was used.
    case replaced
    /// The scanner must cool down.
    case tooHot
    /// The scanner is being shut down.
    case stopped
    /// The scanner reported an error; the text is the library's own.
    case device(String)
    /// The picture cannot be searched for minutiae; the text says why.
    case detection(String)

    package var code: String {
        switch self {
        case .absent, .notAttached: "scanner-absent"
        case .starting: "scanner-starting"
        case .unusable: "scanner-unusable"
        case .busy: "scanner-busy"
        case .timedOut: "capture-timed-out"
        case .cancelled: "capture-cancelled"
        case .removed: "scanner-removed"
        case .replaced: "scanner-replaced"
        case .tooHot: "scanner-too-hot"
        case .stopped: "scanner-stopped"
        case .device: "scanner-error"
        case .detection: "minutiae-detection-failed"
        }
    }

    package var cause: String {
        switch self {
        case .absent: "no fingerprint scanner is attached"
        case .notAttached(let id, _): "no fingerprint scanner with the id \(id) is attached"
        case .starting: "the fingerprint scanner is not ready yet"
        case .unusable(let reason): reason
        case .busy: "another capture is running on the scanner"
        case .timedOut: "no usable finger was put on the scanner in time"
        case .cancelled: "the capture was cancelled"
        case .removed: "the scanner was unplugged during the capture"
        case .replaced: "the scanner was plugged in anew or put to sleep during the capture"
        case .tooHot: "the scanner is too hot"
        case .stopped: "the scanner has been shut down"
        case .device(let message): "the scanner reported an error: \(message)"
        case .detection(let message): "the picture could not be searched for minutiae: \(message)"
        }
    }

    package var nextStep: String {
        switch self {
        case .absent: "plug in a supported scanner and check its cable"
        case .notAttached(_, []): "plug it in and check its cable"
        case .notAttached(_, let others): "plug it in, or name one that is attached: \(others.joined(separator: ", "))"
        case .starting, .busy: "try again in a few seconds"
        case .unusable: "use another scanner"
        case .timedOut: "put one finger flat on the middle of the sensor and try again"
        case .cancelled: ""
        case .removed: "plug the scanner in again and repeat the capture"
        case .replaced: "repeat the capture"
        case .tooHot: "let it rest for a few minutes"
        case .stopped: "start the service again"
        case .device: "unplug the scanner, plug it in again and repeat the capture"
        case .detection: "clean the sensor and capture again"
        }
    }
}

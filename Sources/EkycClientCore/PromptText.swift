// The words of the prompts, in English; everything a person at the scanner reads is in this file.
import EkoAPI

/// The words of the prompts.
enum PromptText {
    /// What a person reads.
    ///
    /// - Parameters:
    ///   - prompt: what to say.
    ///   - seconds: what is left of the time for it; nil when that is not known or not to be shown.
    /// - Returns: one line without its end.
    static func english(_ prompt: Prompt, seconds: Int?) -> String {
        guard let seconds else { return words(prompt) }
        return "\(words(prompt)) (\(seconds) s left)"
    }

    /// After a capture: what each finger is worth.
    static func captured(minutiae: [Int], quality: [Int]) -> String {
        func list(_ numbers: [Int]) -> String {
            numbers.isEmpty ? "unknown" : numbers.map(String.init).joined(separator: ", ")
        }
        let fingers = max(minutiae.count, quality.count)
        return "Captured: " + (fingers > 1 ? "\(fingers) fingers, " : "")
            + (minutiae.isEmpty ? "" : "\(list(minutiae)) minutiae, ") + "quality \(list(quality))"
    }

    private static func words(_ prompt: Prompt) -> String {
        switch prompt {
        case .waiting: "Waiting for the scanner"
        case .scannerStarting: "The scanner is starting"
        case .noScanner: "No scanner is attached"
        case .inLine(let place, let holder):
            (place == 1 ? "Next in line" : "Number \(place) in line")
                + (holder.map { "; the scanner is with \(shown(String($0.prefix(32))))" } ?? "")
        case .clearScanner: "Take the finger off the scanner"
        case .getReady: "The scanner is yours in a moment"
        case .placeFinger(nil): "Place your finger on the scanner"
        case .placeFinger(let finger?):
            finger.of == 1
                ? "Place your \(finger.name.map { "\($0) " } ?? "")finger on the scanner"
                : "Place finger \(finger.index) of \(finger.of)" + (finger.name.map { ": \($0)" } ?? " on the scanner")
        case .holdStill: "Hold still"
        case .retry(.tryAgain): "Not read: lift your finger and place it again"
        case .retry(.pressLonger): "Too short: press a little harder and keep the finger there"
        case .retry(.centerFinger): "Place the middle of your finger on the scanner"
        case .retry(.removeFinger): "Lift your finger, then place it again"
        case .retry(.lowQuality): "Not clear enough: wipe the finger, then place it again, flat and a little harder"
        case .retry(.anotherFinger): "This finger has been read already: place another one"
        case .liftFinger(last: true): "Done, lift your finger"
        case .liftFinger(last: false): "Lift your finger"
        case .stopping: "The capture is being stopped"
        }
    }
}

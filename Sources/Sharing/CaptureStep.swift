// What happens within one capture, for those who listen to the desk.

/// A step of a capture; whoever runs the capture tells it.
package enum CaptureStep: Sendable, Equatable {
    /// The scanner waits for a finger, for that long at most.
    case putFinger(remaining: Duration)
    case fingerPresent
    /// The picture was no good; the next one is waited for. The hint is a stable name.
    case retry(hint: String)
    /// The picture is taken.
    case captured
    case lifted
    /// Minutiae and quality 0...100 of each finger.
    case quality(nmPoints: [Int], qScore: [Int])
    /// The request has its answer: `captured`, or the code of what went wrong.
    case done(outcome: String, duration: Duration)
}

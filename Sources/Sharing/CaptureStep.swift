// What happens within one capture, for those who listen to the desk.

/// Which finger of a capture a step is about.
package struct FingerTurn: Sendable, Equatable {
    /// 1 for the first.
    package let index: Int
    /// How many fingers the capture has.
    package let of: Int
    /// As `posh` names it, `UNKNOWN` when the choice is the person's.
    package let finger: String

    package init(index: Int, of: Int, finger: String) {
        self.index = index
        self.of = of
        self.finger = finger
    }
}

/// A step of a capture; whoever runs the capture tells it.
package enum CaptureStep: Sendable, Equatable {
    /// The finger before this one has its picture and must leave the glass.
    case liftFinger(FingerTurn)
    /// The scanner waits for a finger, for that long at most.
    case putFinger(FingerTurn, remaining: Duration)
    case fingerPresent
    /// The picture was no good, or could be better; the next one is waited for. The hint is a stable name.
    case retry(hint: String)
    /// The picture is taken.
    case captured
    case lifted
    /// Minutiae and quality 0...100 of each finger.
    case quality(nmPoints: [Int], qScore: [Int])
    /// The request has its answer: `captured`, or the code of what went wrong.
    case done(outcome: String, duration: Duration)
}

// How a finger met the scanner, by the codes that both ISO records use (spec/rd-service.md 5.4 and 5.5).

/// How a print was taken.
package enum FingerImpression: UInt8, Sendable {
    case livePlain = 0
    case liveRolled = 1
    case nonLivePlain = 2
    case nonLiveRolled = 3
    /// A finger drawn over a narrow sensor.
    case swipe = 8
}

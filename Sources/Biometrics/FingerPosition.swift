// Which finger it is: the `posh` words of PidOptions and the codes of the ISO records (spec/rd-service.md 5.2).

/// A finger, by its ISO/IEC 19794 code.
package enum FingerPosition: UInt8, CaseIterable, Sendable {
    case unknown = 0
    case rightThumb, rightIndex, rightMiddle, rightRing, rightLittle
    case leftThumb, leftIndex, leftMiddle, leftRing, leftLittle

    /// The word that PidOptions and the PID block use, such as `LEFT_INDEX`.
    package var posh: String {
        switch self {
        case .unknown: "UNKNOWN"
        case .rightThumb: "RIGHT_THUMB"
        case .rightIndex: "RIGHT_INDEX"
        case .rightMiddle: "RIGHT_MIDDLE"
        case .rightRing: "RIGHT_RING"
        case .rightLittle: "RIGHT_LITTLE"
        case .leftThumb: "LEFT_THUMB"
        case .leftIndex: "LEFT_INDEX"
        case .leftMiddle: "LEFT_MIDDLE"
        case .leftRing: "LEFT_RING"
        case .leftLittle: "LEFT_LITTLE"
        }
    }

    /// The finger that a `posh` word names; nil for irises, faces and words that are none.
    package init?(posh: some StringProtocol) {
        guard let position = Self.allCases.first(where: { $0.posh == posh }) else { return nil }
        self = position
    }
}

// The one time of a PID: text in the block, prefix of Data, nonce and additional data of the cipher (spec/rd-service.md 2.5).
import Platform

/// When a PID was made, in Indian time whatever zone the machine is in.
package struct PIDTimestamp: Sendable, Equatable {
    /// `YYYY-MM-DDThh:mm:ss`, 19 ASCII characters.
    package let text: String

    /// The timestamp of a moment of the wall clock.
    ///
    /// - Parameter seconds: since the Unix epoch.
    package init(secondsSinceEpoch seconds: Int64) {
        text = CivilTime(secondsSinceEpoch: seconds, offset: CivilTime.indiaOffset).iso
    }

    var bytes: [UInt8] { Array(text.utf8) }

    /// The nonce: the last 12 bytes.
    var nonce: [UInt8] { Array(bytes.suffix(12)) }

    /// The additional authenticated data: the last 16 bytes.
    var additionalData: [UInt8] { Array(bytes.suffix(16)) }
}

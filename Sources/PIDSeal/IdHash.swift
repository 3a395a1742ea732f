// idHash: what of the device was told to UIDAI at registration, and in which form (spec/rd-service.md 2.3 and 8.1).
import Crypto

/// How the idHash of an identity is made; fixed at provisioning, since it must stay what UIDAI was told.
package enum IdHashRule: Sendable, Equatable {
    /// What is hashed.
    package enum Input: String, Sendable, CaseIterable {
        /// The serial number of the scanner; the reading that has most support.
        case serial
        /// The device code.
        case dc
    }

    /// How the 32 bytes are written.
    package enum Form: String, Sendable, CaseIterable {
        case upperHex = "HEX"
        case lowerHex = "hex"
        case base64
    }

    case hash(of: Input, as: Form)
    /// A text that the device provider gave.
    case given(String)

    /// Upper-case hexadecimal of SHA-256 of the serial number.
    package static let standard = IdHashRule.hash(of: .serial, as: .upperHex)

    /// Reads `serial:HEX`, `serial:hex`, `serial:base64`, the same with `dc:`, or `given:TEXT`.
    package init?(text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else { return nil }
        if parts[0] == "given" {
            guard DeviceIdentity.isPossible(parts[1]) else { return nil }
            self = .given(parts[1])
        } else {
            guard let input = Input(rawValue: parts[0]), let form = Form(rawValue: parts[1]) else { return nil }
            self = .hash(of: input, as: form)
        }
    }

    /// As `init(text:)` reads it.
    package var text: String {
        switch self {
        case .hash(let input, let form): "\(input.rawValue):\(form.rawValue)"
        case .given(let text): "given:\(text)"
        }
    }

    /// The idHash of a device; nil when it hashes a dc that is not known yet.
    package func idHash(serial: String, dc: String?) -> String? {
        switch self {
        case .given(let text): return text
        case .hash(let input, let form):
            guard let hashed = input == .serial ? serial : dc else { return nil }
            let digest = sha256(Array(hashed.utf8))
            return switch form {
            case .upperHex: upperHex(digest)
            case .lowerHex: upperHex(digest).lowercased()
            case .base64: base64(digest)
            }
        }
    }
}

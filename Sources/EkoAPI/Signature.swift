// How Eko knows who asks: a fresh HMAC over the time for every request (1.2 of the API notes).
import Crypto
import Platform
package import Secrets
import Synchronization

/// The access key that Eko gave its customer; it signs and is never sent.
package struct AccessKey: Sendable, CustomStringConvertible {
    private let key: SecretBytes

    /// Takes a key; line ends and blanks around it do not belong to it.
    ///
    /// - Throws: `InvalidInput` when nothing is left.
    package init(_ text: SecretBytes) throws(InvalidInput) {
        key = text.trimmingWhitespace()
        guard !key.isEmpty else {
            throw InvalidInput("access-key-empty", "the access key is empty", nextStep: "save the key in its file")
        }
    }

    /// The text of `secret-key` for a timestamp.
    ///
    /// base64(HMAC-SHA256(key: base64 text of the access key, message: the timestamp's digits)); always 44 characters.
    package func signature(for timestamp: String) -> String {
        Crypto.base64(hmacSHA256(key: Crypto.base64(key), message: Array(timestamp.utf8)))
    }

    package var description: String { "(access key)" }
}

/// A signature and the timestamp it is for; one request carries both.
package struct Signature: Equatable, Sendable {
    /// Decimal milliseconds since the Unix epoch.
    package let timestamp: String
    /// The text of the `secret-key` header.
    package let secretKey: String
}

/// Signs requests, each with a later millisecond than the one before: Eko refuses a timestamp that it has seen.
package final class Signer: Sendable {
    private let key: AccessKey
    private let clock: @Sendable () -> Int64
    private let ledger: TimestampLedger?
    private let last = Mutex<Int64>(0)

    /// Makes a signer.
    ///
    /// - Parameters:
    ///   - key: what signs.
    ///   - ledger: shares the last timestamp with other processes; nil when there are none.
    ///   - clock: milliseconds since the Unix epoch.
    package init(
        key: AccessKey, ledger: TimestampLedger? = nil,
        clock: @escaping @Sendable () -> Int64 = wallClockMilliseconds
    ) {
        self.key = key
        self.ledger = ledger
        self.clock = clock
    }

    /// A signature for the next request, an attempt to repeat one included.
    ///
    /// - Throws: `SignerError` when the ledger cannot be had in time.
    package func sign() throws(SignerError) -> Signature {
        var now = last.withLock { last in
            last = max(clock(), last + 1)
            return last
        }
        if let ledger {
            now = try ledger.claim(now)
            last.withLock { $0 = max($0, now) }
        }
        let timestamp = String(now)
        return Signature(timestamp: timestamp, secretKey: key.signature(for: timestamp))
    }
}

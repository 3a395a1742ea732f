// One-time passwords: made at random, good for a while, with few tries.
import Crypto
import Glibc
import Platform
import Secrets

/// A one-time password of 6 digits.
struct OneTimePassword: Sendable {
    private let digits: SecretBytes
    private let end: SuspendingClock.Instant
    private var triesLeft = Limits.otpTries

    /// Makes a new one; every number from 000000 to 999999 is as likely as the others.
    init(now: SuspendingClock.Instant) throws(CryptoError) {
        end = now + Limits.otpTime
        var chosen: SecretBytes?
        // 24 random bits, refused above the last whole million: 4 in 100 times it takes another round.
        while chosen == nil {
            let random = try randomSecret(count: 3)
            chosen = random.withSpan { bytes in
                let number = Int(bytes[0]) << 16 | Int(bytes[1]) << 8 | Int(bytes[2])
                return number < 16_000_000 ? Self.digits(of: number % 1_000_000) : nil
            }
        }
        digits = chosen!
    }

    private static func digits(of number: Int) -> SecretBytes {
        unsafe SecretBytes(capacity: 6) { room in
            var rest = number
            for index in (0..<6).reversed() {
                unsafe room[index] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            }
            return 6
        }
    }

    /// What came of a try.
    enum Verdict: Equatable {
        case right
        case wrong
        case expired
        case noTriesLeft
    }

    mutating func check(_ tried: SecretBytes, now: SuspendingClock.Instant) -> Verdict {
        guard triesLeft > 0 else { return .noTriesLeft }
        guard now < end else { return .expired }
        if digits.isEqual(to: tried) { return .right }
        triesLeft -= 1
        return .wrong
    }

    /// Whether it can still be used.
    func isAlive(now: SuspendingClock.Instant) -> Bool { now < end }

    /// Shows the password to the person at the sandbox, as the SMS would: this is the only way out of here.
    ///
    /// - Parameters:
    ///   - recipient: whom it is for, masked.
    ///   - file: a file that is to hold the digits and nothing else, mode 0600; nil for none.
    /// - Throws: `FileError` when the file cannot be written.
    func deliver(to recipient: String, file: String?) throws {
        let line = SecretBytes.concatenating([
            SecretBytes(copying: "OTP for \(recipient): ".utf8), digits, SecretBytes(copying: "\n".utf8),
        ])
        unsafe line.withUnsafeBuffer { _ = unsafe try? writeAll(STDOUT_FILENO, UnsafeRawBufferPointer($0)) }
        guard let file else { return }
        let content = SecretBytes.concatenating([digits, SecretBytes(copying: "\n".utf8)])
        unsafe try content.withUnsafeBuffer {
            unsafe try writeFileAtomically(file, UnsafeRawBufferPointer($0), mode: 0o600)
        }
    }
}

// One-time passwords: made at random, good for a while, with few tries.
import Crypto
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

    /// The digits and a line end, with a text before them.
    fileprivate func line(_ prefix: String = "") -> SecretBytes {
        .concatenating([SecretBytes(copying: prefix.utf8), digits, SecretBytes(copying: "\n".utf8)])
    }
}

/// Where one-time passwords are shown to the person at the sandbox, as the SMS would: there is no other way out.
package struct OTPDisplay: Sendable {
    /// A descriptor that takes one line for each password.
    let console: Int32
    /// A file that always holds the newest digits and nothing else, mode 0600; nil for none.
    let file: String?

    /// Shows a password.
    ///
    /// - Parameters:
    ///   - otp: the password.
    ///   - recipient: whom it is for, masked.
    /// - Throws: `FileError` when the file cannot be written.
    func show(_ otp: OneTimePassword, to recipient: String) throws {
        unsafe otp.line("OTP for \(recipient): ").withUnsafeBuffer {
            _ = unsafe try? writeAll(console, UnsafeRawBufferPointer($0))
        }
        guard let file else { return }
        unsafe try otp.line().withUnsafeBuffer {
            unsafe try writeFileAtomically(file, UnsafeRawBufferPointer($0), mode: 0o600)
        }
    }
}

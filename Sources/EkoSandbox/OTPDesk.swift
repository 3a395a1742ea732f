// OTPs that are on their way, each with the reference under which it is given back.
import Crypto
import Platform
import Secrets
import Synchronization

/// Sends OTPs and takes them back, one at a time for each person.
final class OTPDesk: Sendable {
    private struct Invitation {
        let reference: String
        var otp: OneTimePassword
    }

    private let display: OTPDisplay
    private let now: @Sendable () -> SuspendingClock.Instant
    private let open = Mutex<[String: Invitation]>([:])
    /// Held while an OTP is shown, so that two never write the file at once.
    private let delivery = Mutex(())

    init(display: OTPDisplay, now: @escaping @Sendable () -> SuspendingClock.Instant) {
        self.display = display
        self.now = now
    }

    /// Sends an OTP; an earlier one of the same person is void.
    ///
    /// - Parameters:
    ///   - person: whom it is for and what for, as a key.
    ///   - mobile: shown masked.
    ///   - isLong: whether the reference is as long and awkward as DigiKhata's.
    /// - Returns: the reference.
    /// - Throws: when the OTP cannot be made or shown, or too many are open.
    func invite(_ person: String, mobile: String, isLong: Bool = false) throws -> String {
        let moment = now()
        let otp = try OneTimePassword(now: moment)
        let reference = try isLong ? base64(randomBytes(count: 68)) : Self.number(digits: 9)
        let isRoom = open.withLock { open in
            if open.count >= Limits.senders { open = open.filter { $0.value.otp.isAlive(now: moment) } }
            guard open.count < Limits.senders else { return false }
            open[person] = Invitation(reference: reference, otp: otp)
            return true
        }
        guard isRoom else { throw CryptoError("full", "\(Limits.senders) OTPs are open") }
        try delivery.withLock { _ in try display.show(otp, to: masked(mobile)) }
        return reference
    }

    /// What came of an OTP that was given back; nil when there is none under this reference.
    func check(_ person: String, reference: String, _ tried: SecretBytes) -> OneTimePassword.Verdict? {
        let moment = now()
        return open.withLock { open in
            guard var invitation = open[person], invitation.reference == reference else { return nil }
            let verdict = invitation.otp.check(tried, now: moment)
            open[person] = verdict == .right ? nil : invitation
            return verdict
        }
    }

    /// A decimal number that does not begin with 0.
    static func number(digits count: Int) throws(CryptoError) -> String {
        let random = try randomBytes(count: count)
        return random.enumerated().map { index, byte in
            index == 0 ? String(1 + byte % 9) : String(byte % 10)
        }.joined()
    }
}

extension OneTimePassword.Verdict {
    /// What the log says of a refused OTP.
    var reason: String {
        switch self {
        case .right: "the OTP is right"
        case .wrong: "the OTP is wrong"
        case .expired: "the OTP was good for 10 minutes"
        case .noTriesLeft: "the OTP is void after \(Limits.otpTries) wrong tries"
        }
    }
}

// DMT-Fino senders: the biometric eKYC and its OTP (spec/eko-api.md 4.3 and 4.4, and the reference pages).
import Crypto
import Platform
import Secrets
import Synchronization

/// Senders, as far as this sandbox has heard of them.
final class FinoSenders: Sendable {
    /// Where a sender stands.
    private enum State {
        case enrolled
        case awaitsOTP(kycRequestID: String, otpReference: String, OneTimePassword)
        case verified
    }

    /// wadh of this operation: base64 of SHA-256 of `2.5FYNNN` (section 8.2).
    static let wadh = base64(sha256(Array("2.5FYNNN".utf8)))

    private let profile: APIProfile
    private let judge: PidJudge
    private let display: OTPDisplay
    private let now: @Sendable () -> SuspendingClock.Instant
    private let senders = Mutex<[String: State]>([:])
    /// Held while an OTP is shown, so that two never write the file at once.
    private let delivery = Mutex(())

    init(
        profile: APIProfile, judge: PidJudge, display: OTPDisplay,
        now: @escaping @Sendable () -> SuspendingClock.Instant
    ) {
        self.profile = profile
        self.judge = judge
        self.display = display
        self.now = now
    }

    /// The rows of this rail.
    var operations: [Operation] {
        let sender = "/customer/payment/dmt-fino/sender/{customer_id}"
        // Required on every call by the reference pages, not listed on most by the current ones.
        let common = Field.common(userCodeRequired: profile == .reference)
        let address: Field.Format =
            profile == .reference
            ? .linesText : .objectText(["line", "city", "state", "pincode", "district", "area"])
        return [
            Operation(
                method: "GET", path: sender, fields: Field.common(userCodeRequired: true), perform: get),
            Operation(
                method: "POST", path: sender,
                fields: common + [
                    Field("name", .text(upTo: 100)), Field("dob", .date), Field("residence_address", address),
                ], perform: onboard),
            Operation(
                method: "PUT", path: "\(sender)/otp",
                fields: common + [Field("aadhar", .aadhaar), Field("piddata", .text(upTo: Limits.body))],
                perform: ekyc),
            Operation(
                method: "PUT", path: "\(sender)/otp/verify",
                fields: common + [
                    Field("otp", .digits(6...6)), Field("otp_ref_id", .text(upTo: 128)),
                    Field("kyc_request_id", .text(upTo: 128)),
                ], perform: verify),
        ]
    }

    // MARK: Enrolment

    private func get(_ call: Call) -> Answer {
        switch senders.withLock({ $0[call.customer] }) {
        case nil:
            return .failure(
                308, "Failure!Customer Not Enrolled", data: ["ekyc_enabled": ""], reason: "the sender is not enrolled")
        case .enrolled: return Self.pending
        case .awaitsOTP(let requestID, let reference, _):
            return .success(
                2129, "Validate the OTP",
                ["intent_id": "", "kyc_request_id": .string(requestID), "otp_ref_id": .string(reference)])
        case .verified:
            return .success(
                309, statusID: -1, "Success!",
                [
                    "is_registered": 1, "next_allowed_limit": 25000, "kyc_state": "0",
                    "customer_profile": [
                        "name": "ASHA RAO", "mobile": .string(call.customer), "total_monthly_limit": 25000,
                        "next_allowed_limit": 25000, "kyc_state": 1,
                    ],
                ])
        }
    }

    private static let pending = Answer.success(2134, "Customer KYC Pending", ["otp_ref_id": ""])

    private func onboard(_ call: Call) -> Answer {
        enum Admission { case new, known, verified, full }
        let admission = senders.withLock { senders -> Admission in
            if case .verified? = senders[call.customer] { return .verified }
            guard senders[call.customer] == nil else { return .known }
            guard senders.count < Limits.senders else { return .full }
            senders[call.customer] = .enrolled
            return .new
        }
        switch admission {
        case .new: return Self.pending
        case .known:
            return .success(
                300, "Wallet opened successfully.",
                [
                    "customer_id_type": "mobile_number", "state_desc": "Non-Kyc", "state": "2",
                    "customer_id": .string(call.customer),
                ])
        case .verified: return get(call)
        case .full: return .busy("\(Limits.senders) senders are remembered; start the sandbox anew")
        }
    }

    // MARK: eKYC

    private func ekyc(_ call: Call) -> Answer {
        do {
            try judge.judge(call.secret("piddata"), wadh: Self.wadh)
        } catch {
            return .failure(
                2135, "Customer KYC Pending", description: error.answer, reason: error.description)
        }
        do {
            return try invite(call)
        } catch {
            return .failure(
                461, "Failed!Please try after some time", description: "The OTP could not be sent",
                reason: "the OTP could not be made or shown: \(error)")
        }
    }

    /// Makes an OTP for a sender whose finger was accepted.
    private func invite(_ call: Call) throws -> Answer {
        let moment = now()
        let otp = try OneTimePassword(now: moment)
        let requestID = try OTPDesk.number(digits: 7)
        let reference = try OTPDesk.number(digits: 9)
        enum Admission { case invited, verifiedBefore, full }
        let admission = senders.withLock { senders -> Admission in
            if case .verified? = senders[call.customer] { return .verifiedBefore }
            if senders.count >= Limits.senders { senders = senders.filter { Self.isWorthKeeping($0.value, moment) } }
            guard senders.count < Limits.senders || senders[call.customer] != nil else { return .full }
            // A new capture makes the earlier OTP void.
            senders[call.customer] = .awaitsOTP(kycRequestID: requestID, otpReference: reference, otp)
            return .invited
        }
        switch admission {
        case .invited: break
        case .verifiedBefore: return completed(call)
        case .full: return .busy("\(Limits.senders) senders are remembered; start the sandbox anew")
        }
        try delivery.withLock { _ in try display.show(otp, to: masked(call.customer)) }
        return .success(
            2129, "Validate the OTP",
            [
                "user_code": .string(call.text("user_code")), "intent_id": "", "kyc_request_id": .string(requestID),
                "otp_ref_id": .string(reference), "mobile": .string(masked(call.customer)),
            ])
    }

    private static func isWorthKeeping(_ state: State, _ moment: SuspendingClock.Instant) -> Bool {
        switch state {
        case .awaitsOTP(_, _, let otp): otp.isAlive(now: moment)
        case .verified, .enrolled: true
        }
    }

    // MARK: OTP

    private func verify(_ call: Call) -> Answer {
        let moment = now()
        let (requestID, reference) = (call.text("kyc_request_id"), call.text("otp_ref_id"))
        enum Finding {
            case verified, verifiedBefore, unknown
            case refused(OneTimePassword.Verdict)
        }
        let finding = senders.withLock { senders -> Finding in
            switch senders[call.customer] {
            case nil, .enrolled: return .unknown
            case .verified: return .verifiedBefore
            case .awaitsOTP(let knownID, let knownReference, var otp):
                guard requestID == knownID, reference == knownReference else { return .unknown }
                let verdict = otp.check(call.secret("otp"), now: moment)
                let isRight = verdict == .right
                senders[call.customer] =
                    isRight ? .verified : .awaitsOTP(kycRequestID: knownID, otpReference: knownReference, otp)
                return isRight ? .verified : .refused(verdict)
            }
        }
        switch finding {
        case .verified: return completed(call)
        case .verifiedBefore:
            return otpFailure("Customer Already registred", reason: "the sender was verified before")
        case .unknown:
            return otpFailure(
                "Unknown otp_ref_id or kyc_request_id",
                reason: "otp_ref_id and kyc_request_id are not those of this sender's last eKYC")
        case .refused(.expired):
            return otpFailure(statusID: 303, "OTP expired", reason: "the OTP was good for 10 minutes")
        case .refused(.noTriesLeft):
            return otpFailure(
                statusID: 303, "OTP expired",
                reason: "the OTP is void after \(Limits.otpTries) wrong tries; capture anew")
        case .refused: return otpFailure(statusID: 302, "Wrong OTP", reason: "the OTP is wrong")
        }
    }

    private func otpFailure(statusID: Int = 1, _ description: String, reason: String) -> Answer {
        .failure(2131, statusID: statusID, "OTP validation failed", description: description, reason: reason)
    }

    private func completed(_ call: Call) -> Answer {
        switch profile {
        case .reference:
            .success(
                1388, "eKYC verification successful",
                ["customer_id": .string(call.customer), "kyc_verified": true, "available_limit": 25000])
        case .current:
            .success(2132, "Customer Registration Completed", ["user_code": .string(call.text("user_code"))])
        }
    }
}

/// A mobile number of which only the last four digits show.
func masked(_ mobile: some StringProtocol) -> String {
    String(repeating: "*", count: max(mobile.count - 4, 0)) + mobile.suffix(4)
}

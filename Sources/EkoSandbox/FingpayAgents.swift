// Agents at AePS Fingpay: the eKYC of three steps, and the daily KYC (spec/eko-api.md 5).
import Crypto
import Secrets
import Synchronization

/// Agents, by their user code.
final class FingpayAgents: Sendable {
    private struct Agent {
        /// What the next step must give back.
        var reference = ""
        var transaction = ""
        var hasConfirmed = false
        var isVerified = false
        /// Whether the daily KYC was done while this sandbox runs.
        var isPresent = false
    }

    private let profile: APIProfile
    private let judge: PidJudge
    private let otps: OTPDesk
    private let key: PrivateKey
    private let agents = Mutex<[String: Agent]>([:])

    init(profile: APIProfile, judge: PidJudge, otps: OTPDesk, key: PrivateKey) {
        self.profile = profile
        self.judge = judge
        self.otps = otps
        self.key = key
    }

    /// Whether an agent has done today's KYC.
    func isPresent(_ agent: String) -> Bool { agents.withLock { $0[agent]?.isPresent ?? false } }

    /// The rows of this rail.
    var operations: [Operation] {
        let isOld = profile == .reference
        let base = isOld ? "/customer/aeps/fingpay/kyc" : "/user/collection/aeps-fingpay/kyc"
        let common = Field.common(userCodeRequired: true) + [Field(isOld ? "aadhaar" : "aadhar", .encryptedAadhaar)]
        let agent = isOld ? [] : [Field("customer_id", .mobile), Field("latlong", .place)]
        let references =
            [Field("otp_ref_id", .text(upTo: 128))] + (isOld ? [] : [Field("reference_tid", .text(upTo: 128))])
        let bank = isOld ? [] : [Field("bank_code", .text(upTo: 20))]
        let pid = [Field("piddata", .text(upTo: Limits.body))]
        let change = isOld ? "POST" : "PUT"
        return [
            Operation(method: "POST", path: base + "/otp", fields: common + agent, perform: sendOTP),
            Operation(
                method: "PUT", path: base + "/otp/verify",
                fields: common + agent + [Field("otp", .digits(6...6))] + references, perform: verifyOTP),
            Operation(
                method: change, path: base + "/biometric", fields: common + agent + pid + bank + references,
                perform: biometric),
            Operation(
                method: change, path: base + (isOld ? "/daily" : "/biometric/daily"),
                fields: common + (isOld ? [Field("latlong", .place)] : agent) + pid + bank, perform: daily),
        ]
    }

    /// The refusal of a number that is not one under this sandbox's key; nil when it is.
    static func fault(in call: Call, _ key: PrivateKey) -> Answer? {
        let name = call.text("aadhaar").isEmpty ? "aadhar" : "aadhaar"
        guard let block = try? decodeBase64(call.text(name).utf8), let digits = try? key.decryptPKCS1(block) else {
            return .invalid([(name, "cannot be decrypted: another key or another padding")])
        }
        return Field.Format.aadhaar.fault(in: digits).map { .invalid([(name, "decrypted, \($0)")]) }
    }

    private func sendOTP(_ call: Call) -> Answer {
        if let fault = Self.fault(in: call, key) { return fault }
        let (agent, mobile) = (call.text("user_code"), call.text("customer_id"))
        let transaction: String
        let reference: String
        do {
            transaction = try "EKYKF" + OTPDesk.number(digits: 22) + "I"
            reference = try otps.invite("fingpay \(agent)", mobile: mobile.isEmpty ? call.text("initiator_id") : mobile)
        } catch {
            return .fingpayFailure("The OTP could not be sent", reason: "the OTP could not be made or shown: \(error)")
        }
        let wasVerified = agents.withLock { agents in
            var state = agents[agent] ?? Agent()
            (state.reference, state.transaction, state.hasConfirmed) = (reference, transaction, false)
            agents[agent] = state
            return state.isVerified
        }
        guard !wasVerified else {
            return .fingpayFailure("eKYC was completed before", reason: "this agent has completed the eKYC")
        }
        guard profile == .current else {
            return .success(
                1388, "OTP sent",
                ["otp_ref_id": .string(reference), "mobile_hint": .string(masked(call.text("initiator_id")))])
        }
        return .success(
            1600, "OTP request has been sent",
            ["reference_tid": .string(transaction), "otp_ref_id": .string(reference)])
    }

    private func verifyOTP(_ call: Call) -> Answer {
        if let fault = Self.fault(in: call, key) { return fault }
        let agent = call.text("user_code")
        guard holds(call, confirmed: false) else {
            return .fingpayFailure(
                "Invalid otp_ref_id or reference_tid", reason: "the references are not those that send-otp gave last")
        }
        let verdict = otps.check("fingpay \(agent)", reference: call.text("otp_ref_id"), call.secret("otp"))
        guard verdict == .right else {
            return .fingpayFailure(
                verdict == .wrong ? "Invalid OTP" : "OTP expired",
                reason: verdict?.reason ?? "no OTP is open under otp_ref_id")
        }
        guard let reference = try? OTPDesk.number(digits: 6), let number = try? OTPDesk.number(digits: 22) else {
            return .fingpayFailure("try again", reason: "no random numbers")
        }
        let transaction = "BEKYF\(number)I"
        // New ones, and the old are worth nothing from here on.
        agents.withLock { agents in
            agents[agent]?.reference = reference
            agents[agent]?.transaction = transaction
            agents[agent]?.hasConfirmed = true
        }
        return .success(
            profile == .current ? 1604 : 1388, "Validation successful",
            ["reference_tid": .string(transaction), "otp_ref_id": .string(reference)])
    }

    private func holds(_ call: Call, confirmed: Bool) -> Bool {
        agents.withLock { agents in
            guard let agent = agents[call.text("user_code")], agent.hasConfirmed == confirmed else { return false }
            let isTransaction = profile == .reference || call.text("reference_tid") == agent.transaction
            return isTransaction && call.text("otp_ref_id") == agent.reference
        }
    }

    private func biometric(_ call: Call) -> Answer {
        if let fault = Self.fault(in: call, key) { return fault }
        guard holds(call, confirmed: true) else {
            return .fingpayFailure(
                "Merchant is Inactive or Invalid Details",
                reason: "the references are not those that verify-otp gave; they differ from those of send-otp")
        }
        do {
            try judge.judge(call.secret("piddata"), wadh: FinoSenders.wadh)
        } catch {
            return .fingpayFailure(error.answer, reason: error.description)
        }
        agents.withLock { agents in
            agents[call.text("user_code")]?.isVerified = true
            agents[call.text("user_code")]?.hasConfirmed = false
        }
        return .success(1605, "Congratulations! eKYC successful", ["user_code": .string(call.text("user_code"))])
    }

    private func daily(_ call: Call) -> Answer {
        if let fault = Self.fault(in: call, key) { return fault }
        let agent = call.text("user_code")
        func failure(_ text: String, _ reason: String) -> Answer {
            .failure(1714, "KYC Fail", data: ["reason": .string(text), "comment": ""], reason: reason)
        }
        do {
            try judge.judge(call.secret("piddata"), wadh: nil)
        } catch {
            return failure("Authentication Failed. Invalid Biometric data.", error.description)
        }
        let isVerified = agents.withLock { agents in
            let isVerified = agents[agent]?.isVerified ?? false
            agents[agent]?.isPresent = isVerified
            return isVerified
        }
        guard isVerified else {
            return failure(
                "Please complete bank eKYC to process the transaction.", "the agent has not completed the eKYC")
        }
        return .success(1713, "KYC sucess", ["user_code": .string(agent)])
    }
}

extension Answer {
    /// Fingpay's general refusal, with its reason in `data`.
    static func fingpayFailure(_ text: String, reason: String) -> Answer {
        .failure(
            461, "Failed!Please try after some time", data: ["reason": .string(text), "last_used_okekey": ""],
            reason: reason)
    }
}

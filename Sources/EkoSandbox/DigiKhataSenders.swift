// DigiKhata wallets: the mobile number by OTP, the Aadhaar number by OTP, then the PAN (spec/eko-api.md 9).
import Secrets
import Synchronization

/// Senders with a wallet, by their mobile number.
final class DigiKhataSenders: Sendable {
    /// How far a sender has come.
    private enum Stage: Int {
        case enrolled, aadhaarPending, panPending, verified
    }

    private let profile: APIProfile
    private let otps: OTPDesk
    private let senders = Mutex<[String: Stage]>([:])
    /// Senders to whom the consent was shown.
    private let informed = Mutex<Set<String>>([])

    init(profile: APIProfile, otps: OTPDesk) {
        self.profile = profile
        self.otps = otps
    }

    /// The rows of this rail.
    var operations: [Operation] {
        let base = "/customer/payment/ppi-digikhata/sender/{customer_id}"
        let common = Field.common(userCodeRequired: profile == .reference)
        let otp = [Field("otp", .digits(6...6)), Field("otp_ref_id", .text(upTo: 128))]
        let consent =
            common.filter { $0.name != "client_ref_id" } + [
                Field("client_ref_id", .clientReference), Field("org_id", .digits(1...6)),
            ]
        return [
            Operation(method: "GET", path: base, fields: common, perform: get),
            Operation(
                method: "POST", path: base,
                fields: common + [
                    Field("name", .text(upTo: 100)), Field("dob", .date), Field("residence_address", .lines),
                ], perform: onboard),
            Operation(method: "POST", path: base + "/otp", fields: common, perform: sendOTP),
            Operation(method: "POST", path: base + "/otp/verify", fields: common + otp, perform: verifyOTP),
            Operation(method: "GET", path: base + "/aadhaar/consent/languages", fields: consent, perform: languages),
            Operation(
                method: "GET", path: base + "/aadhaar/consent/details",
                fields: consent + [Field("consent_language", .digits(1...2))], perform: details),
            Operation(
                method: "POST", path: base + "/aadhaar/otp", fields: common + [Field("aadhar", .aadhaar)],
                perform: sendAadhaarOTP),
            Operation(
                method: "POST", path: base + "/aadhaar/otp/verify", fields: common + otp, perform: verifyAadhaar),
            Operation(method: "POST", path: base + "/pan", fields: common + [Field("pan_number", .pan)], perform: pan),
        ]
    }

    private func stage(_ call: Call) -> Stage? { senders.withLock { $0[call.customer] } }

    private func set(_ stage: Stage, _ call: Call) {
        senders.withLock { senders in
            if senders.count < Limits.senders || senders[call.customer] != nil { senders[call.customer] = stage }
        }
    }

    private func get(_ call: Call) -> Answer {
        switch stage(call) {
        case nil:
            return .failure(
                308, "Failure!Customer Not Enrolled", data: ["ekyc_enabled": ""], reason: "the sender is not enrolled")
        case .enrolled:
            do {
                // The answer of a read that is no success although nothing is wrong.
                let reference = try otps.invite("wallet \(call.customer)", mobile: call.customer, isLong: true)
                return .failure(
                    2129, "Validate the OTP", data: Self.invitation(19, reference), reason: "an OTP is open")
            } catch {
                return .busy("the OTP could not be made or shown: \(error)")
            }
        case .aadhaarPending: return Self.aadhaarPending
        case .panPending: return Self.panRequired
        case .verified: return profile(call)
        }
    }

    private func onboard(_ call: Call) -> Answer {
        guard stage(call) == nil else {
            return .success(
                300, "Wallet opened successfully.",
                ["customer_id_type": "mobile_number", "state_desc": "Non-Kyc", "customer_id": .string(call.customer)])
        }
        set(.enrolled, call)
        return sendOTP(call)
    }

    private func sendOTP(_ call: Call) -> Answer {
        guard stage(call) != nil else { return notEnrolled }
        do {
            let reference = try otps.invite("wallet \(call.customer)", mobile: call.customer, isLong: true)
            return .success(2129, "Validate the OTP", Self.invitation(19, reference))
        } catch {
            return .busy("the OTP could not be made or shown: \(error)")
        }
    }

    private func verifyOTP(_ call: Call) -> Answer {
        if let refusal = refusal("wallet \(call.customer)", call) { return refusal }
        guard stage(call) == .enrolled else { return profile(call) }
        set(.aadhaarPending, call)
        return Self.aadhaarPending
    }

    private func languages(_ call: Call) -> Answer {
        let names = [
            "English", "Bengali", "Gujarati", "Hindi", "Kannada", "Malayalam", "Marathi", "Odia", "Tamil", "Telugu",
            "Urdu",
            "Assamese", "Punjabi",
        ]
        let list = names.enumerated().map { index, name -> JSONText in
            ["pkid": .integer(index + 1), "consentLanguage": .string(name)]
        }
        return .success(2444, "Consent languages", ["consent_language_list": .array(list)])
    }

    private func details(_ call: Call) -> Answer {
        guard let language = Int(call.text("consent_language")), (1...13).contains(language) else {
            return .invalid([("consent_language", "is not the number of a language")])
        }
        informed.withLock { _ = $0.insert(call.customer) }
        return .success(
            2446, "Consent details",
            [
                "consent_detail": [
                    "consentContent": .string(Self.consentText), "consent": "Y",
                    "audioUrl": "", "consentId": 1, "consentLanguage": .integer(language),
                ]
            ])
    }

    /// As long as such texts are, which have several paragraphs.
    private static let consentText = """
        I agree that my Aadhaar number is used for this test.
        I was told that UIDAI sends an OTP to the mobile number that is registered with my Aadhaar number, and that I give this \
        OTP to the agent of my own will. I was told that my name, address, date of birth, gender and photograph are fetched \
        from UIDAI by it, and that they serve to open and to keep a wallet of this sandbox, and nothing else.
        I can take this consent back at any time. No money and no wallet exists here: whatever I have agreed to ends with \
        the sandbox.
        This is the last sentence of the consent.
        """

    private func sendAadhaarOTP(_ call: Call) -> Answer {
        do {
            let reference = try otps.invite("aadhaar \(call.customer)", mobile: call.customer, isLong: true)
            return .success(2129, "Validate the OTP", Self.invitation(20, reference))
        } catch {
            return .busy("the OTP could not be made or shown: \(error)")
        }
    }

    private func verifyAadhaar(_ call: Call) -> Answer {
        if let refusal = refusal("aadhaar \(call.customer)", call) { return refusal }
        set(.panPending, call)
        return Self.panRequired
    }

    private func pan(_ call: Call) -> Answer {
        guard let stage = stage(call), stage.rawValue >= Stage.panPending.rawValue else { return Self.aadhaarPending }
        set(.verified, call)
        return profile(call)
    }

    // MARK: Answers

    private var notEnrolled: Answer {
        .failure(
            308, "Failure!Customer Not Enrolled", data: ["ekyc_enabled": ""], reason: "the sender is not enrolled")
    }

    private static let aadhaarPending = Answer.failure(
        2136, "Aadhar Validation Pending", data: ["intent_id": 20], reason: "the Aadhaar number is to be confirmed")

    private static let panRequired = Answer.success(2147, "Pan Number Required", ["application_id": "PPI0012345"])

    private static func invitation(_ intent: Int, _ reference: String) -> JSONText {
        ["intent_id": .integer(intent), "kyc_request_id": "", "otp_ref_id": .string(reference)]
    }

    private func refusal(_ person: String, _ call: Call) -> Answer? {
        let verdict = otps.check(person, reference: call.text("otp_ref_id"), call.secret("otp"))
        guard verdict != .right else { return nil }
        return .failure(
            2131, statusID: verdict == .wrong ? 302 : 303, "OTP validation failed",
            description: verdict == .wrong ? "Wrong OTP" : "OTP expired",
            reason: verdict?.reason ?? "no OTP is open under otp_ref_id")
    }

    private func profile(_ call: Call) -> Answer {
        .success(
            309, "Success!",
            [
                "is_registered": 1, "wallet_id": .string("W\(call.customer.suffix(4))"), "wallet_token": "T0001",
                "customer_profile": [
                    "mobile": .string(call.customer), "kyc_state": .integer(stage(call) == .verified ? 1 : 0),
                ],
            ])
    }
}

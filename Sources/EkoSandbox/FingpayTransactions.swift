// What customers do at an agent's by finger, and the inquiry about it (spec/eko-api.md 5.5 and 6).
import Crypto
import Platform
import Secrets
import Synchronization

/// Transactions, as far as this sandbox has seen any; money is a number here.
final class FingpayTransactions: Sendable {
    private struct Transaction {
        let number: String
        let reference: String
        let amount: String
        let status: String
    }

    private struct State {
        var transactions: [Transaction] = []
        /// Withdrawals that an OTP was sent for: the customer and amount, and the OTP's reference, by Fingpay's number.
        var announced: [String: (wanted: String, reference: String)] = [:]
    }

    /// Above this many rupees a withdrawal needs the customer's OTP.
    private static let otpAbove = 5000

    private let profile: APIProfile
    private let judge: PidJudge
    private let agents: FingpayAgents
    private let otps: OTPDesk
    private let key: PrivateKey
    private let clock: @Sendable () -> Int64
    private let state = Mutex(State())

    init(
        profile: APIProfile, judge: PidJudge, agents: FingpayAgents, otps: OTPDesk, key: PrivateKey,
        clock: @escaping @Sendable () -> Int64
    ) {
        self.profile = profile
        self.judge = judge
        self.agents = agents
        self.otps = otps
        self.key = key
        self.clock = clock
    }

    /// The rows of this rail.
    var operations: [Operation] {
        let base = "/customer/collection/aeps-fingpay"
        let person =
            Field.common(userCodeRequired: true) + [Field("aadhar", .encryptedAadhaar), Field("latlong", .place)]
        let finger = person + [Field("bank_code", .text(upTo: 20)), Field("piddata", .text(upTo: Limits.body))]
        let withdrawal = profile == .reference ? "cash-withdrawal" : "cash-withdrawl"
        return [
            Operation(
                method: "POST", path: base + "/cash-withdrawal/otp/{customer_id}",
                fields: person + [Field("amount", .amount), Field("bank_code", .text(upTo: 20), required: false)],
                perform: announce),
            Operation(
                method: "POST", path: base + "/\(withdrawal)/{customer_id}",
                fields: finger + [
                    Field("amount", .amount), Field("txn_otp_request_id", .text(upTo: 64), required: false),
                ], perform: withdraw),
            Operation(method: "POST", path: base + "/balance-enquiry/{customer_id}", fields: finger) { [self] call in
                judged(call, failure: 1464) { _ in ok(1466, "Balance enquiry success", call, amount: "") }
            },
            Operation(method: "POST", path: base + "/mini-statement/{customer_id}", fields: finger) { [self] call in
                judged(call, failure: 1528) { _ in
                    ok(
                        1527, "Mini statement success", call, amount: "",
                        more: [
                            "mini_statement_list": .array([
                                ["date": "19/11", "amount": "250.00", "narration": "UPI", "txnType": "Dr"],
                                ["date": "20/11", "amount": "1000.00", "narration": "NEFT", "txnType": "Cr"],
                            ])
                        ])
                }
            },
            Operation(
                method: "GET", path: "/tools/reference/transaction/{transaction}",
                fields: [
                    Field("initiator_id", .mobile), Field("user_code", .digits(8...8), required: false),
                ], pathFormat: .text(upTo: 64), perform: inquire),
        ]
    }

    private func announce(_ call: Call) -> Answer {
        if let fault = FingpayAgents.fault(in: call, key) { return fault }
        do {
            let number = "FP" + (try OTPDesk.number(digits: 16))
            let reference = try otps.invite(Self.withdrawal(by: call.customer), mobile: call.customer)
            state.withLock { state in
                if state.announced.count >= Limits.senders { state.announced = [:] }
                state.announced[number] = ("\(call.customer) \(call.text("amount"))", reference)
            }
            return .success(1459, "OTP has been sent", ["fp_transaction_id": .string(number)])
        } catch {
            return .fingpayFailure("The OTP could not be sent", reason: "the OTP could not be made or shown: \(error)")
        }
    }

    private func withdraw(_ call: Call) -> Answer {
        let request = call.text("txn_otp_request_id")
        return judged(call, failure: 1464) { otp in
            let isSmall = (Int(call.text("amount")) ?? 0) <= Self.otpAbove
            let wanted = "\(call.customer) \(call.text("amount"))"
            let announced = state.withLock { $0.announced[request] }
            guard isSmall || announced?.wanted == wanted else {
                return .success(1459, "OTP required", ["fp_transaction_id": ""])
            }
            if let announced, !isSmall {
                let person = Self.withdrawal(by: call.customer)
                let verdict = otp.flatMap { otps.check(person, reference: announced.reference, $0) }
                guard verdict == .right else {
                    return Self.refusal(
                        1464, "OTP validation failed", verdict?.reason ?? "the capture has no OTP that is still open")
                }
                state.withLock { _ = $0.announced.removeValue(forKey: request) }
            }
            return ok(1463, "Cash withdrawal success", call, amount: call.text("amount"))
        }
    }

    private static func withdrawal(by customer: String) -> String { "withdrawal \(customer)" }

    private static func refusal(_ failure: Int, _ comment: String, _ reason: String) -> Answer {
        .failure(
            failure, "Transaction failed",
            data: ["tx_status": "1", "reason": "", "comment": .string(comment), "tid": ""], reason: reason)
    }

    /// Judges the customer's finger, and whether the agent may serve at all; `perform` gets the OTP of the capture.
    private func judged(_ call: Call, failure: Int, _ perform: (SecretBytes?) -> Answer) -> Answer {
        if let fault = FingpayAgents.fault(in: call, key) { return fault }
        let otp: SecretBytes?
        do {
            otp = try judge.judge(call.secret("piddata"), wadh: nil)
        } catch {
            return Self.refusal(failure, "Biometrics Did not Match at UIDAI", error.description)
        }
        guard agents.isPresent(call.text("user_code")) else {
            return Self.refusal(
                failure, "Please do 2fa before initiating transaction", "the agent has not done the daily KYC")
        }
        return perform(otp)
    }

    private func ok(
        _ type: Int, _ message: String, _ call: Call, amount: String, more: [String: JSONText] = [:]
    ) -> Answer {
        guard let number = try? OTPDesk.number(digits: 10) else { return .busy("no random numbers") }
        state.withLock { state in
            if state.transactions.count >= Limits.senders { state.transactions.removeFirst() }
            state.transactions.append(
                Transaction(number: number, reference: call.text("client_ref_id"), amount: amount, status: "0"))
        }
        let time = CivilTime(secondsSinceEpoch: clock() / 1000, offset: CivilTime.indiaOffset)
        let members: [(name: String, value: JSONText)] =
            [
                ("tx_status", "0"), ("tid", .string(number)), ("amount", .string(amount)), ("bank", "HDFC BANK"),
                ("bank_ref_num", .string(String(number.reversed()))), ("customer_balance", "12345.67"),
                ("user_code", .string(call.text("user_code"))), ("aadhar", "XXXX XXXX 0000"),
                ("transaction_date", .string(String(time.iso.prefix(10)))), ("reason", ""), ("comment", ""),
            ] + more.map { ($0.key, $0.value) }
        return .success(type, message, .object(members))
    }

    private func inquire(_ call: Call) -> Answer {
        let prefix = "client_ref_id:"
        let wanted = call.customer
        let found = state.withLock { state in
            state.transactions.last { transaction in
                wanted.hasPrefix(prefix)
                    ? transaction.reference == wanted.dropFirst(prefix.count) && !transaction.reference.isEmpty
                    : transaction.number == wanted
            }
        }
        guard let found else {
            return .failure(
                168, "TID does not exist", description: "no such transaction", reason: "no such transaction")
        }
        return .success(
            1472, "Sucess! Enquiry success.",
            [
                "tx_status": .string(found.status), "tid": .string(found.number), "amount": .string(found.amount),
                "client_ref_id": .string(found.reference), "txstatus_desc": "Success",
            ])
    }
}

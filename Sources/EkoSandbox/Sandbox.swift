// From a request to an answer: route, method, authentication, content, fields, and the line in the log.
package import Crypto
package import HTTPWire
import Platform
package import Secrets

/// A stand-in for Eko's API and for UIDAI behind it; its memory ends with it.
package final class Sandbox: Sendable {
    /// The developer who may call, and how.
    package struct Configuration: Sendable {
        package var developerKey: String
        package var accessKey: SecretBytes
        package var initiatorID: String
        package var userCode: String
        package var profile: APIProfile
        package var display: OTPDisplay
        /// Opens the Aadhaar numbers that are encrypted for Fingpay.
        package var fingpayKey: PrivateKey
        /// The sample that stands for whatever a request that is in order would have come to.
        package var answer: SampleAnswer?

        package init(
            developerKey: String, accessKey: SecretBytes, initiatorID: String, userCode: String,
            profile: APIProfile, display: OTPDisplay, fingpayKey: PrivateKey, answer: SampleAnswer? = nil
        ) {
            self.fingpayKey = fingpayKey
            self.answer = answer
            self.developerKey = developerKey
            self.accessKey = accessKey
            self.initiatorID = initiatorID
            self.userCode = userCode
            self.profile = profile
            self.display = display
        }
    }

    /// The two clocks, which tests set.
    package struct Clocks: Sendable {
        /// Milliseconds since the Unix epoch.
        package var wall: @Sendable () -> Int64
        /// For what lasts.
        package var steady: @Sendable () -> SuspendingClock.Instant

        package init(
            wall: @escaping @Sendable () -> Int64 = { wallClockMilliseconds() },
            steady: @escaping @Sendable () -> SuspendingClock.Instant = { SuspendingClock().now }
        ) {
            self.wall = wall
            self.steady = steady
        }
    }

    /// What every path begins with.
    package static let base = "/ekoapi/v3"

    private let configuration: Configuration
    private let authentication: Authentication
    private let operations: [Operation]
    private let clocks: Clocks
    private let log: @Sendable (String) -> Void

    /// Starts with no senders, no used timestamps and no used PIDs.
    ///
    /// - Parameters:
    ///   - configuration: who may call.
    ///   - registry: UIDAI's key and the devices.
    ///   - clocks: other than the machine's in tests.
    ///   - log: takes one line for each request.
    package init(
        _ configuration: Configuration, registry: DeviceRegistry, clocks: Clocks = Clocks(),
        log: @escaping @Sendable (String) -> Void
    ) {
        self.configuration = configuration
        self.clocks = clocks
        self.log = log
        authentication = Authentication(
            developerKey: configuration.developerKey, accessKey: configuration.accessKey, now: clocks.wall)
        let judge = PidJudge(registry: registry, now: { clocks.wall() / 1000 })
        let (profile, display) = (configuration.profile, configuration.display)
        let otps = OTPDesk(display: display, now: clocks.steady)
        let agents = FingpayAgents(profile: profile, judge: judge, otps: otps, key: configuration.fingpayKey)
        operations =
            FinoSenders(profile: profile, judge: judge, display: display, now: clocks.steady).operations
            + agents.operations
            + FingpayTransactions(
                profile: profile, judge: judge, agents: agents, otps: otps, key: configuration.fingpayKey,
                clock: clocks.wall
            ).operations
            + DigiKhataSenders(profile: profile, otps: otps).operations
    }

    /// Answers one request and logs it.
    package func respond(to request: HTTPRequest) -> HTTPResponse {
        let candidates = operations.compactMap { operation in
            operation.customer(inPath: path(of: request)).map { (operation, customer: String($0)) }
        }
        let answer = answer(to: request, candidates)
        let route = candidates.first.map { operation, customer in
            operation.path.split(separator: "/").map { $0.hasPrefix("{") ? masked(customer) : String($0) }
                .joined(separator: "/")
        }
        let now = clocks.wall() / 1000
        let time = CivilTime(secondsSinceEpoch: now).iso
        // The path of no operation may hold anything, so it is not repeated.
        log(
            "\(time)Z \(printable(request.method)) \(route.map { "/\($0)" } ?? "(no such path)")"
                + " \(answer.status)/\(answer.code) \(answer.outcome)")
        var response = answer.response
        response.headers.add("Date", httpDate(now))
        return response
    }

    private func path(of request: HTTPRequest) -> Substring {
        guard request.path.hasPrefix(Self.base + "/") else { return "" }
        return request.path.dropFirst(Self.base.count)
    }

    private func answer(to request: HTTPRequest, _ candidates: [(operation: Operation, customer: String)]) -> Answer {
        guard !candidates.isEmpty else {
            return .noRoute("no operation has this path; paths begin with \(Self.base)")
        }
        guard let (operation, customer) = candidates.first(where: { $0.operation.method == request.method }) else {
            return .wrongMethod("this path takes \(candidates.map(\.operation.method).joined(separator: ", "))")
        }
        do throws(AuthenticationRefusal) {
            try authentication.check(request.headers)
        } catch {
            return .unauthorised(error)
        }
        if request.method == "GET" { return answer(operation, query(request), customer) }
        let type = request.headers["Content-Type"]?.prefix { $0 != ";" }.lowercased()
        guard type?.split(separator: " ") == ["application/json"] else {
            return .wrongType("Content-Type is not application/json")
        }
        let members: [String: JSONValue]
        do throws(JSONRefusal) {
            var body = unsafe request.body.withUnsafeBuffer { unsafe Array($0) }
            defer { wipe(&body) }
            guard case .object(let object) = try JSONValue(parsing: body) else {
                return .unreadable("the body is JSON, but not an object")
            }
            members = object
        } catch {
            return .unreadable("the body is not JSON: \(error.description)")
        }
        return answer(operation, members, customer)
    }

    private func answer(_ operation: Operation, _ members: [String: JSONValue], _ customer: String) -> Answer {
        let (call, faults) = Call.checking(members, operation, customer: customer)
        guard let call else { return .invalid(faults) }
        let answer = stranger(call) ?? operation.perform(call)
        // What a person at the sandbox wants to see happen goes before what did.
        return configuration.answer?.answer ?? answer
    }

    /// The parameters of a query, each a text; one that is written wrongly is left out.
    private func query(_ request: HTTPRequest) -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        for part in (request.query ?? "").split(separator: "&").prefix(Limits.jsonMembers) {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, let name = decoded(pair[0]), let value = decoded(pair[1]) else { continue }
            members[name] = .string(SecretBytes(copying: value.utf8))
        }
        return members
    }

    /// A text without its percent signs; nil when they are not followed by two digits, or the bytes are no UTF-8.
    private func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16), rest.count >= 2 else {
                return nil
            }
            rest = rest.dropFirst(2)
            bytes.append(code)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// The refusal of a call for somebody else than the developer this sandbox knows.
    private func stranger(_ call: Call) -> Answer? {
        if call.text("initiator_id") != configuration.initiatorID {
            return .failure(
                319, "Invalid Sender/Initiator", description: "initiator_id is not known",
                reason: "initiator_id is not the one this sandbox was started with")
        }
        if !call.text("user_code").isEmpty, call.text("user_code") != configuration.userCode {
            return .failure(
                346, "Agent not allowed to this transaction", description: "user_code is not known",
                reason: "user_code is not the one this sandbox was started with")
        }
        return nil
    }

    /// A method, which the client chose, cut to what a log line bears; the parser lets only token characters in.
    private func printable(_ method: String) -> String { String(method.prefix(16)) }
}

/// The time as the header `Date` has it (RFC 9110 section 5.6.7).
private func httpDate(_ secondsSinceEpoch: Int64) -> String {
    let time = CivilTime(secondsSinceEpoch: secondsSinceEpoch)
    // The epoch was a Thursday.
    let day = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][Int(secondsSinceEpoch / 86_400 % 7)]
    let month = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ][time.month - 1]
    return "\(day), \(time.iso.dropFirst(8).prefix(2)) \(month) \(time.year) \(time.iso.suffix(8)) GMT"
}

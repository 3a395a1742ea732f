// One run of one command: its options, settings, console and the way to stop it.
import EkoAPI
import HTTPClient
import PiddClient
import Platform
import RDProtocol
import Secrets

/// What a command works with.
struct Run: Sendable {
    let options: Options
    let configuration: Configuration
    let console: Console
    let interruption: Interruption
    var cancellation: Cancellation { interruption.cancellation }

    /// The same run with a name, so that all it leaves behind can be brought together.
    func named() -> Run { with { $0.requestID = $0.requestID ?? RequestID.unique().text } }

    /// The same run as if its command line had been another.
    func with(_ change: (inout Options) -> Void) -> Run {
        var options = options
        change(&options)
        return Run(
            options: options, configuration: configuration.with(options), console: console, interruption: interruption)
    }

    /// An Aadhaar number, with whatever its check digit calls for.
    ///
    /// - Throws: `Failure` when the digit is wrong and the settings refuse that.
    func checked(_ aadhaar: Aadhaar) throws(Failure) -> Aadhaar {
        guard !aadhaar.hasValidCheckDigit else { return aadhaar }
        let text = "the check digit of Aadhaar number \(aadhaar) is wrong; is it mistyped?"
        switch try configuration.checkDigit() {
        case .ignore: break
        case .warn: console.warn(text)
        case .refuse: throw Failure(.badInput, "aadhaar-check-digit", text, nextStep: "read it again from the card")
        }
        return aadhaar
    }

    /// A member of a list of Eko as one line.
    private static func row(_ value: JSONValue) -> String {
        guard let members = value.object else { return shown(value.text ?? value.json) }
        return shown(
            members.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.text ?? $0.value.json)" }
                .joined(separator: " "))
    }

    /// Asks pidd for a capture and says what a person has to do.
    ///
    /// When pidd goes away before it has taken the finger, or says that it is stopping, the capture is asked for once more as soon
    /// as it is back: a restart of pidd, or its upgrade, then costs nothing.
    ///
    /// - Parameters:
    ///   - wadh: what the capture is bound to; empty for nothing.
    ///   - otp: a second factor that is sealed beside the finger.
    ///   - records: of the finger, where neither command line nor settings say which; those that Eko wants by default.
    /// - Returns: a capture whose seal is whole.
    /// - Throws: `Failure` saying why there is none.
    func capture(
        wadh: String, otp: OneTimePassword? = nil,
        records: FingerRecordType = FingerRecordType(rawValue: Operation.fType) ?? .both
    ) throws(Failure) -> Capture {
        var wanted = try configuration.capture(wadh: wadh, records: records)
        wanted.options.otp = otp?.digits
        console.debug("capture: request \(wanted.id.text)")
        var (result, mayRepeat) = attempt(wanted.options, wanted.id, wanted.wait)
        if case .failure(let error) = result, error.isRestart, mayRepeat {
            console.debug("capture: \(error.cause); asking once more")
            let waited = awaitReturn(within: wanted.wait ?? Limits.restart)
            result = attempt(wanted.options, wanted.id, wanted.wait.map { max($0 - waited, .zero) }).result
            if error.kind == .lost { result = result.mapError(\.afterLoss) }
        }
        do {
            let capture = try result.get()
            console.debug(
                "capture: \(capture.document.count) bytes from \(shown(capture.report.deviceInfo?.dpId ?? "")) "
                    + shown(capture.report.deviceInfo?.mi ?? ""))
            return capture
        } catch {
            if error.kind == .cancelled {
                // The closed connection has told pidd already; this makes sure of it before the program ends.
                try? configuration.pidd.cancel(wanted.id, within: Limits.farewell)
            }
            var failure = Failure(ExitCode(error.kind), error)
            failure.details["requestId"] = .text(wanted.id.text)
            throw failure
        }
    }

    /// Waits until pidd answers again, or for as long as that is worth it.
    ///
    /// - Returns: how long that took.
    private func awaitReturn(within patience: Duration) -> Duration {
        let start = SuspendingClock().now
        func isAway() -> Bool {
            do throws(PiddError) {
                _ = try configuration.pidd.about()
                return false
            } catch {
                return error.isRestart || error.kind == .unreachable
            }
        }
        console.progress("Waiting for pidd to come back")
        while SuspendingClock().now - start < patience, !cancellation.isCancelled, isAway() {
            sleepMilliseconds(Limits.restartPoll)
        }
        return SuspendingClock().now - start
    }

    /// Asks once, with prompts beside it; also tells whether nothing speaks against asking again.
    private func attempt(
        _ options: PidOptions, _ id: RequestID, _ wait: Duration?
    ) -> (result: Result<Capture, PiddError>, mayRepeat: Bool) {
        let pidd = configuration.pidd
        do throws(PiddError) {
            try pidd.checkVersion()
        } catch {
            return (.failure(error), true)
        }
        let prompter = Prompter(
            pidd, id: id, timeout: .milliseconds(options.timeoutMilliseconds), style: console.prompts)
        defer { prompter.end() }
        do throws(PiddError) {
            let capture = try pidd.capture(options, id: id, wait: wait, cancellation: cancellation)
            prompter.end(PromptText.captured(minutiae: capture.report.minutiaCounts, quality: capture.report.qualities))
            return (.success(capture), false)
        } catch {
            return (.failure(error), !prompter.hasCaptured)
        }
    }

    /// Signs and sends a call, and returns what it came to.
    ///
    /// - Throws: `Failure` when nothing was sent.
    func send(
        _ operation: Operation, _ values: [String: FieldValue], to service: EkoService
    ) throws(Failure) -> Outcome {
        let call: PreparedCall
        do {
            call = try PreparedCall(operation, values)
        } catch {
            throw Failure(any: error)
        }
        console.progress("Sending the \(operation.title) to Eko")
        console.debug("request: \(operation.method) \(service.baseURL(of: operation).text)\(operation.path)")
        console.debug("request: fields \(call.shown.map(\.name).joined(separator: ", ")), values not shown")
        // A look-up changes nothing.
        if !operation.isRepeatable { interruption.setInDoubt(true) }
        let outcome: Outcome
        do {
            outcome = try service.send(call, cancellation: cancellation) { earlier in
                console.debug("answer: \(earlier.code), \(earlier.cause); asking again")
            }
        } catch {
            interruption.setInDoubt(false)
            throw Failure(.tryAgain, error)
        }
        if outcome.kind == .notSent { interruption.setInDoubt(false) }
        let type = outcome.envelope?.responseType.map(String.init) ?? "none"
        console.debug(
            "answer: HTTP \(outcome.httpStatus.map(String.init) ?? "none"), type \(type), \(outcome.kind.rawValue)")
        if outcome.kind == .success, outcome.code == Outcome.unknownType {
            console.warn("Eko's answer of type \(type) is not documented; it was accepted because its status is 0")
        }
        return outcome
    }

    /// Prints what Eko accepted or wants first: its words, the values that later steps need, and the command that follows.
    ///
    /// - Parameters:
    ///   - outcome: what to tell.
    ///   - continuation: the command line that follows, if one does.
    ///   - reference: our own of the call, if it had one.
    /// - Throws: `Failure` when standard output takes no more.
    func print(_ outcome: Outcome, continuation: String? = nil, reference: String? = nil) throws(Failure) {
        let data = outcome.envelope?.data ?? [:]
        let result =
            switch outcome.kind {
            case .alreadyVerified: "the sender is verified already; nothing is left to do"
            case .nextStep where !outcome.hint.isEmpty: outcome.hint
            default: "\(outcome.operation.title) accepted"
            }
        var lines = [(name: "result", value: result)]
        if !outcome.cause.isEmpty { lines.append((name: "message", value: outcome.cause)) }
        for name in outcome.operation.results {
            switch data[name] {
            case .array(let rows): lines += rows.map { (name: name, value: Self.row($0)) }
            case .object(var members):
                let text = members.removeValue(forKey: ConsentText.member)?.text
                lines.append((name: name, value: Self.row(.object(members))))
                if let text { lines.append((name: ConsentText.member, value: shownWhole(text) ?? shown(text))) }
            case let value:
                guard let text = value?.text, !text.isEmpty else { continue }
                lines.append((name: name, value: JSONValue.isNumber(name) ? shownReference(text) : shown(text)))
            }
        }
        if let continuation { lines.append((name: "next", value: continuation)) }
        var object: [String: JSONValue] = [
            "operation": .text(outcome.operation.name), "outcome": .text(outcome.kind.rawValue),
            "code": .text(outcome.code),
            "message": .text(outcome.cause), "data": .object(JSONValue.masked(data)),
        ]
        if !outcome.hint.isEmpty { object["hint"] = .text(outcome.hint) }
        object["client_ref_id"] = reference.map { .text($0) }
        object["next"] = outcome.then.map { .text($0) } ?? .null
        object["response_type_id"] = outcome.envelope?.responseType.map { .integer($0) } ?? .null
        try console.result(lines, json: .object(object))
    }
}

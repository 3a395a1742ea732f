// One run of one command: its options, settings, console and the way to stop it.
import EkoAPI
import HTTPClient
import PiddClient
import RDProtocol
import Secrets

/// What a command works with.
struct Run: Sendable {
    let options: Options
    let configuration: Configuration
    let console: Console
    let cancellation: Cancellation

    /// Asks pidd for a capture and says what a person has to do.
    ///
    /// When pidd goes away before it has taken the finger, the capture is asked for once more: with a socket that the service
    /// manager keeps, a restart of pidd then costs nothing.
    ///
    /// - Parameters:
    ///   - wadh: what the capture is bound to; empty for nothing.
    ///   - records: of the finger, where neither command line nor settings say which; those that Eko wants by default.
    /// - Returns: a capture whose seal is whole.
    /// - Throws: `Failure` saying why there is none.
    func capture(
        wadh: String, records: FingerRecordType = FingerRecordType(rawValue: Operation.fType) ?? .both
    ) throws(Failure) -> Capture {
        let wanted = try configuration.capture(wadh: wadh, records: records)
        console.debug("capture: request \(wanted.id.text)")
        var (result, mayRepeat) = attempt(wanted.options, wanted.id, wanted.wait)
        if case .failure(let error) = result, error.kind == .lost, mayRepeat {
            console.debug("capture: \(error.cause); asking once more")
            result = attempt(wanted.options, wanted.id, wanted.wait).result.mapError(\.afterLoss)
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

    /// Asks once, with prompts beside it; also tells whether nothing speaks against asking again.
    private func attempt(
        _ options: PidOptions, _ id: RequestID, _ wait: Duration?
    ) -> (result: Result<Capture, PiddError>, mayRepeat: Bool) {
        let pidd = configuration.pidd
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

    /// Signs and sends a call once, and returns what it came to if that is a success.
    ///
    /// - Throws: `Failure` for any other outcome.
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
        console.debug("request: \(operation.method) \(service.baseURL.text)\(operation.path)")
        console.debug("request: fields \(call.fieldNames.joined(separator: ", ")), values not shown")
        let outcome = service.send(call, cancellation: cancellation)
        let type = outcome.envelope?.responseType.map(String.init) ?? "none"
        console.debug(
            "answer: HTTP \(outcome.httpStatus.map(String.init) ?? "none"), type \(type), \(outcome.kind.rawValue)")
        guard [.success, .alreadyVerified].contains(outcome.kind) else { throw Failure(outcome) }
        if outcome.code == "unknown-answer-type" {
            console.warn("Eko's answer of type \(type) is not documented; it was accepted because its status is 0")
        }
        return outcome
    }

    /// Prints a success: what Eko said, the values that later steps need, and the command that continues.
    ///
    /// - Throws: `Failure` when standard output takes no more.
    func print(_ outcome: Outcome, continuation: String? = nil) throws(Failure) {
        let data = outcome.envelope?.data ?? [:]
        let isOld = outcome.kind == .alreadyVerified
        var lines = [
            (
                name: "result",
                value: isOld
                    ? "the sender is verified already; nothing is left to do"
                    : "\(outcome.operation.title) accepted"
            )
        ]
        if !outcome.cause.isEmpty { lines.append((name: "message", value: outcome.cause)) }
        for name in outcome.operation.results {
            if let text = data[name]?.text, !text.isEmpty { lines.append((name: name, value: shown(text))) }
        }
        if let continuation { lines.append((name: "next", value: continuation)) }
        var object: [String: JSONValue] = [
            "operation": .text(outcome.operation.name), "outcome": .text(outcome.kind.rawValue),
            "message": .text(outcome.cause), "data": .object(data),
        ]
        object["next"] = outcome.then.map { .text($0) } ?? .null
        object["response_type_id"] = outcome.envelope?.responseType.map { .integer($0) } ?? .null
        try console.result(lines, json: .object(object))
    }
}

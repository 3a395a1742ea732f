// Commands that look at pidd's desk: status, events and cancel.
import Arguments
import EkoAPI
import Glibc
import PiddClient

/// Commands that look at the desk where programs wait for the scanner.
enum DeskCommands {
    static let status = Command<Options>(
        "ekyc-client status", summary: "Shows pidd, its scanner, who has it and who waits for it.",
        notes: """
            Request names are shown to their own user and to administrators of pidd.
            Example: who has the scanner?
              ekyc-client status --json | jq .desk.holder
            """,
        [Shared.socket] + Shared.general)

    /// One screen for a person, or the document of `/v1/status` as it is.
    static func status(_ run: Run) throws(Failure) {
        let document: [UInt8]
        do {
            try run.configuration.pidd.checkVersion()
            document = try run.configuration.pidd.status()
        } catch {
            throw Failure(any: error)
        }
        guard let status = PiddStatus(parsing: document) else {
            throw Failure(
                .failed, "status-unreadable", "pidd's answer is no status",
                nextStep: "check that pidd is not older than this program")
        }
        guard !run.console.isJSON else {
            return try Console.write(document + (document.last == UInt8(ascii: "\n") ? [] : [UInt8(ascii: "\n")]))
        }
        try Console.write(Array(StatusText.screen(status, userName: userName).utf8))
    }

    static let events = Command<Options>(
        "ekyc-client events", summary: "Prints what happens at the scanner, until Ctrl-C.",
        notes: """
            One JSON object a line; a line for a person when standard output is a terminal and --json is not said.
            Example: wait for the scanner to be plugged in
              ekyc-client events | grep -m 1 '"state":"ready"'
            """,
        [
            Shared.socket,
            .option("request", "ID", help: "only what concerns this request; ends when it has ended", \.requestID),
        ] + Shared.general)

    /// The lines of `/v1/events` as they come.
    ///
    /// Ends well only when the request that was asked about has ended; a stream that pidd ends otherwise is a failure, for the
    /// script behind it has to begin anew.
    static func events(_ run: Run) throws(Failure) {
        let request = try run.configuration.requestID(run.options.requestID)
        let isForPerson = !run.console.isJSON && isatty(STDOUT_FILENO) == 1
        var failure: Failure?
        var isDone = false
        do {
            try run.configuration.pidd.checkVersion()
            try run.configuration.pidd.events(of: request, cancellation: run.cancellation) { line in
                guard let line else { return true }
                if request != nil, PiddEvent(parsing: line)?.event == "done" { isDone = true }
                do throws(Failure) {
                    let text = isForPerson ? JSONValue(parsing: line).map { Array(EventText.line($0).utf8) } : nil
                    try Console.write((text ?? line) + [UInt8(ascii: "\n")])
                } catch {
                    failure = error
                }
                return failure == nil
            }
        } catch {
            throw Failure(any: error)
        }
        if let failure { throw failure }
        guard isDone else {
            throw Failure(.tryAgain, "events-ended", "pidd ended the events", nextStep: "start again")
        }
    }

    static let cancel = Command<Options>(
        "ekyc-client cancel",
        summary: "Cancels a capture, waiting or running: one's own, or anybody's as administrator.",
        notes: """
            The name of a capture is the one given to --request-id, or the one that status and events show.
            Example:
              ekyc-client cancel till-7
            """,
        [.operand("ID", help: "the name of the request", \.value), Shared.socket] + Shared.general)

    static func cancel(_ run: Run) throws(Failure) {
        guard let id = try run.configuration.requestID(run.options.value) else { return }
        do {
            try run.configuration.pidd.checkVersion()
            try run.configuration.pidd.cancel(id)
        } catch {
            throw Failure(any: error)
        }
        try run.console.result([(name: "cancelled", value: id.text)], json: .object(["cancelled": .text(id.text)]))
    }
}

/// The name of a user of this machine; the number when there is none.
private func userName(_ uid: Int) -> String {
    guard let number = UInt32(exactly: uid), let entry = unsafe getpwuid(number) else { return String(uid) }
    return unsafe String(cString: entry.pointee.pw_name)
}

// Any failure, with the exit status it leads to.
import Arguments
import EkoAPI
import PiddClient
import Platform
import Settings

/// Why a command ends without its result.
struct Failure: ExplainedError {
    let exit: ExitCode
    let code: String
    let cause: String
    var nextStep: String
    /// More for scripts: name and value, both safe to show.
    var details: [String: JSONValue] = [:]

    init(_ exit: ExitCode, _ code: String, _ cause: String, nextStep: String = "") {
        self.exit = exit
        self.code = code
        self.cause = cause
        self.nextStep = nextStep
    }

    init(_ exit: ExitCode, _ error: any ExplainedError) {
        self.init(exit, error.code, error.cause, nextStep: error.nextStep)
    }

    /// What a call to Eko came to, when that is not a success.
    init(_ outcome: Outcome) {
        self.init(ExitCode(outcome), outcome.code, outcome.cause, nextStep: outcome.hint)
        details["outcome"] = .text(outcome.kind.rawValue)
        details["http_status"] = outcome.httpStatus.map { .integer($0) }
        details["response_type_id"] = outcome.envelope?.responseType.map { .integer($0) }
        details["response_status_id"] = outcome.envelope?.responseStatus.map { .integer($0) }
    }

    /// The failure behind any error that a command can throw.
    init(any error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as PiddError: self.init(ExitCode(error.kind), error)
        case let error as InvalidInput: self.init(error.code == "field-missing" ? .usage : .badInput, error)
        case let error as FileError: self.init(.configuration, error)
        case let error as SettingsError: self.init(.configuration, error)
        case let error as any ExplainedError: self.init(.failed, error)
        default: self.init(.internalError, "internal", "\(error)", nextStep: "report this")
        }
    }

    /// The object that `--json` prints on standard error.
    var json: String {
        var error = details
        error["code"] = .text(code)
        error["message"] = .text(cause)
        error["hint"] = .text(nextStep)
        return JSONValue.object(["error": .object(error)]).json
    }
}

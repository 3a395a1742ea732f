// One command for each operation of the catalogue, made from its data.
import Arguments
import EkoAPI

/// The commands that call Eko's API.
enum OperationCommands {
    /// The commands and what each does.
    static var all: [(command: Command<Options>, action: @Sendable (Run) throws(Failure) -> ExitCode)] {
        Catalogue(.reference).operations.map { operation in
            (command(operation), { run throws(Failure) in try perform(operation.name, run) })
        }
    }

    private static func command(_ operation: Operation) -> Command<Options> {
        Command<Options>(
            "ekyc-client \(operation.words)", summary: operation.summary,
            notes: notes(variants(operation).map(\.operation)),
            parameters(variants(operation)) + Shared.call + Shared.eko + Shared.general)
    }

    private static let catalogues = APIProfile.allCases.map(Catalogue.init)

    /// An operation as each profile has it.
    private static func variants(_ operation: Operation) -> [(profile: APIProfile, operation: Operation)] {
        catalogues.compactMap { catalogue in
            catalogue[operation.name].map { (profile: catalogue.profile, operation: $0) }
        }
    }

    /// The options of an operation alone; fields that both profiles have under two spellings have one.
    private static func parameters(
        _ variants: [(profile: APIProfile, operation: Operation)]
    ) -> [Parameter<Options>] {
        let operation = variants[0].operation
        var parameters: [Parameter<Options>] = []
        var seen: Set<String> = ["initiator-id", "user-code", "client-ref-id", "piddata"]
        for field in variants.flatMap(\.operation.fields) where seen.insert(field.option).inserted {
            let requiring = variants.filter { variant in
                variant.operation.fields.contains { $0.option == field.option && $0.isRequired }
            }
            parameters.append(field.parameter(requiredBy: requiring.map(\.profile)))
        }
        if operation.aadhaarField != nil { parameters += Shared.consent }
        if operation.aadhaarField?.format == .encryptedAadhaar { parameters.append(Shared.fingpayKey) }
        if operation.takesCapture {
            parameters.append(
                .option("wadh", "WADH", help: "use this wadh; one that the operation cannot take is refused", \.wadh))
            parameters += Shared.pidd
        }
        if !operation.isRepeatable { parameters.append(Shared.resolve) }
        return parameters
    }

    private static func notes(_ variants: [Operation]) -> String {
        let operation = variants[0]
        var text =
            operation.aadhaarField.map { _ in
                "The Aadhaar number is read from a file of mode 0600 or, for -, from standard input; a wrong check digit is a "
                    + "warning\nonly, for Eko's own sample numbers fail the check. Who agreed to what is recorded in the audit file.\n"
            } ?? ""
        if case .bound(let wadhs) = operation.capture {
            text += "The capture is bound to wadh \(wadhs.map(\.input).joined(separator: " or ")).\n"
        } else if operation.takesCapture {
            text += "The capture has no wadh.\n"
        }
        text +=
            "Calls \(variants.map { "\($0.method) \($0.path)" }.unique.joined(separator: " or, with --api current,\n  "))\n"
        text += "Example:\n  ekyc-client \(operation.words) \(operation.example)\n"
        for then in variants.flatMap(\.continuations).unique { text += "Then: ekyc-client \(then)\n" }
        return text + "\n\(ExitCode.table)"
    }

    /// Calls one operation and prints what it came to: a result, or the step that has to follow.
    static func perform(_ name: String, _ run: Run) throws(Failure) -> ExitCode {
        guard let operation = Catalogue(try run.configuration.profile())[name] else { return .done }
        var call = OperationCall(operation, run)
        try call.prepare()
        guard !run.options.dryRun else {
            try call.printDry()
            return .done
        }
        let outcome = try call.send()
        guard [.success, .alreadyVerified, .nextStep].contains(outcome.kind) else { throw call.failure(outcome) }
        try run.print(outcome, continuation: call.continuation(outcome), reference: call.reference)
        return ExitCode(outcome)
    }
}

extension Operation {
    /// The commands that may come next.
    fileprivate var continuations: [String] {
        answers.compactMap { answer in
            if case .success(let then) = answer.meaning { then.flatMap { Catalogue(.current)[$0]?.words } } else { nil }
        }
    }
}

extension Array where Element: Equatable {
    /// The elements, each once, in the order of their first coming.
    var unique: [Element] { reduce(into: []) { if !$0.contains($1) { $0.append($1) } } }
}

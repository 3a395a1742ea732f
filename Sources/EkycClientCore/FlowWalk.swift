// One run of a flow: step after step, with what it has read kept in memory, and what it came to kept in the state.
import Arguments
import EkoAPI
import Glibc
import Platform

/// One run of a flow: what it has read, so that nothing is read or asked twice.
struct FlowWalk {
    private let catalogue: Catalogue
    private let run: Run
    /// Where the state is kept.
    private let path: String
    /// The operation with which the flow begins.
    private let start: String
    private var aadhaar: Aadhaar?
    private var service: EkoService?
    private var hasUsedOTP = false
    private var answers: [String: String] = [:]

    init(catalogue: Catalogue, run: Run, path: String, start: String) {
        self.catalogue = catalogue
        self.run = run
        self.path = path
        self.start = start
    }

    private var isAttended: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

    // MARK: After an unknown outcome

    /// Finds out what became of a step whose answer did not come, so that nothing is done twice; sets where the flow goes on.
    ///
    /// - Throws: `Failure` when only a person can find out.
    mutating func findOut(_ state: inout FlowState) throws(Failure) {
        guard let unresolved = state.unresolved, let operation = catalogue[unresolved.operation] else { return }
        if catalogue[start]?.isRepeatable == true {
            run.console.progress("It is unknown whether Eko took the \(operation.title); looking first")
            state.next = start
        } else if operation.answers.contains(where: { if case .success(_?) = $0.meaning { true } else { false } }) {
            // The references that its answer brought are lost either way, and a new OTP does no harm.
            run.console.tell("It is unknown whether Eko took the \(operation.title); beginning anew with another OTP")
            state.next = start
        } else {
            state.next = try isDone(operation, unresolved) ? nil : operation.name
        }
        state.unresolved = nil
        try state.save(to: path)
    }

    /// Whether Eko took the last step of a flow: by its own word, or by that of a person.
    private func isDone(_ operation: Operation, _ unresolved: FlowState.Unresolved) throws(Failure) -> Bool {
        if let word = run.options.afterUnknown { return word == .done }
        if let reference = unresolved.reference {
            let answer = try OperationCall(operation, run).inquire(reference)
            switch answer.envelope?.transaction {
            case .done?: return true
            case .failed?, .refunded?: return false
            default: run.console.warn("Eko does not say what became of the \(operation.title): \(answer.cause)")
            }
        }
        if isAttended {
            print("Did Eko take the \(operation.title)? (done/repeat): ", to: STDERR_FILENO)
            if let word = readLine().flatMap(AfterUnknown.init(argument:)) { return word == .done }
        }
        throw Failure(
            .unknownOutcome, "flow-unresolved", "it is unknown whether Eko took the \(operation.title)",
            nextStep: "ask Eko, or try the daily KYC, which is refused while the eKYC is missing; "
                + "then say --after-unknown done or repeat")
    }

    // MARK: Steps

    /// Takes the next step and keeps what it came to.
    ///
    /// - Throws: `Failure` when the flow has to stop; the state then says where it goes on.
    mutating func take(_ operation: Operation, _ state: inout FlowState) throws(Failure) -> Outcome {
        let isOTPStep = operation.field("otp") != nil
        if isOTPStep { try checkOTP(operation, state) }
        try askForMissing(operation)
        let answers = answers
        let step = run.with { options in
            options.fields.merge(answers) { $1 }
            if isOTPStep, options.fields["otp"] == nil { options.fields["otp"] = "-" }
            options.resolve = options.resolve && !operation.isRepeatable
            // One reference cannot name several calls: each that Eko may be asked about gets one of its own.
            if options.resolve { options.clientReference = nil }
        }
        var call = OperationCall(operation, step, service: service)
        call.aadhaar = aadhaar
        service = call.sharedService
        var known = state.references.mapValues { FieldValue.text($0) }
        if operation.field("org_id")?.isRequired == true {
            known["org_id"] = .text(run.options.fields["org_id"] ?? "1")
            known["client_ref_id"] = .text(run.configuration.newReference())
            known["consent_language"] = .text(run.options.fields["consent_language"] ?? "1")
        }
        try call.prepare(known: known)
        aadhaar = call.aadhaar
        let outcome = try call.send()
        if isOTPStep { hasUsedOTP = true }
        return try keep(outcome, of: call, &state)
    }

    /// Writes down where the flow goes on after an outcome.
    ///
    /// - Throws: `Failure` when it cannot go on by itself.
    private func keep(
        _ outcome: Outcome, of call: OperationCall, _ state: inout FlowState
    ) throws(Failure) -> Outcome {
        let operation = outcome.operation
        switch outcome.kind {
        case .nextStep where outcome.then == nil: break
        case .success, .alreadyVerified, .nextStep:
            advance(&state, by: outcome)
            if let consent = outcome.envelope?.data["consent_detail"]?.object?["consentContent"]?.text {
                run.console.tell("Consent: \(shown(consent))")
            }
            try state.save(to: path)
            return outcome
        case .unknown:
            state.unresolved = .init(operation: operation.name, reference: call.reference)
            try state.save(to: path)
            var failure = call.failure(outcome)
            failure.nextStep = "run the same command again: it first finds out what became of the \(operation.title)"
            throw failure
        case .refused where outcome.code == "otp-expired":
            state.next = catalogue.step(before: operation.name) ?? start
            try state.save(to: path)
        case .refused where operation.name == "fingpay-biometric":
            // The references are worth nothing any more; only another OTP brings new ones.
            state.next = start
            try state.save(to: path)
        default: break
        }
        throw call.failure(outcome)
    }

    private func advance(_ state: inout FlowState, by outcome: Outcome) {
        state.advance(by: outcome)
        if outcome.code == "resolved", catalogue[start]?.isRepeatable == true {
            // The inquiry says that Eko did it, but has no references; the look-up knows where the person stands.
            state.next = start
        }
        // The sender must have heard or read the consent before the Aadhaar number is sent.
        if state.next == "digikhata-aadhaar-otp", outcome.operation.name != "digikhata-consent" {
            state.next = "digikhata-consent"
        }
        // A look-up can lead to a step whose references were lost with an answer; the step that brings them comes first.
        if let next = state.next, let references = catalogue[next]?.fields.filter({ $0.format == .reference }),
            references.contains(where: { $0.isRequired && state.references[$0.name] == nil })
        {
            state.next = catalogue.step(before: next) ?? start
        }
    }

    // MARK: What a person has to give

    /// Makes sure that there is an OTP to be had: one for each step that wants one.
    private func checkOTP(_ operation: Operation, _ state: FlowState) throws(Failure) {
        let isGiven = run.options.fields["otp"] != nil && !hasUsedOTP
        guard !isGiven, !isAttended else { return }
        try state.save(to: path)
        var failure = Failure(
            .nextStep, "otp-needed", "Eko has sent an OTP, which the \(operation.title) needs",
            nextStep: "run the same command with --otp-file; it goes on from here")
        failure.details["next"] = .text(operation.name)
        failure.details["outcome"] = .text("next-step")
        throw failure
    }

    /// Asks at the terminal for what a step needs and nobody has said.
    private mutating func askForMissing(_ operation: Operation) throws(Failure) {
        guard isAttended else { return }
        let settings = run.configuration.commonFields
        for field in operation.fields where field.isRequired && !References.names.contains(field.name) {
            let isSaid = run.options.fields[field.name] ?? answers[field.name] != nil || settings[field.name] != nil
            guard !isSaid, !["client_ref_id", "org_id", "consent_language", "otp"].contains(field.name) else {
                continue
            }
            guard field.format != .pid else { continue }
            guard !field.format.isSecret else {
                if run.options.fields["aadhar"] ?? run.options.fields["aadhaar"] == nil { answers[field.name] = "-" }
                continue
            }
            print("\(field.option) (\(field.format.expectation)): ", to: STDERR_FILENO)
            guard let line = readLine(), !line.isEmpty else {
                throw Failure(.usage, "usage", "--\(field.option) is missing", nextStep: "give it")
            }
            answers[field.name] = line
        }
    }
}

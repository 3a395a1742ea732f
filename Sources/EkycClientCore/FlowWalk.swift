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
            state.begin(at: start)
        } else if operation.leadsOn {
            // The references that its answer brought are lost either way, and a new OTP does no harm.
            run.console.tell("It is unknown whether Eko took the \(operation.title); beginning anew with another OTP")
            state.begin(at: start)
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

    /// The operation that comes next: that of the state, or where its references are missing the one that brings them.
    ///
    /// - Returns: nil when nothing is left to do.
    func next(_ state: inout FlowState) -> Operation? {
        guard let operation = state.next.flatMap({ catalogue[$0] }) else { return nil }
        let wanted = operation.fields.filter { $0.isRequired && $0.format == .reference }
        guard let origin = operation.origin, wanted.contains(where: { state.references[$0.name] == nil }) else {
            return operation
        }
        state.begin(at: origin)
        return catalogue[origin]
    }

    /// Takes the next step and keeps what it came to.
    ///
    /// What cannot be repeated is noted in the state as of unknown outcome before it is sent, so that no end of this program, nor
    /// of the machine, has it sent twice.
    ///
    /// - Throws: `Failure` when the flow has to stop; the state then says where it goes on.
    mutating func take(_ operation: Operation, _ state: inout FlowState) throws(Failure) -> Outcome {
        let isOTPStep = operation.field("otp") != nil
        if isOTPStep { try checkOTP(operation, state) }
        try askForMissing(operation)
        let answers = answers
        let step = run.with { options in
            options.fields.merge(answers) { $1 }
            // An OTP serves once.
            if isOTPStep, options.fields["otp"] == nil || hasUsedOTP { options.fields["otp"] = "-" }
            options.resolve = options.resolve && !operation.isRepeatable
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
        let outcome: Outcome
        do throws(Failure) {
            var doubtful = state
            doubtful.unresolved = .init(operation: operation.name, reference: call.reference)
            outcome = try call.send { [path, doubtful] () throws(Failure) in
                if !operation.isRepeatable { try doubtful.save(to: path) }
            }
        } catch {
            // Nothing was sent. If this cannot be written, the next run finds that out.
            try? save(state)
            throw error
        }
        if isOTPStep { hasUsedOTP = true }
        return try keep(outcome.strict, of: call, &state)
    }

    /// Writes down where the flow goes on after an outcome.
    ///
    /// - Throws: `Failure` when it cannot go on by itself.
    private func keep(
        _ outcome: Outcome, of call: OperationCall, _ state: inout FlowState
    ) throws(Failure) -> Outcome {
        let operation = outcome.operation
        var failure = call.failure(outcome)
        switch outcome.kind {
        case .nextStep where outcome.then == nil: break
        case .success, .alreadyVerified, .nextStep:
            if operation.name == ConsentText.operation { try confirmConsent(outcome, state) }
            advance(&state, by: outcome)
            try save(state)
            return outcome
        // A look-up is simply made again.
        case .unknown where !operation.isRepeatable:
            state.unresolved = .init(operation: operation.name, reference: call.reference)
            failure.nextStep = "run the same command again: it first finds out what became of the \(operation.title)"
        case .refused where outcome.code == "otp-expired", .refused where operation.name == "fingpay-biometric":
            // The references are worth nothing any more; only another OTP brings new ones.
            state.begin(at: operation.origin ?? start)
        default: break
        }
        try save(state)
        throw failure
    }

    /// Writes the state down; where no outcome is unknown, nothing is in doubt then.
    private func save(_ state: FlowState) throws(Failure) {
        try state.save(to: path)
        if state.unresolved == nil { run.interruption.setInDoubt(false) }
    }

    private func advance(_ state: inout FlowState, by outcome: Outcome) {
        // References of an earlier round fit no OTP of this one.
        if outcome.operation.name == start { state.references = [:] }
        state.advance(by: outcome)
        if outcome.code == "resolved", catalogue[start]?.isRepeatable == true || outcome.operation.leadsOn {
            // The inquiry says that Eko did it, but has no references; the first step brings them or knows better.
            state.begin(at: start)
        }
        // The sender must have heard or read the consent before the Aadhaar number is sent.
        if state.next == "digikhata-aadhaar-otp", outcome.operation.name != ConsentText.operation {
            state.next = ConsentText.operation
        }
    }

    // MARK: What a person has to give

    /// Shows the text to which the sender has to agree, and makes sure that they do.
    ///
    /// - Throws: `Failure` when nobody says so; the same step then comes again.
    private func confirmConsent(_ outcome: Outcome, _ state: FlowState) throws(Failure) {
        try save(state)
        let text = try ConsentText(outcome)
        if isAttended || run.options.consentTextAgreed || !run.console.isJSON { run.console.tell(text.shown) }
        guard !run.options.consentTextAgreed else { return }
        guard isAttended else { throw text.isToBeRead }
        print("Did the sender hear or read this, and agree? (yes/no): ", to: STDERR_FILENO)
        guard readLine() == "yes" else { throw text.isRefused }
    }

    /// Makes sure that there is an OTP to be had: one for each step that wants one.
    private func checkOTP(_ operation: Operation, _ state: FlowState) throws(Failure) {
        let isGiven = run.options.fields["otp"] != nil && !hasUsedOTP
        guard !isGiven, !isAttended else { return }
        try save(state)
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
                // Both spellings of the Aadhaar number have one option.
                let isGiven =
                    operation.aadhaarField == field
                    && (run.options.fields["aadhar"] ?? run.options.fields["aadhaar"]) != nil
                if !isGiven { answers[field.name] = "-" }
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

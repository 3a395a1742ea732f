// Whole sequences: one command from the look-up to the verified person, which can stop anywhere and go on later.
import Arguments
import EkoAPI
import Glibc
import Platform

/// Commands that walk a sequence of operations.
enum FlowCommands {
    private struct Flow {
        let product: Product
        let start: String
        let summary: String
    }

    private static let flows = [
        Flow(
            product: .fino, start: "fino-get", summary: "Takes a sender at Fino from the look-up to the verified eKYC."),
        Flow(product: .fingpay, start: "fingpay-send-otp", summary: "Takes an agent at Fingpay through the eKYC."),
        Flow(
            product: .digikhata, start: "digikhata-get",
            summary: "Takes a sender with a DigiKhata wallet to the verified eKYC."),
    ]

    /// The commands and what each does.
    static var all: [(command: Command<Options>, action: @Sendable (Run) throws(Failure) -> ExitCode)] {
        flows.map { flow in (command(flow), { run throws(Failure) in try perform(flow, run) }) }
    }

    private static func command(_ flow: Flow) -> Command<Options> {
        let steps = APIProfile.allCases.flatMap { Catalogue($0).operations }.filter { operation in
            operation.product == flow.product && operation.capture != .unbound
                && operation.name != "fingpay-withdraw-otp"
        }
        var seen: Set<String> = [
            "initiator-id", "user-code", "client-ref-id", "piddata", "otp-ref-id", "reference-tid", "kyc-request-id",
        ]
        let fields = steps.flatMap(\.fields).filter { seen.insert($0.option).inserted }
        var parameters = fields.map { $0.parameter(requiredBy: []) }
        parameters.append(.option("state", "FILE", help: "where the flow's state is kept, mode 0600", \.state))
        if steps.contains(where: \.takesCapture) { parameters += Shared.pidd }
        if flow.product == .fingpay { parameters.append(Shared.fingpayKey) }
        return Command<Options>(
            "ekyc-client flow \(flow.product.rawValue)", summary: flow.summary,
            notes: """
                What is missing is asked for at a terminal. Without one the flow stops with status 3 where an OTP is needed;
                the same command with --otp-file goes on from there. The state holds Eko's references, no secret.
                Example:
                  ekyc-client flow \(flow.product.rawValue) --customer 9123456789 --aadhaar-file aadhaar --consent
                  ekyc-client flow \(flow.product.rawValue) --customer 9123456789 --aadhaar-file aadhaar --consent --otp-file -

                \(ExitCode.table)
                """,
            parameters + Shared.consent + Shared.eko + Shared.general)
    }

    private static func perform(_ flow: Flow, _ run: Run) throws(Failure) -> ExitCode {
        let catalogue = Catalogue(try run.configuration.profile())
        let person = try person(flow, run)
        let path = try path(flow, person, run)
        var state =
            try FlowState(path: path)
            ?? FlowState(flow: flow.product.rawValue, profile: catalogue.profile, person: person, next: flow.start)
        guard state.flow == flow.product.rawValue, state.person == person, state.profile == catalogue.profile else {
            throw Failure(
                .configuration, "state-of-another-flow", "\(path) is the state of another person, flow or profile",
                nextStep: "remove it to begin anew, or name another file with --state")
        }
        var walk = Walk(catalogue: catalogue, run: run)
        var last: Outcome?
        for _ in 0..<Limits.flowSteps {
            guard let operation = state.next.flatMap({ catalogue[$0] }) else { break }
            last = try walk.take(operation, &state, path: path, start: flow.start)
        }
        guard state.next == nil, let last else {
            throw Failure(
                .failed, "flow-endless", "Eko sends the flow round in circles", nextStep: "look at the single steps")
        }
        try run.print(last)
        return .done
    }

    private static func person(_ flow: Flow, _ run: Run) throws(Failure) -> String {
        if let customer = run.options.fields["customer_id"] {
            guard Format.mobile.accepts(.text(customer)) else {
                throw Failure(
                    .badInput, "field-invalid", "--customer must be \(Format.mobile.expectation)",
                    nextStep: "correct the value")
            }
            return customer
        }
        if flow.product == .fingpay, case .text(let agent)? = run.configuration.commonFields["user_code"] {
            return agent
        }
        throw Failure(
            .usage, "field-missing", "the flow needs to know whom it is about", nextStep: "give --customer")
    }

    private static func path(_ flow: Flow, _ person: String, _ run: Run) throws(Failure) -> String {
        if let path = run.options.state { return path }
        guard let folder = try run.configuration.stateFolder() else {
            throw Failure(
                .configuration, "state-missing", "there is no folder for the flow's state", nextStep: "give --state")
        }
        return "\(folder)/flow-\(flow.product.rawValue)-\(person).json"
    }
}

/// One run of a flow: what it has read, so that nothing is read or asked twice.
private struct Walk {
    let catalogue: Catalogue
    let run: Run
    private var aadhaar: Aadhaar?
    private var hasUsedOTP = false
    private var answers: [String: String] = [:]

    init(catalogue: Catalogue, run: Run) {
        self.catalogue = catalogue
        self.run = run
    }

    /// Takes the next step and keeps what it came to.
    ///
    /// - Throws: `Failure` when the flow has to stop; the state then says where it goes on.
    mutating func take(
        _ operation: Operation, _ state: inout FlowState, path: String, start: String
    ) throws(Failure) -> Outcome {
        let isOTPStep = operation.field("otp") != nil
        if isOTPStep { try checkOTP(operation, state, path) }
        try askForMissing(operation)
        let answers = answers
        let step = run.with { options in
            options.fields.merge(answers) { $1 }
            if isOTPStep, options.fields["otp"] == nil { options.fields["otp"] = "-" }
            // One reference cannot name several calls.
            options.resolve = false
        }
        var call = OperationCall(operation, step)
        call.aadhaar = aadhaar
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
        switch outcome.kind {
        case .nextStep where outcome.then == nil: break
        case .success, .alreadyVerified, .nextStep:
            state.advance(by: outcome)
            // The sender must have heard or read the consent before the Aadhaar number is sent.
            if state.next == "digikhata-aadhaar-otp", operation.name != "digikhata-consent" {
                state.next = "digikhata-consent"
            }
            if let consent = outcome.envelope?.data["consent_detail"]?.object?["consentContent"]?.text {
                run.console.tell("Consent: \(shown(consent))")
            }
            try state.save(to: path)
            return outcome
        case .unknown:
            // Only Eko knows; a look-up tells, where there is one.
            state.next = start
            try state.save(to: path)
        case .refused where outcome.code == "otp-expired":
            state.next =
                catalogue.operations.first { candidate in
                    candidate.answers.contains { $0.meaning == .success(then: operation.name) }
                }?.name ?? start
            try state.save(to: path)
        default: break
        }
        throw call.failure(outcome)
    }

    /// Makes sure that there is an OTP to be had: one for each step that wants one.
    private func checkOTP(_ operation: Operation, _ state: FlowState, _ path: String) throws(Failure) {
        let isGiven = run.options.fields["otp"] != nil && !hasUsedOTP
        guard !isGiven, isatty(STDIN_FILENO) != 1 || isatty(STDERR_FILENO) != 1 else { return }
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
        guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else { return }
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

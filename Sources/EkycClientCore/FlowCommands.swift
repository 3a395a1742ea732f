// Whole sequences: one command from the look-up to the verified person, which can stop anywhere and go on later.
import Arguments
import EkoAPI
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
        Command<Options>(
            "ekyc-client flow \(flow.product.rawValue)", summary: flow.summary, notes: notes(flow),
            parameters(flow) + Shared.consent + Shared.connection + Shared.general)
    }

    private static func notes(_ flow: Flow) -> String {
        let consent =
            flow.product == .digikhata
            ? "\nIt also stops with 3 after it has shown Eko's text of the consent, and goes on with --consent-text-agreed."
            : ""
        return """
            What is missing is asked for at a terminal. Without one the flow stops with status 3 where an OTP is needed;
            the same command with --otp-file goes on from there. The state holds Eko's references, no secret.\(consent)
            After an outcome that is unknown (status 5) the same command first finds out what became of the step.
            Example:
              ekyc-client flow \(flow.product.rawValue) --customer 9123456789 --aadhaar-file aadhaar --consent
              ekyc-client flow \(flow.product.rawValue) --customer 9123456789 --aadhaar-file aadhaar --consent --otp-file -

            \(ExitCode.table)
            """
    }

    /// The options of a flow alone.
    private static func parameters(_ flow: Flow) -> [Parameter<Options>] {
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
        if flow.product == .fingpay {
            parameters.append(Shared.fingpayKey)
            // The other flows begin with a look-up, which tells.
            parameters.append(
                .option(
                    "after-unknown", "WHAT",
                    help:
                        "the last answer did not come, and you found out: done (Eko took it) or repeat (send it again)",
                    \.afterUnknown))
        }
        if flow.product == .digikhata {
            parameters.append(
                .flag(
                    "consent-text-agreed",
                    help: "the sender heard or read the consent text that the flow showed, and agreed",
                    \.consentTextAgreed))
        }
        parameters.append(Shared.resolve)
        return parameters
    }

    private static func perform(_ flow: Flow, _ run: Run) throws(Failure) -> ExitCode {
        let catalogue = Catalogue(try run.configuration.profile())
        let person = try person(flow, run)
        let path = try path(flow, person, run)
        let lock = try FlowLock(path)
        defer { lock.release() }
        var state =
            try FlowState(path: path)
            ?? FlowState(flow: flow.product.rawValue, profile: catalogue.profile, person: person, next: flow.start)
        guard state.flow == flow.product.rawValue, state.person == person, state.profile == catalogue.profile else {
            throw Failure(
                .configuration, "state-of-another-flow", "\(path) is the state of another person, flow or profile",
                nextStep: "remove it to begin anew, or name another file with --state")
        }
        var walk = FlowWalk(catalogue: catalogue, run: run, path: path, start: flow.start)
        try walk.findOut(&state)
        var last: Outcome?
        for _ in 0..<Limits.flowSteps {
            guard let operation = walk.next(&state) else { break }
            last = try walk.take(operation, &state)
        }
        guard state.next == nil else {
            throw Failure(
                .failed, "flow-endless", "Eko sends the flow round in circles", nextStep: "look at the single steps")
        }
        guard let last else {
            try run.console.result(
                [(name: "result", value: "nothing is left to do")],
                json: .object(["next": .null, "outcome": .text(Outcome.Kind.success.rawValue)]))
            return .done
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

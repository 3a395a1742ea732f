// One call of an operation: its values gathered and checked, the finger captured, the request sent once, the outcome judged.
import EkoAPI
import Glibc
import PiddClient
import Secrets

/// One call of one operation.
struct OperationCall {
    let operation: Operation
    let run: Run
    private let service: Result<EkoService, Failure>
    /// By field name, as far as they are known.
    private(set) var values: [String: FieldValue] = [:]
    private var wadh = ""
    /// The number as it was read, so that a flow reads it once.
    var aadhaar: Aadhaar?

    /// Describes a call.
    ///
    /// - Parameters:
    ///   - operation: what to call.
    ///   - run: the command that calls it.
    ///   - service: Eko's service, as an earlier call of the run has it; nil to make it from the settings.
    init(_ operation: Operation, _ run: Run, service: EkoService? = nil) {
        self.operation = operation
        self.run = run
        if let service {
            self.service = .success(service)
        } else {
            self.service = Result { () throws(Failure) in try run.configuration.eko() }
        }
    }

    /// Eko's service for further calls; nil when the settings make none.
    var sharedService: EkoService? { try? service.get() }

    // MARK: Before anybody is asked for a finger

    /// Gathers and checks all there is to check before a capture.
    ///
    /// - Parameter known: values that earlier steps gave; they go before the command line.
    /// - Throws: `Failure` for the first that is missing or wrong; nothing was captured or sent.
    mutating func prepare(known: [String: FieldValue] = [:]) throws(Failure) {
        if operation.aadhaarField != nil { try run.configuration.confirmConsent() }
        _ = try service.get()
        try chooseWadh()
        values = run.configuration.commonFields
        do {
            for field in operation.fields where !field.format.isSecret {
                guard let text = run.options.fields[field.name] else { continue }
                if case .address = field.format {
                    values[field.name] = .address(try Address(parsing: text))
                } else {
                    values[field.name] = .text(text)
                }
            }
            values.merge(known) { $1 }
            // Without a reference nobody could find out later whether money moved.
            if run.options.resolve || operation.movesMoney, values["client_ref_id"] == nil {
                values["client_ref_id"] = .text(run.configuration.newReference())
            }
            let secrets = operation.fields.filter { field in
                field.format.isSecret && values[field.name] == nil && (field.isRequired || path(of: field) != nil)
            }
            try PreparedCall.check(operation, values, later: Set(secrets.map(\.name)))
            try readSecrets(secrets.filter { $0.format != .pid })
            try PreparedCall.check(operation, values, later: ["piddata"])
        } catch {
            throw Failure(any: error)
        }
    }

    private mutating func readSecrets(_ fields: [Field]) throws {
        let fromInput = fields.filter { field in
            path(of: field) == "-" && (field.format == .oneTimePassword || field.format == .pan || aadhaar == nil)
        }
        let isKeyFromInput = run.configuration.readsAccessKeyFromInput
        let readers = (isKeyFromInput ? ["access-key-file"] : []) + fromInput.map(\.option)
        guard readers.count < 2 || isatty(STDIN_FILENO) == 1 else {
            throw Failure(
                .usage, "usage",
                "\(readers.map { "--\($0)" }.joined(separator: " and ")) cannot both read standard input",
                nextStep: "name a file of mode 0600 for one of them")
        }
        for field in fields {
            func number() throws -> Aadhaar {
                if let aadhaar { return aadhaar }
                let number = try run.checked(Aadhaar(parsing: text("Aadhaar number")))
                aadhaar = number
                return number
            }
            func text(_ title: String) throws(Failure) -> SecretBytes {
                try readSecret(path(of: field), option: field.option, title: title)
            }
            switch field.format {
            case .aadhaar: values[field.name] = .aadhaar(try number())
            case .encryptedAadhaar:
                let key = try run.configuration.fingpayKey()
                values[field.name] = .encryptedAadhaar(try key.encrypt(number()))
            case .oneTimePassword:
                values[field.name] = .oneTimePassword(
                    try OneTimePassword(parsing: text("OTP"), isForCapture: field.place == .capture))
            case .pan: values[field.name] = .pan(try PAN(parsing: text("PAN")))
            default: break
            }
        }
    }

    /// The file of a secret: both spellings of the Aadhaar field have one option.
    func path(of field: Field) -> String? {
        run.options.fields[field.name]
            ?? (operation.aadhaarField == field ? run.options.fields["aadhar"] ?? run.options.fields["aadhaar"] : nil)
    }

    /// What the capture is bound to; a wrong one is refused here, for Eko would refuse it only after the finger.
    private mutating func chooseWadh() throws(Failure) {
        let given = try run.options.wadh.map { text throws(Failure) in try CaptureCommands.wadhValue(text) }
        switch operation.capture {
        case nil: break
        case .bound(let wadhs):
            wadh = given ?? wadhs[0].value
            guard wadhs.contains(where: { $0.value == wadh }) else {
                throw Failure(
                    .usage, "wadh-wrong", "the \(operation.title) takes another wadh",
                    nextStep: "leave --wadh out, or say one of: \(wadhs.map(\.input).joined(separator: ", "))")
            }
        case .unbound:
            guard (given ?? "").isEmpty else {
                throw Failure(
                    .usage, "wadh-wrong", "the \(operation.title) takes a capture without wadh only",
                    nextStep: "leave --wadh out")
            }
        }
    }

    // MARK: The call itself

    /// Records the consent, captures if need be, and sends once; asks afterwards what became of it where that was wished.
    ///
    /// - Parameter beforeSending: called when all is there, right before the request goes out.
    /// - Returns: what it came to.
    /// - Throws: `Failure` when nothing was sent, also that of `beforeSending`.
    mutating func send(beforeSending: () throws(Failure) -> Void = {}) throws(Failure) -> Outcome {
        try recordConsent()
        if operation.takesCapture {
            values["piddata"] = .pid(try run.capture(wadh: wadh, otp: captureOTP).document)
        }
        // Told now, so that it is known even when this program ends before the answer.
        if operation.movesMoney, run.options.clientReference == nil, let reference {
            run.console.note("client_ref_id", reference)
        }
        try beforeSending()
        let outcome = try run.send(operation, values, to: service.get())
        // A capture serves once, whatever came of it.
        values["piddata"] = nil
        guard outcome.kind == .unknown, run.options.resolve else { return outcome }
        return resolved(outcome)
    }

    /// The OTP that goes into the capture, if one does.
    private var captureOTP: OneTimePassword? {
        guard operation.field("otp")?.place == .capture, case .oneTimePassword(let otp)? = values["otp"] else {
            return nil
        }
        return otp
    }

    private func recordConsent() throws(Failure) {
        guard let field = operation.aadhaarField, let number = values[field.name] else { return }
        var customer: String?
        if case .text(let text)? = values["customer_id"] { customer = text }
        try run.configuration.auditLog().record(
            operation: operation.name, purpose: run.options.purpose ?? operation.title, aadhaar: number.shown,
            customer: customer, requestID: run.options.requestID)
    }

    /// Our own reference of the call, if it has one.
    var reference: String? {
        guard case .text(let reference)? = values["client_ref_id"] else { return nil }
        return reference
    }

    /// What became of a call whose answer did not come, as Eko says.
    private func resolved(_ outcome: Outcome) -> Outcome {
        guard let reference else { return outcome }
        run.console.progress("No clear answer; asking Eko about \(reference)")
        do throws(Failure) {
            return outcome.resolved(by: try inquire(reference), reference: reference)
        } catch {
            run.console.warn("Eko could not be asked about it: \(error.cause)")
            return outcome
        }
    }

    /// Asks Eko about the call that had this reference of ours.
    ///
    /// - Throws: `Failure` when the question could not be sent.
    func inquire(_ reference: String) throws(Failure) -> Outcome {
        let inquiry = Operation.transactionInquiry(try run.configuration.profile())
        var fields = run.configuration.commonFields
        fields["transaction"] = .text(Operation.ownReference + reference)
        return try run.send(inquiry, fields, to: service.get())
    }

    // MARK: What is told

    /// The failure that an outcome is, with what scripts can use.
    func failure(_ outcome: Outcome) -> Failure {
        var failure = Failure(outcome)
        failure.details["operation"] = .text(operation.name)
        failure.details["requestId"] = run.options.requestID.map { .text($0) }
        failure.details["client_ref_id"] = reference.map { .text($0) }
        if outcome.kind == .unknown, operation.movesMoney, let reference {
            let connection = run.options.connection(for: .transactionInquiry(.current))
            failure.nextStep =
                "find out first: ekyc-client transaction --tid \(Operation.ownReference)\(reference)"
                + (connection.isEmpty ? "" : " \(connection)")
        }
        if let then = outcome.then { failure.details["next"] = .text(then) }
        let references = outcome.envelope?.data.filter { References.names.contains($0.key) } ?? [:]
        if outcome.kind == .nextStep, !references.isEmpty { failure.details["data"] = .object(references) }
        return failure
    }

    /// Prints the request as it would be sent, secrets masked; nobody is asked for a finger.
    func printDry() throws(Failure) {
        var values = values
        if operation.takesCapture { values["piddata"] = .pid(SecretBytes(copying: [0])) }
        let call: PreparedCall
        do {
            call = try PreparedCall(operation, values)
        } catch {
            throw Failure(any: error)
        }
        let sealed = "wadh \(wadh.isEmpty ? "none" : wadh)" + (captureOTP == nil ? "" : ", with the OTP")
        let fields = call.shown.map { name, value in
            (name: name, value: name == "piddata" ? "(the capture, \(sealed))" : value)
        }
        let url = try service.get().url(of: call)
        try run.console.result(
            [(name: "request", value: "\(operation.method) \(url)")]
                + fields.map { (name: "  \($0.name)", value: $0.value) }
                + [(name: "sent", value: "nothing: this is a dry run")],
            json: .object([
                "dryRun": .bool(true), "operation": .text(operation.name), "method": .text(operation.method),
                "url": .text(url), "fields": .object(Dictionary(uniqueKeysWithValues: fields.map { ($0, .text($1)) })),
                "headers": .object([
                    "developer_key": .text("(hidden)"), "secret-key": .text("(hidden)"),
                    "secret-key-timestamp": .text("(milliseconds at the time of sending)"),
                ]),
            ]))
    }
}

/// The members of answers that later steps want back.
enum References {
    static let names: Set<String> = [
        "otp_ref_id", "kyc_request_id", "reference_tid", "intent_id", "fp_transaction_id", "application_id",
    ]
}

// The eKYC of a money sender at Fino: prove the person by finger, then by OTP.
import Arguments
import EkoAPI
import PiddClient
import Secrets

/// Commands for a money sender's eKYC at Fino.
enum FinoCommands {
    static let ekyc = Command<Options>(
        "ekyc-client fino ekyc",
        summary: "Captures the sender's finger and submits the sender eKYC; Eko then sends an OTP.",
        notes: """
            The Aadhaar number is read from a file of mode 0600 or, for -, from standard input.
            Example:
              ekyc-client fino ekyc --customer 9123456789 --aadhaar-file - --consent
            Then: ekyc-client fino verify-otp, with the two references that this prints. Where Eko has verified the sender
            before, no OTP is sent: the outcome is already-verified, with status 0, and nothing is left to do.
            A wrong check digit of the Aadhaar number is a warning only, for Eko's own sample numbers fail the check.

            \(ExitCode.table)
            """,
        [
            Shared.customer,
            .option(
                "aadhaar-file", "FILE", help: "file with the sender's Aadhaar number, or - (required)", \.aadhaarFile),
            .flag("consent", help: "the sender was told the purpose and agreed (required)", \.consent),
        ] + Shared.pidd + Shared.eko + Shared.general)

    /// Everything that can be checked is checked before the person is asked for a finger.
    static func ekyc(_ run: Run) throws(Failure) {
        let operation = Operation.finoEKYC
        try run.configuration.confirmConsent()
        let service = try run.configuration.eko()
        var values = run.configuration.commonFields
        values["customer_id"] = run.options.customer.map { .text($0) }
        let text = try readSecret(run.options.aadhaarFile, option: "aadhaar-file", title: "Aadhaar number")
        let wadh =
            switch operation.capture {
            case .bound(let wadh): wadh.value
            case .unbound, nil: ""
            }
        do {
            let aadhaar = try Aadhaar(parsing: text)
            if !aadhaar.hasValidCheckDigit {
                run.console.warn("the check digit of Aadhaar number \(aadhaar) is wrong; is it mistyped?")
            }
            values["aadhar"] = .aadhaar(aadhaar)
            try PreparedCall.check(operation, values, later: "piddata")
        } catch {
            throw Failure(any: error)
        }
        let capture = try run.capture(wadh: wadh)
        values["piddata"] = .pid(capture.document)
        let outcome = try run.send(operation, values, to: service)
        let data = outcome.envelope?.data ?? [:]
        let references = ["otp_ref_id", "kyc_request_id"].map { data[$0]?.text ?? "" }
        try run.print(
            outcome,
            continuation: outcome.then == nil
                ? nil
                : "ekyc-client fino verify-otp --customer \(run.options.customer ?? "") "
                    + "--otp-ref-id \(quoted(references[0])) --kyc-request-id \(quoted(references[1])) --otp-file -")
    }

    static let verifyOTP = Command<Options>(
        "ekyc-client fino verify-otp", summary: "Completes a sender's eKYC with the OTP that the sender received.",
        notes: """
            The OTP is read from a file of mode 0600 or, for -, from standard input.
            Example:
              ekyc-client fino verify-otp --customer 9123456789 --otp-ref-id 666803844 \\
                --kyc-request-id 9332126 --otp-file -

            \(ExitCode.table)
            """,
        [
            Shared.customer,
            .option("otp-file", "FILE", help: "file with the OTP, or - (required)", \.otpFile),
            .option("otp-ref-id", "REF", help: "otp_ref_id that fino ekyc printed (required)", \.otpReference),
            .option("kyc-request-id", "ID", help: "kyc_request_id that fino ekyc printed (required)", \.kycRequest),
        ] + Shared.eko + Shared.general)

    static func verifyOTP(_ run: Run) throws(Failure) {
        let service = try run.configuration.eko()
        var values = run.configuration.commonFields
        values["customer_id"] = run.options.customer.map { .text($0) }
        values["otp_ref_id"] = run.options.otpReference.map { .text($0) }
        values["kyc_request_id"] = run.options.kycRequest.map { .text($0) }
        let text = try readSecret(run.options.otpFile, option: "otp-file", title: "OTP")
        do {
            values["otp"] = .oneTimePassword(try OneTimePassword(parsing: text))
        } catch {
            throw Failure(any: error)
        }
        try run.print(try run.send(.finoVerifyOTP, values, to: service))
    }

    /// A reference of Eko as one word of a shell, quoted where it must be.
    private static func quoted(_ text: String) -> String {
        let plain = text.unicodeScalars.allSatisfy {
            $0.isASCII
                && ($0.properties.isAlphabetic || $0.properties.numericType != nil
                    || "-_+/=.".unicodeScalars.contains($0))
        }
        guard !plain || text.isEmpty else { return text }
        return "'" + shown(text).split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
            + "'"
    }
}

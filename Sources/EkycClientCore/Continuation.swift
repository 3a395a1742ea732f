// The command line that follows a call, to be pasted into a shell as it is.
import EkoAPI

extension OperationCall {
    /// The command line that continues after an outcome; nil when nothing does.
    func continuation(_ outcome: Outcome) -> String? {
        guard let then = outcome.then, let next = Catalogue((try? run.configuration.profile()) ?? .reference)[then]
        else {
            return nil
        }
        var words = ["ekyc-client", next.words]
        var secrets: [String] = []
        for field in next.fields where isWanted(field, by: next, after: outcome) {
            if field.format.isSecret {
                // An OTP serves once; the file of a number that was read serves again.
                let isOTP = field.format == .oneTimePassword
                secrets += ["--\(field.option)", isOTP ? "-" : quoted(path(of: field) ?? "-")]
            } else if let value = text(of: field, after: outcome) {
                words += ["--\(field.option)", quoted(value)]
            }
        }
        words += secrets + (next.aadhaarField == nil ? [] : ["--consent"]) + [run.options.connection(for: next)]
        return words.filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// Whether a person has to say this field: not what settings say, and what is optional only when its partner is there.
    private func isWanted(_ field: Field, by next: Operation, after outcome: Outcome) -> Bool {
        guard field.format != .pid, !["initiator_id", "user_code"].contains(field.name) else { return false }
        guard !field.isRequired else { return true }
        let anchor = field.place == .capture ? field.partner.flatMap { next.field($0) } : field
        return field.partner != nil && anchor.flatMap { text(of: $0, after: outcome) } != nil
    }

    /// The value of a field of the next step: what Eko answered, else what this step said.
    private func text(of field: Field, after outcome: Outcome) -> String? {
        if let text = outcome.envelope?.data[field.member]?.text, !text.isEmpty { return text }
        guard case .text(let text)? = values[field.name] else { return nil }
        return text
    }
}

extension Options {
    /// The options by which this command line reached Eko, so that that of another operation reaches the same; empty for none.
    ///
    /// Left out is a proxy, which may hold a password.
    func connection(for operation: Operation) -> String {
        let takesFingpayKey = operation.aadhaarField?.format == .encryptedAadhaar
        let given: [(option: String, value: String?)] = [
            ("config", config), ("api", api?.rawValue), ("base-url", baseURL), ("ca-file", caFile),
            ("client-cert", clientCertificate), ("client-key", clientKey), ("developer-key-file", developerKeyFile),
            ("access-key-file", accessKeyFile), ("fingpay-key-file", takesFingpayKey ? fingpayKeyFile : nil),
            ("initiator-id", initiatorID), ("user-code", userCode),
        ]
        let words =
            given.compactMap { option, value in value.map { "--\(option) \(quoted($0))" } }
            + pins.map { "--pin \(quoted($0))" } + (testHTTP ? ["--test-http"] : [])
        return words.joined(separator: " ")
    }
}

/// A text of Eko as one word of a shell, quoted where it must be.
func quoted(_ text: String) -> String {
    let plain = text.unicodeScalars.allSatisfy {
        $0.isASCII
            && ($0.properties.isAlphabetic || $0.properties.numericType != nil
                || "-_+/=.,:".unicodeScalars.contains($0))
    }
    guard !plain || text.isEmpty else { return text }
    return "'" + shown(text).split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
}

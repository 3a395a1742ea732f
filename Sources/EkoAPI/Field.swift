// The fields of operations: their form, and the values they take.
package import Secrets

/// One field of an operation.
package struct Field: Equatable, Sendable {
    /// Where a value is written.
    package enum Place: Sendable {
        case path
        /// A member of the JSON body; of a GET, a part of the query.
        case parameter
        /// An attribute of PidOptions: sealed into the capture, and sent in nothing else.
        case capture
    }

    package let name: String
    package let place: Place
    package let format: Format
    package let isRequired: Bool
    /// The field without which this one makes no sense, and the other way round.
    package var partner: String?

    static func path(_ name: String, _ format: Format) -> Field {
        Field(name: name, place: .path, format: format, isRequired: true)
    }

    static func parameter(_ name: String, _ format: Format, required: Bool = true, with partner: String? = nil) -> Field
    {
        Field(name: name, place: .parameter, format: format, isRequired: required, partner: partner)
    }

    static func capture(_ name: String, _ format: Format, with partner: String) -> Field {
        Field(name: name, place: .capture, format: format, isRequired: false, partner: partner)
    }

    /// The member of an earlier answer's `data` that holds its value, where one does.
    package var member: String { name == "txn_otp_request_id" ? "fp_transaction_id" : name }

    /// The option that gives it, without hyphens: Eko's name in the words of a person.
    package var option: String {
        switch name {
        case "customer_id": "customer"
        case "aadhar", "aadhaar": "aadhaar-file"
        case "otp": "otp-file"
        case "pan_number": "pan-file"
        case "residence_address": "address"
        case "consent_language": "language"
        case "transaction": "tid"
        default: name.split(separator: "_").joined(separator: "-")
        }
    }
}

/// The form of a field's value (2.4 of the API notes).
package enum Format: Equatable, Sendable {
    /// Ten digits, the first 6 to 9.
    case mobile
    /// Only digits.
    case number
    /// Whole rupees; written as a JSON number.
    case amount
    /// At most 20 letters, digits, `_` and `-`.
    case clientReference
    /// Eko's number of a transaction, or `client_ref_id:` and one's own reference.
    case transaction
    /// What Eko gave and wants back unchanged, often base64; always a string, leading zeros and all.
    case reference
    /// A name of a person.
    case name
    /// `YYYY-MM-DD`.
    case date
    /// `latitude,longitude` in degrees, no blank between them.
    case place
    /// Eko's code of a bank, such as `HDFC`.
    case bankCode
    /// An address as JSON, in one of the three shapes that Eko has for it.
    case address(Address.Shape)
    case aadhaar
    /// The number under Fingpay's key, in base64.
    case encryptedAadhaar
    case oneTimePassword
    case pan
    /// A whole PidData document.
    case pid

    /// What a value must be, to complete "… must be …".
    package var expectation: String {
        switch self {
        case .mobile: "10 digits, the first 6 to 9"
        case .number: "digits only"
        case .amount: "a whole number of rupees"
        case .clientReference: "at most 20 letters, digits, '_' and '-'"
        case .transaction: "Eko's number of the transaction, at most 40 letters, digits, '_' and '-'"
        case .reference: "the text of the earlier answer, at most 256 printable characters"
        case .name: "a name of at most 100 characters"
        case .date: "a date as YYYY-MM-DD"
        case .place: "latitude and longitude such as 28.6139,77.2090"
        case .bankCode: "Eko's code of the bank, such as HDFC"
        case .address(.objectText): "parts named " + Address.names.joined(separator: ", ")
        case .address: "at least one line"
        case .aadhaar, .encryptedAadhaar: "an Aadhaar number"
        case .oneTimePassword: "a one-time password"
        case .pan: "a PAN of 5 letters, 4 digits and a letter"
        case .pid: "a PidData document"
        }
    }

    /// Whether it is masked wherever it is shown.
    package var isSecret: Bool {
        switch self {
        case .aadhaar, .encryptedAadhaar, .oneTimePassword, .pan, .pid: true
        default: false
        }
    }

    /// Whether a value has this form.
    package func accepts(_ value: FieldValue) -> Bool {
        switch (self, value) {
        case (.aadhaar, .aadhaar), (.encryptedAadhaar, .encryptedAadhaar), (.oneTimePassword, .oneTimePassword),
            (.pan, .pan):
            true
        case (.pid, .pid(let xml)): !xml.isEmpty && xml.count <= Limits.pid
        case (.address(let shape), .address(let address)): address.fits(shape)
        case (_, .text(let text)): accepts(text)
        default: false
        }
    }

    private func accepts(_ text: String) -> Bool {
        switch self {
        case .mobile: text.utf8.count == 10 && text.utf8.allSatisfy(isDigit) && text >= "6"
        case .number: (1...20).contains(text.utf8.count) && text.utf8.allSatisfy(isDigit)
        case .amount: (1...9).contains(text.utf8.count) && text.utf8.allSatisfy(isDigit) && !text.hasPrefix("0")
        case .clientReference: (1...20).contains(text.utf8.count) && text.utf8.allSatisfy(isPlain)
        case .transaction:
            if text.hasPrefix(Operation.ownReference) {
                Format.clientReference.accepts(String(text.dropFirst(Operation.ownReference.count)))
            } else {
                (1...40).contains(text.utf8.count) && text.utf8.allSatisfy(isPlain)
            }
        case .reference: (1...256).contains(text.utf8.count) && text.utf8.allSatisfy { (33...126).contains($0) }
        case .name: (1...100).contains(text.count) && !text.unicodeScalars.contains { $0.value < 32 }
        case .date: text.wholeMatch(of: /[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])/) != nil
        case .place: text.wholeMatch(of: /-?[0-9]{1,3}(\.[0-9]+)?,-?[0-9]{1,3}(\.[0-9]+)?/) != nil
        case .bankCode: (1...20).contains(text.utf8.count) && text.utf8.allSatisfy(isPlain)
        case .address, .aadhaar, .encryptedAadhaar, .oneTimePassword, .pan, .pid: false
        }
    }
}

private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

/// Letters, digits, `_` and `-` of ASCII.
private func isPlain(_ byte: UInt8) -> Bool {
    isDigit(byte) || (0x41...0x5a).contains(byte & 0xdf) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
}

/// A field's value; secrets stay in their own memory until they are written into the request.
package enum FieldValue: Sendable {
    case text(String)
    case address(Address)
    case aadhaar(Aadhaar)
    case encryptedAadhaar(EncryptedAadhaar)
    case oneTimePassword(OneTimePassword)
    case pan(PAN)
    /// The bytes of a PidData document, as pidd gave them.
    case pid(SecretBytes)

    /// The value as it is written for a field.
    func json(_ format: Format) -> JSONText {
        switch self {
        case .text(let text): format == .amount ? .verbatim(text) : .plain(text)
        case .address(let address):
            if case .address(let shape) = format { address.json(shape) } else { .plain("") }
        case .aadhaar(let number): .secret(number.digits)
        case .encryptedAadhaar(let number): .secret(number.base64)
        case .oneTimePassword(let password): .secret(password.digits)
        case .pan(let pan): .secret(pan.text)
        case .pid(let xml): .secret(xml)
        }
    }

    /// The value as it may be shown: secrets masked, of an Aadhaar number the last four digits.
    package var shown: String {
        switch self {
        case .text(let text): EkoAPI.shown(text)
        case .address(let address): EkoAPI.shown(address.description)
        case .aadhaar(let number): number.description
        case .encryptedAadhaar(let number): "\(number.description), encrypted"
        case .oneTimePassword(let password): password.description
        case .pan(let pan): pan.description
        case .pid(let xml): "(PidData of \(xml.count) bytes)"
        }
    }
}

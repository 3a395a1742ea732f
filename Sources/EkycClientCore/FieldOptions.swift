// The option with which each field of Eko's API is given.
import Arguments
import EkoAPI

extension Field {
    /// The option, with a help text that says under which profile it is required.
    ///
    /// - Parameter profiles: those that want it.
    /// - Returns: the option, bound to the field's name.
    func parameter(requiredBy profiles: [APIProfile]) -> Parameter<Options> {
        let required =
            switch profiles.count {
            case 0: ""
            case APIProfile.allCases.count: " (required)"
            default: " (required with --api \(profiles[0].rawValue))"
            }
        let field = name
        return .option(option, Self.placeholder(option), help: Self.help(option) + required, \.fields[field])
    }

    private static func placeholder(_ option: String) -> String {
        switch option {
        case "customer": "MOBILE"
        case "aadhaar-file", "otp-file", "pan-file": "FILE"
        case "name": "NAME"
        case "dob": "DATE"
        case "address": "PARTS"
        case "latlong": "LAT,LONG"
        case "bank-code": "CODE"
        case "amount": "RUPEES"
        case "language", "org-id": "NUMBER"
        case "tid": "TID"
        default: "REF"
        }
    }

    private static func help(_ option: String) -> String {
        switch option {
        case "customer": "mobile number of 10 digits: of the sender or customer, in an agent's eKYC of the agent"
        case "aadhaar-file": "file, mode 0600, with the Aadhaar number, or - for standard input"
        case "otp-file": "file, mode 0600, with the OTP, or - for standard input"
        case "pan-file": "file, mode 0600, with the PAN, or - for standard input"
        case "name": "the person's name"
        case "dob": "date of birth, YYYY-MM-DD"
        case "address": "parts such as 'line=12 Park Road;city=Pune'; where lines are wanted, without names"
        case "latlong": "where this is, in degrees: 28.6139,77.2090"
        case "bank-code": "Eko's code of the person's bank, such as HDFC"
        case "amount": "whole rupees"
        case "language": "number of the consent's language; 1 is English, digikhata languages lists all"
        case "org-id": "number of the organisation that asks for the consent, usually 1"
        case "tid": "Eko's number of the transaction, or client_ref_id: and your own reference"
        case "otp-ref-id": "otp_ref_id that the step before printed"
        case "reference-tid": "reference_tid that the step before printed"
        case "kyc-request-id": "kyc_request_id that fino ekyc printed"
        case "txn-otp-request-id": "fp_transaction_id that fingpay withdraw-otp printed"
        default: "\(option) as Eko's pages describe it"
        }
    }
}

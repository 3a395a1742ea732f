// The JSON twin of PidOptions (docs/openapi.json, CaptureRequest).
import FoundationEssentials
package import RDProtocol
package import Secrets

/// A capture as `POST /v1/captures` asks for it; members that are missing or null have their default, unknown ones are ignored.
///
/// The OTP never becomes a String: `CaptureRequestBody` takes it out before the JSON reader sees the rest.
package struct CaptureOptions: Decodable {
    private var fingers: Int?
    private var type: String?
    private var posh: [String]?
    private var timeout: Int?
    private var wadh: String?
    private var env: String?
    /// What stands in for the OTP; that it is there says no more than that the member is a text.
    private var otp: String?
    private var format: String?
    private var device: String?
    private var minimumQuality: Int?
    private var demo: Present?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case fingers, type, posh, wadh, env, otp, format, demo, device
        case timeout = "timeout_ms"
        case minimumQuality = "min_quality"
    }

    /// Something that must not be there.
    private struct Present: Decodable {
        init(from decoder: any Decoder) {}
    }

    /// Reads a body and checks it by the rules of PidOptions.
    ///
    /// - Throws: `Failure` with code `malformed-json` or `invalid-option`.
    package static func read(_ body: SecretBytes) throws(Failure) -> PidOptions {
        guard !body.isEmpty else { return .fingerprint() }
        let body = CaptureRequestBody(body)
        do {
            return try body.decode(CaptureOptions.self).pidOptions(otp: body.otp)
        } catch let failure as Failure {
            throw failure
        } catch let error as DecodingError {
            // The reader's own words may quote the request, so only the place is told.
            let path: [any CodingKey] =
                switch error {
                case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
                    .dataCorrupted(let context):
                    context.codingPath
                @unknown default: []
                }
            guard let key = path.first else { throw Self.malformed }
            throw Self.wrong(key.stringValue, "is of another type than the schema says", .invalidPidOptions)
        } catch {
            throw Self.malformed
        }
    }

    private func pidOptions(otp: SecretBytes?) throws(Failure) -> PidOptions {
        guard demo == nil else {
            throw Self.wrong("demo", "is not taken here; send a Demo block in the PidOptions of CAPTURE", .invalidDemo)
        }
        guard let format = Self.formats[format ?? "xml"] else {
            throw Self.wrong("format", "has to be xml or protobuf", .invalidFormat)
        }
        guard let type = Self.types[type ?? "fmr"] else {
            throw Self.wrong("type", "has to be fmr, fir or both", .invalidFType)
        }
        guard let environment = Environment(rawValue: env ?? "P") else {
            throw Self.wrong("env", "has to be P, PP or S", .invalidPidOptions)
        }
        // C strings, through which values go into XML, would end at a zero: a hash with one would bind nothing.
        guard wadh?.utf8.contains(0) != true else {
            throw Self.wrong("wadh", "has to be a SHA-256 in base64", .invalidPidOptions)
        }
        var options = PidOptions.fingerprint(
            type: type, wadh: wadh ?? "", timeoutMilliseconds: timeout ?? PidOptions.fingerprint().timeoutMilliseconds,
            environment: environment)
        options.fCount = fingers ?? 1
        options.format = format
        if let device, !device.isEmpty {
            guard PidOptions.isDevice(device) else {
                throw Self.wrong("device", "is no id of a scanner", .invalidPidOptions)
            }
            options.device = device
        }
        guard (0...100).contains(minimumQuality ?? 0) else {
            throw Self.wrong("min_quality", "has to be 0 to 100", .invalidPidOptions)
        }
        options.minimumQuality = minimumQuality
        for name in posh ?? [] {
            guard let position = Posh(rawValue: name) else { throw Self.wrong("posh", "names no finger", .invalidPosh) }
            options.posh.append(position)
        }
        do {
            // One set of rules for both dialects.
            options = try PidOptions(parsing: options.xml())
        } catch {
            throw Failure(error)
        }
        if let otp {
            guard PidOptions.isOTP(otp) else { throw Self.wrong("otp", "has to be 6 digits", .invalidPidOptions) }
            options.otp = otp
        }
        return options
    }

    private static let types: [String: FingerRecordType] = ["fmr": .minutiae, "fir": .image, "both": .both]

    private static let formats: [String: PidFormat] = ["xml": .xml, "protobuf": .protobuf]

    private static let malformed = Failure(
        "malformed-json", status: 400, "the body is not a JSON object", nextStep: "send what GET /v1/schema describes")

    private static func wrong(_ field: String, _ what: String, _ rdCode: RDErrorCode) -> Failure {
        // A name of the schema, never a text of the client.
        let known = CodingKeys.allCases.contains { $0.rawValue == field } ? field : "a member"
        var failure = Failure(
            "invalid-option", status: 400, "\(known) \(what)", nextStep: "send what GET /v1/schema describes")
        failure.rdCode = rdCode
        failure.field = known
        return failure
    }

    /// Which member an RD error code is about.
    static func member(of code: RDErrorCode) -> String? {
        switch code {
        case .invalidFType, .fingerprintUnsupported: "type"
        case .invalidFCount: "fingers"
        case .invalidTimeout: "timeout_ms"
        case .invalidPosh: "posh"
        case .invalidFormat, .protobufUnsupported: "format"
        default: nil
        }
    }
}

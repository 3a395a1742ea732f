// Commands that need no Eko: capture, info and wadh.
import Arguments
import Crypto
import EkoAPI
import PiddClient
import RDProtocol
import Secrets

/// Commands that need no Eko.
enum CaptureCommands {
    static let capture = Command<Options>(
        "ekyc-client capture", summary: "Waits for a finger and writes the sealed capture (PidData XML).",
        notes: """
            Example: capture for a sender eKYC and keep the document for one use
              ekyc-client capture --wadh 2.5FYNNN -o pid.xml
            --json has the document as piddata, and its parts by the names that payment services give them: Piddata and PidDatatype,
            sessionKey, hmac, ci and so on, dpId and rdsId also as dpID and rdsID.
            Example: two fingers, one after the other
              ekyc-client capture --posh LEFT_INDEX,RIGHT_INDEX -o pid.xml
            Example: a finger with the OTP that was sent to the person, as a second factor
              ekyc-client capture --otp-file - -o pid.xml
            """,
        [
            .option(
                "output", short: "o", "FILE", help: "write to FILE (mode 0600) instead of standard output", \.output),
            .flag("xml", help: "the document byte for byte, which is the default", \.xml),
            .flag("base64", help: "the document in base64, on one line", \.base64),
            .option("fingers", "N", help: "how many, 1 to 10; with --type fir or both 1 or 2; default 1", \.fingers),
            .option("posh", "NAMES", help: "which fingers, such as LEFT_INDEX,RIGHT_THUMB; default: any", \.posh),
            .option("wadh", "WADH", help: "bind to this wadh: 44 characters, or parameters such as 2.5FYNNN", \.wadh),
            .option(
                "otp-file", "FILE",
                help: "seal the OTP of FILE, mode 0600, or of standard input for -, beside the finger",
                \.fields["otp"]),
        ] + Shared.pidd + Shared.general)

    /// PidData byte for byte or in base64, or with `--json` what it says and the document as a text.
    static func capture(_ run: Run) throws(Failure) {
        guard [run.options.json, run.options.xml, run.options.base64].count(where: \.self) < 2 else {
            throw Failure(
                .usage, "usage", "--xml, --base64 and --json contradict each other", nextStep: "say one of them")
        }
        let wadh = try wadhValue(run.options.wadh)
        try Console.check(output: run.options.output)
        let capture = try run.capture(wadh: wadh, otp: otp(run), records: .minutiae)
        if run.console.isJSON {
            try Console.write(Array((capture.view.json + "\n").utf8), to: run.options.output)
        } else if run.options.base64 {
            let text = unsafe base64(capture.document).withUnsafeBuffer { unsafe Array($0) }
            try Console.write(text + [UInt8(ascii: "\n")], to: run.options.output)
        } else {
            let document = unsafe capture.document.withUnsafeBuffer { unsafe Array($0) }
            try Console.write(document, to: run.options.output)
        }
    }

    /// The OTP that the command line names the file of, if it does.
    private static func otp(_ run: Run) throws(Failure) -> OneTimePassword? {
        guard let path = run.options.fields["otp"] else { return nil }
        let text = try readSecret(path, option: "otp-file", title: "OTP")
        do {
            return try OneTimePassword(parsing: text, isForCapture: true)
        } catch {
            throw Failure(any: error)
        }
    }

    static let info = Command<Options>(
        "ekyc-client info", summary: "Shows what pidd says about itself and its device (RD service XML).",
        notes: """
            Example: is the scanner ready?
              ekyc-client info | grep 'status="READY"'
            It exits with 0 whenever pidd answers, also when it says NOTREADY.
            """,
        [Shared.socket] + Shared.general)

    /// The documents of RDSERVICE and DEVICEINFO, one after the other, or in one object with `--json`.
    static func info(_ run: Run) throws(Failure) {
        do {
            let service = try run.configuration.pidd.information(.service)
            let device = try run.configuration.pidd.information(.device)
            guard run.console.isJSON else { return try Console.write(service + [10] + device + [10], to: nil) }
            try run.console.result(
                [],
                json: .object([
                    "deviceInfo": .text(String(decoding: device, as: UTF8.self)),
                    "rdService": .text(String(decoding: service, as: UTF8.self)),
                ]))
        } catch {
            throw Failure(any: error)
        }
    }

    static let wadh = Command<Options>(
        "ekyc-client wadh", summary: "Computes a wadh from its parameters, or finds the parameters of one.",
        notes: """
            The parameters are ver, ra, rc, lr, de and pfr of the KYC call, written without separators.
            Example:
              ekyc-client wadh 2.5FYNNN
            """,
        [.operand("VALUE", help: "parameters such as 2.5FYNNN, or a wadh of 44 characters", \.value)] + Shared.general)

    static func wadh(_ run: Run) throws(Failure) {
        let value = try wadhValue(run.options.value)
        let input = run.options.value == value ? Wadh(value: value)?.input : run.options.value
        let uses = Catalogue(.current).operations.filter { operation in
            if case .bound(let wadhs) = operation.capture { wadhs.contains(Wadh(input: input ?? "")) } else { false }
        }.map(\.name)
        try run.console.result(
            [
                (name: "wadh", value: value), (name: "parameters", value: input ?? "unknown"),
                (name: "used by", value: uses.isEmpty ? "no operation of this client" : uses.joined(separator: ", ")),
            ],
            json: .object([
                "wadh": .text(value), "parameters": input.map { .text($0) } ?? .null,
                "operations": .array(uses.map { .text($0) }),
            ]))
    }

    /// The wadh that a person means: the 44 characters themselves, or the parameters they are made from.
    static func wadhValue(_ text: String?) throws(Failure) -> String {
        guard let text, !text.isEmpty else { return "" }
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        if text.count == 44, text.hasSuffix("="), text.dropLast().allSatisfy(alphabet.contains) { return text }
        let parameters = text.dropFirst(3)
        let isParameters =
            text.prefix(3).wholeMatch(of: /[0-9]\.[0-9]/) != nil && parameters.wholeMatch(of: /[FIOP]+[YN]{4}/) != nil
        guard isParameters else {
            throw Failure(
                .usage, "wadh-invalid", "the wadh is neither 44 characters of base64 nor parameters",
                nextStep: "write parameters as in 2.5FYNNN")
        }
        return Wadh(input: text).value
    }
}

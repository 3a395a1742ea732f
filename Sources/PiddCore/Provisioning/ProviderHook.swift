// A device provider behind an executable of its own: JSON in, JSON out (docs/identity.md, "The hook").
import Crypto
import FoundationEssentials
import Glibc
package import PIDSeal
import Platform
import RDProtocol

/// Calls the executable that the settings name.
package struct ProviderHook: DeviceProvider {
    private let path: String

    /// - Parameter path: of the executable, absolute.
    /// - Throws: `ProvisioningError` when somebody else could change it, or it cannot be run.
    package init(path: String) throws(ProvisioningError) {
        self.path = path
        var status = stat()
        guard path.hasPrefix("/"), unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            unsafe access(path, X_OK) == 0
        else {
            throw ProvisioningError(
                "hook-missing", "the hook '\(path)' is not the absolute path of a program that this user may run",
                nextStep: "correct hook in section [provider] of the settings")
        }
        do { try checkTrusted(path) } catch {
            throw ProvisioningError(
                "hook-too-open", "others may change the hook, which decides about keys: \(error.cause)",
                nextStep: error.nextStep)
        }
    }

    package func certify(_ request: ProviderRequest) throws(IdentityError) -> ProviderAnswer {
        let answer = try ask(request)
        guard let dc = answer.dc, let mc = answer.mc else {
            throw Self.useless("it names no dc or no mc")
        }
        guard answer.environment == request.environment.rawValue else {
            throw IdentityError(
                "environment-mismatch",
                "the provider answered for another environment than \(request.environment.rawValue)",
                nextStep: "correct the hook or the provider's server")
        }
        return ProviderAnswer(
            dc: dc, mc: try Self.certificate(mc), uidai: try answer.uidaiCertificate.map(Self.certificate))
    }

    package func deregister(_ request: ProviderRequest) throws(IdentityError) { _ = try ask(request) }

    package func newKey(_ request: ProviderRequest) throws(IdentityError) -> String {
        guard let key = try ask(request).key else { throw Self.useless("it names no key") }
        return key
    }

    /// PEM as it is, anything else as base64 of DER.
    private static func certificate(_ text: String) throws(IdentityError) -> [UInt8] {
        if text.hasPrefix("-----BEGIN") { return Array(text.utf8) }
        do { return try decodeBase64(text.utf8) } catch { throw useless("a certificate is neither PEM nor base64") }
    }

    // MARK: The conversation

    private struct Question: Encodable {
        let version = 1
        let operation, environment, serial: String
        let dpId, rdsId, rdsVer, mi: String
        let idHash, dc: String?
        let csr, publicKey, certificate, signature: String?
    }

    private struct Answer: Decodable {
        struct Refusal: Decodable {
            let code, cause: String
            let nextStep: String?
        }
        let version: Int
        let environment, dc, mc, uidaiCertificate, key: String?
        let error: Refusal?
    }

    private func ask(_ request: ProviderRequest) throws(IdentityError) -> Answer {
        func text(_ bytes: [UInt8]) -> String? { bytes.isEmpty ? nil : base64(bytes) }
        let names = request.registration
        let question = Question(
            operation: request.operation.rawValue, environment: request.environment.rawValue, serial: request.serial,
            dpId: names.dpId, rdsId: names.rdsId, rdsVer: names.rdsVer, mi: names.mi, idHash: request.idHash,
            dc: request.dc, csr: text(request.csr), publicKey: text(request.publicKey),
            certificate: text(request.certificate), signature: text(request.signature))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let input = Array((try? encoder.encode(question)) ?? Data()) + Array("\n".utf8)
        let ending: ChildEnding
        do {
            ending = try runChild(
                path, environment: Self.environment, input: input, limit: Limits.hookOutput, within: Limits.hook)
        } catch {
            throw Self.failure(error, path)
        }
        guard ending.status == 0 else {
            let last = String(decoding: ending.errors, as: UTF8.self).split(separator: "\n").last.map(String.init) ?? ""
            throw IdentityError(
                "hook-failed",
                "the hook ended with status \(ending.status)" + (last.isEmpty ? "" : ": \(clean(last))"),
                nextStep: "run it by hand to see more, or look into the provider's log")
        }
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(ending.output)), answer.version == 1 else {
            throw Self.useless("it is no JSON object with \"version\": 1")
        }
        if let refusal = answer.error {
            throw IdentityError(
                "provider-refused", "the device provider refused (\(clean(refusal.code))): \(clean(refusal.cause))",
                nextStep: refusal.nextStep.map(clean) ?? "ask the device provider")
        }
        return answer
    }

    private static func failure(_ failure: ChildFailure, _ path: String) -> IdentityError {
        switch failure {
        case .notStarted(let error):
            IdentityError("hook-not-started", "\(error)", nextStep: "check that \(path) is a program for this machine")
        case .overdue:
            IdentityError(
                "hook-overdue", "the hook took longer than \(Int(Limits.hook / .seconds(1))) s and was ended",
                nextStep: "check the connection to the device provider, then run the command again")
        case .outputTooLarge:
            IdentityError(
                "hook-invalid", "the hook wrote more than \(Limits.hookOutput) bytes", nextStep: "correct the hook")
        }
    }

    private static func useless(_ why: String) -> IdentityError {
        IdentityError(
            "hook-invalid", "the hook's answer cannot be used: \(why)",
            nextStep: "correct the hook; docs/identity.md has the form")
    }

    /// Nothing of pidd's own environment goes on to the hook.
    private static let environment = [
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
    ]
}

/// A word of somebody else's for an error text: printable, short.
private func clean(_ text: String) -> String {
    String(decoding: text.utf8.prefix(200).map { (32...126).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
}

/// What is wrong with how provisioning is set up.
package struct ProvisioningError: ExplainedError, Equatable {
    package let code: String
    package let cause: String
    package let nextStep: String

    package init(_ code: String, _ cause: String, nextStep: String) {
        self.code = code
        self.cause = cause
        self.nextStep = nextStep
    }
}

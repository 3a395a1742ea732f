// How the settings become Eko's service: addresses, keys, whom to trust, and the files that outlive a run.
import Arguments
import EkoAPI
import Glibc
import HTTPClient
import Platform
import Secrets

extension Configuration {
    /// Which state of Eko's pages to speak.
    ///
    /// - Throws: `Failure` for a setting that names none.
    func profile() throws(Failure) -> APIProfile {
        if options.api == nil, let name = environment("EKO_API") {
            guard let profile = APIProfile(rawValue: name) else {
                throw Failure(
                    .configuration, "settings-invalid", "EKO_API needs \(APIProfile.expectation)",
                    nextStep: "correct the variable")
            }
            return profile
        }
        return try value(options.api, "api", "eko") ?? .reference
    }

    /// What a wrong check digit leads to.
    ///
    /// - Throws: `Failure` for a setting that is none.
    func checkDigit() throws(Failure) -> CheckDigit { try value(options.checkDigit, "check-digit", "eko") ?? .warn }

    /// Eko's service with the keys that are set.
    ///
    /// - Throws: `Failure` naming the setting that is missing or wrong.
    func eko() throws(Failure) -> EkoService {
        let base = try needed(options.baseURL, "EKO_BASE_URL", "base-url", "say uat, production or an https address")
        return try configured {
            var products: [Product: BaseURL] = [:]
            for product in Product.allCases where options.baseURL == nil {
                let variable = "EKO_BASE_URL_\(product.rawValue.uppercased())"
                if let text = text(nil, variable, "base-url-\(product.rawValue)", "eko") {
                    products[product] = try BaseURL(text, allowsPlain: options.testHTTP)
                }
            }
            let developer = try developerKey()
            let signer = Signer(key: try AccessKey(accessKey()), ledger: try ledger())
            let timeout = try value(options.callTimeout, "call-timeout", "eko") ?? EkoAPI.Limits.call
            return try EkoService(
                baseURL: BaseURL(base, allowsPlain: options.testHTTP), products: products, developerKey: developer,
                signer: signer, tls: try tls(), timeout: timeout)
        }
    }

    /// What `make` gives; what goes wrong in it is a matter of the settings.
    private func configured<Value>(_ make: () throws -> Value) throws(Failure) -> Value {
        do {
            return try make()
        } catch let failure as Failure {
            throw failure
        } catch let error as any ExplainedError {
            throw Failure(.configuration, error)
        } catch {
            throw Failure(any: error)
        }
    }

    private func needed(
        _ given: String?, _ variable: String, _ key: String, _ hint: String
    ) throws(Failure) -> String {
        if let text = text(given, variable, key, "eko"), !text.isEmpty { return text }
        throw Failure(
            .configuration, "\(key)-missing", given == nil ? "'\(key)' is not set" : "--\(key) is empty",
            nextStep: "\(hint): --\(key), \(variable) or [eko] \(key) in the settings file")
    }

    private func tls() throws -> TLSOptions {
        let caFile = text(options.caFile, "EKO_CA_FILE", "ca-file", "eko")
        if let caFile { try checkAuthorities(caFile) }
        let pins =
            options.pins.isEmpty
            ? (text(nil, "EKO_PINS", "pins", "eko") ?? "").split(whereSeparator: { " ,".contains($0) }).map(String.init)
            : options.pins
        for pin in pins where pin.wholeMatch(of: /[A-Za-z0-9+\/]{43}=/) == nil {
            throw InvalidInput(
                "pin-invalid", "a pin is not the base64 of a SHA-256", nextStep: "write 44 characters, the last one =")
        }
        let certificate = text(options.clientCertificate, "EKO_CLIENT_CERT", "client-cert", "eko")
        let key = text(options.clientKey, "EKO_CLIENT_KEY", "client-key", "eko")
        // Read here only to tell early what is wrong with it; libcurl reads it itself.
        if let key { _ = try readSecretFile(key, limit: Limits.clientKey) }
        if let certificate { _ = try readFile(certificate, limit: Limits.clientKey) }
        let proxy = text(options.proxy, "EKO_PROXY", "proxy", "eko")
        return TLSOptions(
            caFile: caFile, clientCertificateFile: certificate, clientKeyFile: key, pinnedKeys: pins,
            proxy: proxy == "none" ? "" : proxy)
    }

    // MARK: Secrets

    /// A credential that the service manager gave; nil when it gave none of this name.
    private func credential(_ name: String) -> String? {
        guard let folder = environment("CREDENTIALS_DIRECTORY") else { return nil }
        let path = "\(folder)/\(name)"
        return unsafe access(path, F_OK) == 0 ? path : nil
    }

    /// Reads a credential: who may read it is the service manager's business, and its modes differ.
    private func readCredential(_ path: String) throws -> SecretBytes {
        let file = try openForReading(path, limit: EkoAPI.Limits.secretFile)
        return try readSecret(descriptor: file.descriptor.raw, limit: EkoAPI.Limits.secretFile)
    }

    private func accessKey() throws -> SecretBytes {
        let named = text(options.accessKeyFile, "EKO_ACCESS_KEY_FILE", "access-key-file", "eko")
        if named == nil, let path = credential("eko-access-key") { return try readCredential(path) }
        let path = try needed(
            options.accessKeyFile, "EKO_ACCESS_KEY_FILE", "access-key-file",
            "save the access key in a file that only you may read and name it")
        return try EkycClientCore.readSecret(path, option: "access-key-file", title: "access key")
    }

    private func developerKey() throws -> String {
        if let key = text(options.developerKey, "EKO_DEVELOPER_KEY", "developer-key", "eko") { return key }
        let secret: SecretBytes
        if let path = text(nil, "EKO_DEVELOPER_KEY_FILE", "developer-key-file", "eko") {
            secret = try readSecretFile(path, limit: EkoAPI.Limits.secretFile)
        } else if let path = credential("eko-developer-key") {
            secret = try readCredential(path)
        } else {
            return try needed(
                options.developerKey, "EKO_DEVELOPER_KEY", "developer-key", "give the key that Eko's console shows")
        }
        return secret.trimmingWhitespace().withSpan { span in
            String(decoding: span.indices.map { span[$0] }, as: UTF8.self)
        }
    }

    /// Fingpay's public key.
    ///
    /// - Throws: `Failure` when none is set or it is none.
    func fingpayKey() throws(Failure) -> FingpayKey {
        let named = text(options.fingpayKeyFile, "EKO_FINGPAY_KEY_FILE", "fingpay-key-file", "eko")
        return try configured {
            let path =
                try named ?? credential("eko-fingpay-key")
                ?? needed(
                    options.fingpayKeyFile, "EKO_FINGPAY_KEY_FILE", "fingpay-key-file",
                    "save the public key that Eko's console shows")
            return try FingpayKey(path: path)
        }
    }

    // MARK: What outlives a run

    /// This user's folder for what outlives a run, made with mode 0700; nil when the environment names none.
    func stateFolder() throws(Failure) -> String? {
        let state = environment("XDG_STATE_HOME") ?? environment("HOME").map { "\($0)/.local/state" }
        guard let folder = environment("STATE_DIRECTORY") ?? state.map({ "\($0)/ekyc-client" }) else { return nil }
        do {
            try makeFolders(folder, mode: 0o700)
        } catch {
            throw Failure(.configuration, error)
        }
        return folder
    }

    /// Where the last timestamp stands: in the folder of this login, which is in memory, else in that for state.
    private func ledger() throws -> TimestampLedger? {
        if let folder = environment("XDG_RUNTIME_DIR"), unsafe access(folder, W_OK | X_OK) == 0 {
            return TimestampLedger(path: "\(folder)/ekyc-client.timestamp")
        }
        return try stateFolder().map { TimestampLedger(path: "\($0)/timestamp") }
    }

    /// Where consents are recorded.
    ///
    /// - Throws: `Failure` when neither a setting nor the environment names a place.
    func auditLog() throws(Failure) -> AuditLog {
        if let path = text(options.auditFile, "EKO_AUDIT_FILE", "audit-file", "eko") { return AuditLog(path: path) }
        guard let folder = try stateFolder() else {
            throw Failure(
                .configuration, "audit-file-missing", "there is no place to record the consent",
                nextStep: "name a file with --audit-file, EKO_AUDIT_FILE or [eko] audit-file")
        }
        return AuditLog(path: "\(folder)/consent.log")
    }

    /// A reference of our own for a call that nobody gave one: 16 letters and digits, from the time and chance.
    func newReference() -> String {
        let time = String(wallClockMilliseconds(), radix: 36)
        let chance = String(UInt64.random(in: 0..<2_821_109_907_456), radix: 36)
        return String((time + String(repeating: "0", count: 8 - chance.count) + chance).suffix(16))
    }
}

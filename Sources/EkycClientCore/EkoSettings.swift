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
        let base = try baseURL()
        return try configured {
            var products: [Product: BaseURL] = [:]
            for product in Product.allCases { products[product] = try baseURL(of: product) }
            let developer = try developerKey()
            let signer = Signer(key: try accessKey(), ledger: try ledger())
            let timeout = try value(options.callTimeout, "call-timeout", "eko") ?? EkoAPI.Limits.call
            return try EkoService(
                baseURL: base, products: products, developerKey: developer, signer: signer, tls: try tls(),
                timeout: timeout)
        }
    }

    // MARK: Addresses

    /// The address below which all products lie that have none of their own.
    func baseURL() throws(Failure) -> BaseURL {
        let text = try needed(options.baseURL, "EKO_BASE_URL", "base-url", "say uat, production or an https address")
        return try configured { try BaseURL(text, allowsPlain: options.testHTTP) }
    }

    /// The address of one product's own; nil when it has none, or the command line names one for all.
    func baseURL(of product: Product) throws(Failure) -> BaseURL? {
        let key = "base-url-\(product.rawValue)"
        guard options.baseURL == nil,
            let text = text(nil, "EKO_BASE_URL_\(product.rawValue.uppercased())", key, "eko")
        else {
            return nil
        }
        return try configured { try BaseURL(text, allowsPlain: options.testHTTP) }
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

    // MARK: Whom to trust, and who we are

    /// Whom to trust, who we are, and the way there.
    func tls() throws(Failure) -> TLSOptions {
        let (certificate, key) = try clientIdentity()
        return TLSOptions(
            caFile: try authorities(), clientCertificateFile: certificate, clientKeyFile: key, pinnedKeys: try pins(),
            proxy: try proxy())
    }

    /// The file of the only authorities to trust; nil for the system's.
    func authorities() throws(Failure) -> String? {
        guard let file = text(options.caFile, "EKO_CA_FILE", "ca-file", "eko") else { return nil }
        return try configured {
            try checkAuthorities(file)
            return file
        }
    }

    /// The server keys that are acceptable; none for any.
    func pins() throws(Failure) -> [String] {
        let pins =
            options.pins.isEmpty
            ? (text(nil, "EKO_PINS", "pins", "eko") ?? "").split(whereSeparator: { " ,".contains($0) }).map(String.init)
            : options.pins
        guard pins.allSatisfy({ $0.wholeMatch(of: /[A-Za-z0-9+\/]{43}=/) != nil }) else {
            throw Failure(
                .configuration, "pin-invalid", "a pin is not the base64 of a SHA-256",
                nextStep: "write 44 characters, the last one =")
        }
        return pins
    }

    /// The files of the client's certificate and its key.
    ///
    /// They are read here only to tell early what is wrong with them; libcurl reads them itself.
    func clientIdentity() throws(Failure) -> (certificate: String?, key: String?) {
        let certificate = text(options.clientCertificate, "EKO_CLIENT_CERT", "client-cert", "eko")
        let key = text(options.clientKey, "EKO_CLIENT_KEY", "client-key", "eko")
        guard let certificate else {
            guard key == nil else {
                throw Failure(
                    .configuration, "client-cert-missing", "'client-key' is set but 'client-cert' is not",
                    nextStep: "name the certificate: --client-cert, EKO_CLIENT_CERT or [eko] client-cert")
            }
            return (nil, nil)
        }
        return try configured {
            if key != nil { _ = try readFile(certificate, limit: EkoAPI.Limits.clientKey) }
            // Without a file of its own the key stands beside the certificate, and makes that file a secret.
            try checkClientKey(key ?? certificate)
            return (certificate, key)
        }
    }

    /// The proxy; empty for none at all, nil for the one that the environment of all programs names.
    func proxy() throws(Failure) -> String? {
        guard options.proxy?.contains("@") != true else {
            throw Failure(
                .usage, "proxy-password",
                "--proxy holds a user or password, which everybody on this machine could read",
                nextStep: "give it as EKO_PROXY or [eko] proxy in the settings file")
        }
        let proxy = text(options.proxy, "EKO_PROXY", "proxy", "eko")
        return proxy == "none" ? "" : proxy
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

    /// Where the access key is, and whether the service manager gave it.
    func accessKeyFile() throws(Failure) -> (path: String, isCredential: Bool) {
        let named = text(options.accessKeyFile, "EKO_ACCESS_KEY_FILE", "access-key-file", "eko")
        if named == nil, let path = credential("eko-access-key") { return (path, true) }
        let path = try needed(
            options.accessKeyFile, "EKO_ACCESS_KEY_FILE", "access-key-file",
            "save the access key in a file that only you may read and name it")
        return (path, false)
    }

    /// Whether the access key comes from standard input.
    var readsAccessKeyFromInput: Bool {
        text(options.accessKeyFile, "EKO_ACCESS_KEY_FILE", "access-key-file", "eko") == "-"
    }

    /// The key that signs.
    func accessKey() throws(Failure) -> AccessKey {
        let (path, isCredential) = try accessKeyFile()
        return try configured {
            try AccessKey(
                isCredential
                    ? readCredential(path)
                    : EkycClientCore.readSecret(path, option: "access-key-file", title: "access key"))
        }
    }

    /// The key that names the customer to Eko.
    ///
    /// The command line names only a file: what stands there everybody on the machine can read.
    func developerKey() throws(Failure) -> String {
        if options.developerKeyFile == nil, let key = text(nil, "EKO_DEVELOPER_KEY", "developer-key", "eko") {
            return key
        }
        return try configured {
            let secret: SecretBytes
            if let path = text(options.developerKeyFile, "EKO_DEVELOPER_KEY_FILE", "developer-key-file", "eko") {
                secret = try readSecretFile(path, limit: EkoAPI.Limits.secretFile)
            } else if let path = credential("eko-developer-key") {
                secret = try readCredential(path)
            } else {
                throw Failure(
                    .configuration, "developer-key-missing", "'developer-key' is not set",
                    nextStep: "give the key that Eko's console shows: EKO_DEVELOPER_KEY, [eko] developer-key in the "
                        + "settings file, or a file named by --developer-key-file")
            }
            return secret.trimmingWhitespace().withSpan { span in
                String(decoding: span.indices.map { span[$0] }, as: UTF8.self)
            }
        }
    }

    /// The file of Fingpay's public key; nil when none is set.
    var fingpayKeyFile: String? {
        text(options.fingpayKeyFile, "EKO_FINGPAY_KEY_FILE", "fingpay-key-file", "eko") ?? credential("eko-fingpay-key")
    }

    /// Fingpay's public key.
    ///
    /// - Throws: `Failure` when none is set or it is none.
    func fingpayKey() throws(Failure) -> FingpayKey {
        try configured {
            let path =
                try fingpayKeyFile
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
        let runtime = environment("XDG_RUNTIME_DIR").flatMap { unsafe access($0, W_OK | X_OK) == 0 ? $0 : nil }
        let path = try runtime.map { "\($0)/ekyc-client.timestamp" } ?? stateFolder().map { "\($0)/timestamp" }
        guard let path else { return nil }
        let ledger = TimestampLedger(path: path)
        // Otherwise it would fail only after a person was asked for a finger.
        try ledger.check()
        return ledger
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

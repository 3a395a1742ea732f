// Where a value comes from: command line, then environment, then the user's settings file, then the machine's.
import Arguments
import EkoAPI
import Glibc
import HTTPClient
import PiddClient
import Platform
import RDProtocol
import Secrets
import Settings

/// The settings of one run: command line over environment over settings files.
struct Configuration: Sendable {
    private(set) var options: Options
    let environment: @Sendable (String) -> String?
    private let files: Settings
    /// The settings files that were read.
    let sources: [String]

    /// The keys a settings file may set, by section.
    static let known: [String: Set<String>] = [
        "pidd": ["socket", "device", "timeout", "wait", "type", "env", "min-quality"],
        "eko": [
            "base-url", "base-url-fino", "base-url-fingpay", "base-url-digikhata", "base-url-tools", "api", "ca-file",
            "client-cert", "client-key", "pins", "proxy", "developer-key", "developer-key-file", "access-key-file",
            "fingpay-key-file", "initiator-id", "user-code", "call-timeout", "audit-file", "check-digit",
        ],
    ]

    /// Reads the settings files that there are.
    ///
    /// - Throws: `Failure` for a file that is not as it should be, or has a key that nobody knows.
    init(
        _ options: Options, environment: @escaping @Sendable (String) -> String? = variable
    ) throws(Failure) {
        self.options = options
        self.environment = environment
        do throws(SettingsError) {
            if let path = options.config ?? environment("EKYC_CONFIG") {
                files = try Settings(path: path)
                sources = [path]
            } else {
                let home = environment("XDG_CONFIG_HOME") ?? environment("HOME").map { "\($0)/.config" }
                let places = (home.map { ["\($0)/ekyc-client/config"] } ?? []) + ["/etc/ekyc-client.conf"]
                sources = places.filter { unsafe access($0, F_OK) == 0 }
                var files = Settings()
                for place in sources { files = files.over(try Settings(path: place)) }
                self.files = files
            }
        } catch {
            throw Failure(.configuration, error)
        }
        if let stranger = files.unknown(besides: Self.known).first {
            let keys = Self.known[stranger.section].map { $0.sorted().joined(separator: ", ") }
            let position = stranger.section.isEmpty ? "before any section" : "in section [\(stranger.section)]"
            throw Failure(
                .configuration, "settings-unknown-key",
                "\(stranger.place): there is no setting '\(stranger.key)' \(position)",
                nextStep: keys.map { "use one of: \($0)" } ?? "use the sections [pidd] and [eko]")
        }
        if let empty = files.entries.first(where: \.value.isEmpty) {
            throw Failure(
                .configuration, "settings-empty", "\(empty.place): '\(empty.key)' is empty",
                nextStep: "give it a value or remove the line")
        }
    }

    /// The same settings under another command line.
    func with(_ options: Options) -> Configuration {
        var changed = self
        changed.options = options
        return changed
    }

    /// The text of a setting from its three sources.
    func text(_ given: String?, _ variable: String, _ key: String, _ section: String) -> String? {
        given ?? environment(variable) ?? files.value(key, in: section)
    }

    /// A setting that a file can hold in the form of an option's value.
    func value<Value: ArgumentValue>(
        _ given: Value?, _ key: String, _ section: String
    ) throws(Failure) -> Value? {
        if let given { return given }
        guard let entry = files.entry(key, in: section) else { return nil }
        guard let value = Value(argument: entry.value) else {
            throw Failure(
                .configuration, "settings-invalid", "\(entry.place): '\(key)' needs \(Value.expectation)",
                nextStep: "correct the line")
        }
        return value
    }

    /// pidd as this run reaches it.
    var pidd: PiddClient { PiddClient(socket: socket) }

    /// The socket of pidd.
    var socket: String { text(options.socket, "PIDD_SOCKET", "socket", "pidd") ?? PiddClient.defaultSocket }

    /// The id of the scanner to use; nil leaves it to pidd.
    var device: String? { text(options.device, "PIDD_DEVICE", "device", "pidd") }

    /// What to capture, under which name, and how long to wait in line.
    ///
    /// - Throws: `Failure` for a setting outside its range.
    func capture(
        wadh: String, records: FingerRecordType
    ) throws(Failure) -> (options: PidOptions, id: RequestID, wait: Duration?) {
        let timeout = try value(options.timeout, "timeout", "pidd") ?? .seconds(30)
        let milliseconds = Int(timeout / .milliseconds(1))
        guard (1...99_999).contains(milliseconds) else {
            throw Failure(
                .usage, "timeout-range", "the time to wait for a finger must be between 1 ms and 99 s",
                nextStep: "correct --timeout")
        }
        guard !options.noWait || options.wait == nil else {
            throw Failure(.usage, "usage", "--wait and --no-wait contradict each other", nextStep: "say one of them")
        }
        let wait = options.noWait ? Duration.zero : try value(options.wait, "wait", "pidd")
        // pidd limits it further; this only keeps the deadline of the whole request within reason.
        guard (wait ?? .zero) <= .seconds(3600) else {
            throw Failure(
                .usage, "wait-range", "nobody waits in line for more than an hour", nextStep: "correct --wait")
        }
        let id = try requestID(options.requestID) ?? .unique()
        let type = try value(options.type, "type", "pidd")?.recordType ?? records
        let system = try value(options.environment, "env", "pidd") ?? .production
        var wanted = PidOptions.fingerprint(
            type: type, wadh: wadh, timeoutMilliseconds: milliseconds, environment: system.environment)
        wanted.device = device
        guard wanted.device.map(PidOptions.isDevice) ?? true else {
            throw Failure(
                .usage, "device-invalid", "the id of a scanner has letters, digits and ._- only",
                nextStep: "take one that 'ekyc-client status' lists")
        }
        wanted.minimumQuality = try value(options.minimumQuality, "min-quality", "pidd")
        guard (0...100).contains(wanted.minimumQuality ?? 0) else {
            throw Failure(
                .usage, "quality-range", "the least quality must be between 0 and 100",
                nextStep: "correct --min-quality")
        }
        wanted.posh = options.posh?.positions ?? []
        wanted.fCount = options.fingers ?? max(wanted.posh.count, 1)
        guard type.countLimits.contains(wanted.fCount) else {
            throw Failure(
                .usage, "fingers-range",
                "a capture of this type has at most \(type.countLimits.upperBound) fingers",
                nextStep: "correct --fingers, or say --type fmr for more")
        }
        guard wanted.posh.isEmpty || wanted.posh.count == wanted.fCount, Set(wanted.posh).count == wanted.posh.count
        else {
            throw Failure(
                .usage, "posh-invalid", "--posh has to name as many different fingers as --fingers asks for",
                nextStep: "name each finger once, or leave --fingers away")
        }
        return (wanted, id, wait)
    }

    /// The name of a request as a command line gives it.
    ///
    /// - Throws: `Failure` when it has another form.
    func requestID(_ text: String?) throws(Failure) -> RequestID? {
        guard let text else { return nil }
        guard let id = RequestID(text) else {
            throw Failure(
                .usage, "request-id-invalid", "the name of a request has 1 to 64 of A-Z a-z 0-9 . _ -",
                nextStep: "correct it")
        }
        return id
    }

    /// The fields that every operation has, as far as they are set.
    var commonFields: [String: FieldValue] {
        var fields: [String: FieldValue] = [:]
        fields["initiator_id"] = text(options.initiatorID, "EKO_INITIATOR_ID", "initiator-id", "eko").map { .text($0) }
        fields["user_code"] = text(options.userCode, "EKO_USER_CODE", "user-code", "eko").map { .text($0) }
        fields["client_ref_id"] = options.clientReference.map { .text($0) }
        return fields
    }

    /// Makes sure that the person to be identified has agreed.
    ///
    /// No setting says so: each person agrees anew.
    ///
    /// - Throws: `Failure` when nobody says so.
    func confirmConsent() throws(Failure) {
        guard options.consent else {
            throw Failure(
                .usage, "consent-missing", "an eKYC needs the consent of the person who is identified",
                nextStep: "tell the person what it is for, ask, and then say --consent")
        }
    }
}

/// A variable of this process's environment; nil when it is unset or empty.
@Sendable func variable(_ name: String) -> String? {
    environmentVariable(name).flatMap { $0.isEmpty ? nil : $0 }
}

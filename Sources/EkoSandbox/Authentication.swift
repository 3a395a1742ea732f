// Who is calling: the three headers, recomputed from the specification alone (spec/eko-api.md section 1).
import Crypto
import HTTPWire
import Secrets
import Synchronization

/// Why a request is not believed to come from the developer.
enum AuthenticationRefusal: Error {
    case headersMissing([String])
    case wrongDeveloperKey
    case timestampFormat
    case outsideWindow(seconds: Int64)
    case used
    case wrongSignature

    var code: Int {
        switch self {
        case .wrongDeveloperKey: 2483
        case .wrongSignature: 2484
        case .outsideWindow, .used: 2485
        case .timestampFormat: 2486
        case .headersMissing: 2487
        }
    }

    /// What Eko tells; the reason stays in the sandbox's log.
    var message: String {
        switch self {
        case .wrongDeveloperKey: "Unauthorized: developer_key is not valid"
        case .wrongSignature: "secret-key or secret-key-timestamp is not valid"
        case .outsideWindow, .used: "Security headers have expired"
        case .timestampFormat: "secret-key-timestamp is not a time in milliseconds"
        case .headersMissing: "Security headers are missing"
        }
    }

    /// What was wrong, in plain words for the log.
    var reason: String {
        switch self {
        case .headersMissing(let names): "the header \(names.joined(separator: " and ")) is missing or sent twice"
        case .wrongDeveloperKey: "developer_key is not the one this sandbox was started with"
        case .timestampFormat: "secret-key-timestamp is not 13 digits (milliseconds since 1970)"
        case .outsideWindow(let seconds):
            "secret-key-timestamp is \(abs(seconds)) s \(seconds < 0 ? "behind" : "ahead of") this clock, at most 120 s"
        case .used: "this secret-key-timestamp was used before; sign every request anew"
        case .wrongSignature:
            "secret-key is not base64(HMAC-SHA256(key: base64(access key), message: secret-key-timestamp))"
        }
    }
}

/// Checks the signature of every request and that none comes twice.
final class Authentication: Sendable {
    private let developerKey: String
    /// base64 of the access key, the key of the HMAC.
    private let key: SecretBytes
    private let now: @Sendable () -> Int64
    private let used = Mutex<Set<Int64>>([])

    /// Knows one developer.
    ///
    /// - Parameters:
    ///   - developerKey: as it is sent.
    ///   - accessKey: what requests are signed with; it is never sent.
    ///   - now: the wall clock, milliseconds since the Unix epoch.
    init(developerKey: String, accessKey: SecretBytes, now: @escaping @Sendable () -> Int64) {
        self.developerKey = developerKey
        key = base64(accessKey)
        self.now = now
    }

    /// - Throws: the first of the checks that fails; only a request that passes all others uses its timestamp up.
    func check(_ headers: HTTPHeaders) throws(AuthenticationRefusal) {
        let names = ["developer_key", "secret-key", "secret-key-timestamp"]
        let missing = names.filter { headers.values(of: $0).count != 1 || headers[$0] == "" }
        guard missing.isEmpty, let developer = headers[names[0]], let signature = headers[names[1]],
            let timestamp = headers[names[2]]
        else { throw .headersMissing(missing) }
        guard developer == developerKey else { throw .wrongDeveloperKey }
        guard timestamp.utf8.count == 13, timestamp.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let moment = Int64(timestamp)
        else { throw .timestampFormat }
        let clock = now()
        guard abs(moment - clock) <= Limits.timestampWindow else {
            throw .outsideWindow(seconds: (moment - clock) / 1000)
        }
        let expected = base64(hmacSHA256(key: key, message: Array(timestamp.utf8)))
        guard SecretBytes(copying: signature.utf8).isEqual(to: SecretBytes(copying: expected.utf8)) else {
            throw .wrongSignature
        }
        guard remember(moment, clock) else { throw .used }
    }

    /// False for a moment that was used; those that the window refuses anyway are forgotten.
    private func remember(_ moment: Int64, _ clock: Int64) -> Bool {
        used.withLock { used in
            if used.count >= Limits.timestamps {
                used = used.filter { clock - $0 <= Limits.timestampWindow }
            }
            // Full of live ones: refusing is safe, accepting without remembering is not.
            return used.count < Limits.timestamps && used.insert(moment).inserted
        }
    }
}

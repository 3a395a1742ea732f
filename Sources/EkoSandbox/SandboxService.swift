// The whole service: files in, a listening server out.
import Crypto
import Glibc
import HTTPWire
import Platform
import Secrets

/// A sandbox that listens.
package final class SandboxService: Sendable {
    /// What a person chooses on the command line.
    package struct Options: Sendable {
        /// The folder that `pidd provision --test` made.
        package var registry = ""
        package var developerKey = ""
        /// Mode 0600; white space at its ends does not count.
        package var accessKeyFile = ""
        package var initiatorID = ""
        package var userCode = ""
        package var profile = APIProfile.reference
        /// 0 for any free one.
        package var port = 0
        /// PEM files of a TLS identity; a throw-away one is made when both are nil.
        package var tlsCertificate: String?
        package var tlsKey: String?
        /// Where to write the throw-away authority's certificate.
        package var authorityFile: String?
        /// Where to write each OTP.
        package var otpFile: String?
        /// Where to write the URL once it can be called.
        package var readyFile: String?
        package var fault: Fault?
        /// Only requests whose path contains this meet the fault.
        package var faultPath = ""
        /// How many answers meet it; nil for all.
        package var faultTimes: Int?
        /// PEM file of the authority that clients' certificates must be of; nil to ask for none.
        package var clientAuthority: String?
        /// How far this sandbox's clock is ahead of the machine's, in seconds.
        package var clockAhead = 0
        /// Where to write the public key for Aadhaar numbers at Fingpay, made anew at each start.
        package var fingpayKeyFile: String?
        package var answer: SampleAnswer?
        package var connections = ConnectionLimits()
        /// The descriptor of the console on which OTPs are shown.
        package var console = STDOUT_FILENO

        package init() {}
    }

    /// What is wrong with the options themselves.
    package struct OptionsError: ExplainedError {
        package let code = "options"
        package let cause: String
        package let nextStep: String
    }

    /// What paths are put behind, such as `https://127.0.0.1:8443/ekoapi/v3`.
    package let url: String
    private let server: HTTPSServer

    /// Reads every file and listens; connections wait until `run`.
    ///
    /// - Parameters:
    ///   - options: what a person chose.
    ///   - clocks: other than the machine's in tests.
    ///   - log: takes one line for each request.
    /// - Throws: `ExplainedError` or `SystemError` for the first file, option or port that cannot be used.
    package init(
        _ options: Options, clocks: Sandbox.Clocks = .init(), log: @escaping @Sendable (String) -> Void
    ) throws {
        guard let port = UInt16(exactly: options.port) else {
            throw OptionsError(cause: "port \(options.port) is none", nextStep: "choose 0 to 65535")
        }
        let accessKey = try readSecretFile(options.accessKeyFile, limit: Limits.accessKeyFile).trimmingWhitespace()
        guard !accessKey.isEmpty, !options.developerKey.isEmpty else {
            throw OptionsError(
                cause: "the developer key or the access key is empty", nextStep: "choose any text for each")
        }
        // As short as Fingpay's own.
        let fingpayKey = try PrivateKey(generatingBits: 1024)
        if let file = options.fingpayKeyFile { try Self.write(base64(fingpayKey.publicKey.der) + "\n", to: file) }
        var clocks = clocks
        if options.clockAhead != 0 {
            clocks.wall = { [wall = clocks.wall] in wall() + Int64(options.clockAhead) * 1000 }
        }
        let sandbox = Sandbox(
            .init(
                developerKey: options.developerKey, accessKey: accessKey, initiatorID: options.initiatorID,
                userCode: options.userCode, profile: options.profile,
                display: OTPDisplay(console: options.console, file: options.otpFile), fingpayKey: fingpayKey,
                answer: options.answer),
            registry: try DeviceRegistry(folder: options.registry), clocks: clocks, log: log)
        server = try HTTPSServer(
            port: port, identity: Self.identity(options), clientAuthority: options.clientAuthority,
            faults: options.fault.map { FaultPlan($0, on: options.faultPath, times: options.faultTimes) },
            limits: options.connections,
            respond: { sandbox.respond(to: $0) }, log: log)
        url = "https://127.0.0.1:\(server.port)\(Sandbox.base)"
        if let file = options.readyFile { try Self.write("\(url)\n", to: file) }
    }

    private static func identity(_ options: Options) throws -> TLSIdentity {
        switch (options.tlsCertificate, options.tlsKey) {
        case (let certificate?, let key?): return try TLSIdentity(certificateFile: certificate, keyFile: key)
        case (nil, nil):
            let (identity, authority) = try TLSIdentity.throwAway()
            if let file = options.authorityFile { try write(authority.pem, to: file) }
            return identity
        default:
            throw OptionsError(
                cause: "a certificate and its key belong together",
                nextStep: "give --tls-cert and --tls-key, or neither")
        }
    }

    private static func write(_ text: String, to file: String) throws {
        unsafe try Array(text.utf8).withUnsafeBytes { unsafe try writeFileAtomically(file, $0, mode: 0o644) }
    }

    /// Serves until `stop`.
    ///
    /// - Throws: `SystemError` when no more connections can be accepted.
    package func run() throws { try server.run() }

    /// Ends `run` and all connections.
    package func stop() { server.stop() }
}

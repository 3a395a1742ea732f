// eko-sandbox: arguments and wiring; the service itself is in EkoSandbox.
import Arguments
import EkoSandbox
import Glibc
import Platform

extension Fault: ArgumentChoice {}
extension APIProfile: ArgumentChoice {}
extension SampleAnswer: ArgumentChoice {}

typealias Options = SandboxService.Options

let command = Command<Options>(
    "eko-sandbox",
    summary: "Play Eko's API and UIDAI on this machine, and believe nothing that is sent.",
    notes: """
        OTPs are shown here and in the OTP file only. Nothing is kept when the sandbox ends.

        Example:
          pidd provision --test --state DIR
          eko-sandbox --registry DIR/stand-in --developer-key demo --access-key-file key \\
              --initiator-id 9962981729 --user-code 20810200 --ca-out ca.pem

        Exit status: 0 stopped as asked, 1 a file, an option's value or the port cannot be used, 64 usage.
        """,
    [
        .option(
            "registry", "DIR",
            help: "the stand-in folder of pidd provision: uidai.key, uidai.cer, provider-ca.cer and devices.conf",
            \.registry),
        .option("developer-key", "KEY", help: "the developer_key that callers send", \.developerKey),
        .option("access-key-file", "FILE", help: "the access key that callers sign with (mode 0600)", \.accessKeyFile),
        .option("initiator-id", "NUMBER", help: "the initiator_id that callers send", \.initiatorID),
        .option("user-code", "NUMBER", help: "the user_code that callers send", \.userCode),
        .option("api", "PROFILE", help: "answer as the pages of June 2026 ('reference') or as 'current'", \.profile),
        .option("port", "NUMBER", help: "listen on this port of 127.0.0.1; 0, the default, takes any free one", \.port),
        .option(
            "tls-cert", "FILE", help: "the server's certificate; by default a throw-away one is made", \.tlsCertificate),
        .option("tls-key", "FILE", help: "its private key (mode 0600)", \.tlsKey),
        .option("ca-out", "FILE", help: "write the throw-away authority's certificate there", \.authorityFile),
        .option("otp-file", "FILE", help: "keep the newest OTP there (mode 0600)", \.otpFile),
        .option("ready-file", "FILE", help: "write the URL there once it can be called", \.readyFile),
        .option(
            "fingpay-key-out", "FILE", help: "write the public key for Aadhaar numbers at Fingpay there",
            \.fingpayKeyFile),
        .option(
            "answer", "SAMPLE", help: "give this sample of Eko's pages to every request that is in order", \.answer),
        .option(
            "fault", "KIND",
            help: "spoil answers: \(Fault.allCases.map(\.rawValue).joined(separator: ", "))", \.fault),
        .option("fault-on", "TEXT", help: "spoil only answers to paths that contain this", \.faultPath),
        .option("fault-times", "N", help: "spoil only so many answers; default all", \.faultTimes),
        .option(
            "client-ca", "FILE", help: "want a certificate of this authority from clients (PEM)", \.clientAuthority),
        .option("clock-ahead", "SECONDS", help: "let the sandbox's clock be ahead of this machine's", \.clockAhead),
    ])

func serve(_ options: Options) throws -> Int32 {
    let required = [
        ("--registry", options.registry), ("--developer-key", options.developerKey),
        ("--access-key-file", options.accessKeyFile), ("--initiator-id", options.initiatorID),
        ("--user-code", options.userCode),
    ]
    if let missing = required.first(where: { $0.1.isEmpty }) { throw ArgumentError.missingOption(missing.0) }
    let service = try SandboxService(options, log: { print($0 + "\n", to: STDOUT_FILENO) })
    print("listening on \(service.url)\n", to: STDOUT_FILENO)
    startThread("signals") {
        _ = waitForStopSignal()
        service.stop()
    }
    try service.run()
    return 0
}

try catchStopSignals()
do {
    try shieldMemory()
    let program = Program(
        "eko-sandbox", summary: command.summary, version: "0.1.0",
        [.init(command, defaults: { Options() }, action: { try serve($0) })])
    exit(try await program.run(Array(CommandLine.arguments.dropFirst())))
} catch {
    say("eko-sandbox: \(error)")
    exit(1)
}

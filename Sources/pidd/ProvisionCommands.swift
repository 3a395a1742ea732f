// The command lines of `pidd provision`.
import Arguments

private typealias Option = Parameter<ProvisionOptions>

private let common: [Parameter<ProvisionOptions>] = [
    .option("config", short: "c", "FILE", help: "settings file (default: /etc/pidd/pidd.conf)", \.configuration),
    .option("state", "FOLDER", help: "where identities are kept (default: /var/lib/pidd)", \.state),
]

private let environmentOption = Option.option(
    "env", "P|PP|S", help: "UIDAI's environment: production, pre-production, staging (default: P)", \.environment)

private let anyEnvironmentOption = Option.option(
    "env", "P|PP|S", help: "only the keys of this environment of UIDAI (default: all)", \.environment)

private let standInOption = Option.option(
    "stand-in", "FOLDER",
    help: "keys and registry of the stand-in for UIDAI of test identities (default: stand-in in the state folder)",
    \.standIn)

private let keyOption = Option.option(
    "key", "WHERE", help: "file, tpm (a TPM 2.0), or the URI of a key in a token: pkcs11:...?pin-source=FILE",
    \.key)

private let idHashOption = Option.option(
    "id-hash", "RULE",
    help: "what idHash is: serial:HEX (default), serial:hex, serial:base64, the same with dc:, or given:TEXT", \.idHash)

let provision = Command<ProvisionOptions>(
    "pidd provision",
    summary: "Makes a test identity for a scanner; its commands care for identities of a device provider.",
    notes: """
        A test identity is an obvious fake: its own device provider (dpId TEST.PIDD), its own stand-in for UIDAI.
        No software can make a real one. For those, see --help of
          pidd provision request    makes a key and asks a device provider for its certificate
          pidd provision install    puts the certificate that came into use
          pidd provision status     says what there is and until when it holds
          pidd provision rotate     makes a new key and certificate; the old pair is used until they are complete
          pidd provision remove     wipes keys

        Example:
          pidd provision --test --state /tmp/me/state
        """,
    [
        .flag("test", help: "make a test identity (required)", \.test),
        .option("serial", "TEXT", help: "for the scanner with this serial number (default: for any scanner)", \.serial),
        standInOption, keyOption, idHashOption,
        .flag("force", help: "replace a test identity that is there", \.force),
    ] + common)

let provisionRequest = Command<ProvisionOptions>(
    "pidd provision request",
    summary: "Makes a key for a scanner and a request (PKCS#10) for its certificate.",
    notes: """
        With a hook in the settings, the device provider is asked at once and its certificate put into use.
        The names and the rule of idHash are kept as they are told to the provider; section [provider] of the
        settings can have them too.

        Example:
          pidd provision request --serial 4711 --usb 298d:1010 --env S --dp-id EXAMPLE.DP --rds-id EXAMPLE.LNX.001 --mi X1
        """,
    [
        .option("serial", "TEXT", help: "of the scanner (required)", \.serial), environmentOption,
        .option("dp-id", "ID", help: "the device provider's id", \.dpId),
        .option("rds-id", "ID", help: "the id of the certified RD service", \.rdsId),
        .option("mi", "ID", help: "the certified model", \.mi),
        .option(
            "usb", "VVVV:PPPP",
            help: "vendor and product of the scanner as lsusb tells them (default: those of the attached one)", \.usb),
        idHashOption, keyOption,
        .flag("force", help: "throw away a request that is there, with its key", \.force),
    ] + common)

let provisionInstall = Command<ProvisionOptions>(
    "pidd provision install",
    summary: "Checks a certificate that came for a request, and puts it into use with its key in one step.",
    notes: """
        The certificate must lead up to those in provider.pem of the configuration folder, if that is there.

        Example:
          pidd provision install --serial 4711 --env S --dc 8e6b...  --mc mc.cer --uidai uidai.cer
        """,
    [
        .option("serial", "TEXT", help: "of the scanner (required)", \.serial), environmentOption,
        .option("dc", "UUID", help: "the device code; needed at the first registration", \.dc),
        .option("mc", "FILE", help: "the device certificate, PEM or DER (required)", \.mc),
        .option(
            "uidai", "FILE",
            help: "UIDAI's certificate for the environment (default: the one in use, or the configuration's)",
            \.uidai),
    ] + common)

let provisionStatus = Command<ProvisionOptions>(
    "pidd provision status",
    summary: "Says which scanners are registered, until when, and what is wrong.",
    notes: "Exit status: 0 every pair can be used, 1 one cannot, or there is none.",
    [
        .option("serial", "TEXT", help: "only this scanner ('any': the identity for every scanner)", \.serial),
        .flag("json", help: "print one JSON object", \.json),
    ] + common)

let provisionRotate = Command<ProvisionOptions>(
    "pidd provision rotate",
    summary: "Makes new keys and certificates; dc stays, and the old pair is used until the new one is complete.",
    notes: """
        With a hook in the settings, and for test identities, all is done at once; otherwise a request is left
        for 'pidd provision install'. A running pidd uses the new pair from the next capture on. It can be
        repeated at any time: what was begun is taken up again.

        Example, for a timer:
          pidd provision rotate --if-due 10
        """,
    [
        .option("serial", "TEXT", help: "only this scanner ('any': the identity for every scanner)", \.serial),
        anyEnvironmentOption,
        .option("if-due", "DAYS", help: "only what holds for no more than so many days", \.ifDue), keyOption,
        standInOption,
    ] + common)

let provisionRemove = Command<ProvisionOptions>(
    "pidd provision remove",
    summary: "Wipes the keys of a scanner; the device provider is told by the hook, if there is one.",
    notes: "Keys in tokens are forgotten, not deleted: delete them with the token's own tools.",
    [
        .option("serial", "TEXT", help: "of the scanner ('any': the identity for every scanner; required)", \.serial),
        anyEnvironmentOption,
        .flag("offline", help: "do not tell the device provider", \.offline),
    ] + common)

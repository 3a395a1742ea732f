// pidd-simulate finger: a finger on libfprint's virtual device.
import Arguments
import Platform
import VirtualScanner

/// The words for `--retry`.
private enum RetryReason: String, ArgumentChoice {
    case tooShort = "too-short"
    case center, remove, general

    var retry: VirtualFinger.Retry {
        switch self {
        case .tooShort: .tooShort
        case .center: .centerFinger
        case .remove: .removeFinger
        case .general: .general
        }
    }
}

private struct Options: Sendable {
    var socket = ""
    var finger: Seed?
    var impression = Seed(1)
    var size = PictureSize()
    var ppi = 500.0
    var delay = Duration.zero
    var hold: Duration?
    var retry: RetryReason?
    var error: Int?
    var unplug = false
}

let fingerEntry = Program.Entry(
    Command<Options>(
        "pidd-simulate finger", summary: "Puts a finger on libfprint's virtual scanner once.",
        notes: "The scanner program runs with FP_VIRTUAL_IMAGE=PATH in its environment; this waits up to 10 s for it.\n"
            + "Only a capture that runs sees the finger; what comes between captures is lost.",
        [
            .option("socket", "PATH", help: "the path in FP_VIRTUAL_IMAGE", \.socket),
            .option("finger", "N", help: "which finger; every number is another one", \.finger),
            .option("impression", "N", help: "which touch of it (default 1)", \.impression),
            .option("size", "WxH", help: "pixels (default 388x374)", \.size),
            .option("ppi", "N", help: "pixels per inch (default 500)", \.ppi),
            .option("delay", "TIME", help: "wait before the finger comes, such as 2s or 500ms", \.delay),
            .option("hold", "TIME", help: "leave the finger on the glass after the picture", \.hold),
            .option("retry", "REASON", help: "ask for another try: too-short, center, remove or general", \.retry),
            .option("error", "N", help: "let the capture fail with FpDeviceError N", \.error),
            .flag("unplug", help: "unplug the scanner", \.unplug),
        ]), defaults: { Options() }
) { options in
    guard !options.socket.isEmpty else { throw ArgumentError.missingOption("--socket") }
    let deeds = [options.finger != nil, options.retry != nil, options.error != nil, options.unplug]
    guard deeds.count(where: { $0 }) == 1 else {
        throw ArgumentError.contradiction("give one of --finger, --retry, --error and --unplug")
    }
    guard (50...4000).contains(options.ppi) else {
        throw ArgumentError.invalidValue(option: "--ppi", value: "\(options.ppi)", expectation: "50 to 4000")
    }
    if let error = options.error, !(0...0x1FF).contains(error) {
        throw ArgumentError.invalidValue(option: "--error", value: "\(error)", expectation: "0 to 511")
    }
    // The picture is made first, so that the finger comes when the delay is over.
    let picture = options.finger.map {
        SyntheticFinger(seed: $0.number).impression(
            options.impression.number, width: options.size.width, height: options.size.height, ppi: options.ppi)
    }
    let glass = try await VirtualFinger(socketPath: options.socket)
    try await Task.sleep(for: options.delay, clock: .suspending)
    if let picture {
        if let hold = options.hold {
            try await glass.setAutomatic(false)
            try await glass.setPresent(true)
            try await glass.show(picture)
            try await Task.sleep(for: hold, clock: .suspending)
            try await glass.setPresent(false)
        } else {
            try await glass.show(picture)
        }
    } else if let reason = options.retry {
        try await glass.retry(reason.retry)
    } else if let error = options.error {
        try await glass.fail(Int32(error))
    } else {
        try await glass.unplug()
    }
    return 0
}

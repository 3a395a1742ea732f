// pidd-simulate scanner and run: a USB scanner as a recording, and a program that finds it plugged in.
import Arguments
import Glibc
import Platform
import VirtualScanner

extension ScannerModel: ArgumentChoice {}

private struct Options: Sendable {
    var model = ScannerModel.nb1010
    var fingers: [Seed] = []
    var impressions: [Seed] = []
    var captures: Int?
    var delay: Double?
    var output = ""
    var command: [String] = []

    /// The recording that these options ask for.
    func recording() throws(ArgumentError) -> Recording {
        guard !fingers.isEmpty else { throw .missingOption("--finger") }
        let touches = impressions.isEmpty ? [Seed(1)] : impressions
        let count = captures ?? max(fingers.count, touches.count)
        guard (1...Limits.captures).contains(count) else {
            throw .invalidValue(option: "--captures", value: "\(count)", expectation: "1 to \(Limits.captures)")
        }
        let delay = self.delay ?? 0.1
        guard (0...Limits.absence).contains(delay) else {
            throw .invalidValue(option: "--delay", value: "\(delay)", expectation: "0 to \(Limits.absence) seconds")
        }
        if model == .uru4500, self.delay != nil {
            throw .contradiction("uru4500 recordings are replayed without their timing, so --delay needs nb1010")
        }
        let hand = fingers.map { SyntheticFinger(seed: $0.number) }
        let pictures = (0..<count).map {
            model.impression(of: hand[$0 % hand.count], touches[$0 % touches.count].number)
        }
        return switch model {
        case .nb1010: .nb1010(pictures, absentPolls: Int((delay / Recording.secondsPerPoll).rounded()))
        case .uru4500: .uru4500(pictures.map { .finger($0) } + [.noFinger])
        }
    }

    static let common: [Parameter<Options>] = [
        .operand(
            "nb1010|uru4500", help: "NEXT NB-1010-U (298d:1010) or DigitalPersona U.are.U 4500 (05ba:000a)", \.model),
        .list("finger", "N", help: "which fingers touch it, in turn; every number is another one", \.fingers),
        .list("impression", "N", help: "which touches of them, in turn (default 1)", \.impressions),
        .option("captures", "N", help: "how many pictures (default: one for each finger or touch)", \.captures),
        .option("delay", "SECONDS", help: "wait for the finger before each picture (nb1010; default 0.1)", \.delay),
    ]
    static let notes =
        "The nb1010 starts anew after its last picture; the uru4500 then waits for a finger that never comes."
}

let scannerEntry = Program.Entry(
    Command<Options>(
        "pidd-simulate scanner", summary: "Writes a USB recording of a scanner for umockdev.",
        notes: Options.notes
            + "\nThe folder gets device, capture.ioctl or capture.pcapng, and expected-K.pgm: what libfprint delivers.",
        Options.common + [.option("output", short: "o", "FOLDER", help: "folder to write", \.output)]),
    defaults: { Options() }
) { options in
    guard !options.output.isEmpty else { throw ArgumentError.missingOption("--output") }
    try options.recording().write(to: options.output)
    return 0
}

let runEntry = Program.Entry(
    Command<Options>(
        "pidd-simulate run", summary: "Runs a program that finds the scanner plugged into USB.",
        notes: Options.notes
            + "\nStop signals go on to the program; its exit status is returned (128 + N when signal N ended it),\n"
            + "and no file is left.\n\n"
            + "  pidd-simulate run nb1010 --finger 7 --delay 2 -- pidd",
        Options.common + [.rest("-- COMMAND", help: "the program and its arguments", \.command)]),
    defaults: { Options() }
) { options in
    try run(options.command, with: options.recording(), launcher: programFile())
}

// pidd-inspect: shows what is in a fingerprint record, or what is wrong with it.
import Arguments
import Glibc
import Platform

struct Options: Sendable {
    var record = ""
    var picture: String?
    var png: String?
}

let command = Command<Options>(
    "pidd-inspect",
    summary: "Prints a finger minutiae record (FMR) or finger image record (FIR), or says what is wrong with it.",
    notes: """
        FMR is ISO/IEC 19794-2:2005, FIR is ISO/IEC 19794-4:2005. What it shows is biometric data: --png writes with mode 0600.
        In the picture endings are red circles, bifurcations blue squares; the line points along the ridge.

        Example:
          pidd-inspect finger.fmr --picture finger.fir --png finger.png

        Exit status: 0 the record is good (there may be remarks), 1 it is not, or a file cannot be used, 64 usage.
        """,
    [
        .operand("RECORD", help: "the file with the record", \.record),
        .option("picture", "FILE", help: "a FIR of the same finger, to draw the minutiae on", \.picture),
        .option("png", short: "o", "FILE", help: "write a picture there, twice the size", \.png),
    ])

do {
    try shieldMemory()
    let program = Program(
        "pidd-inspect", summary: command.summary, version: "0.1.0",
        [.init(command, defaults: { Options() }, action: { try inspect($0) })])
    exit(try await program.run(Array(CommandLine.arguments.dropFirst())))
} catch {
    say("pidd-inspect: \(error)")
    exit(1)
}

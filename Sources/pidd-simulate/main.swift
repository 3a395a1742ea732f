// pidd-simulate: fingers and scanners made of software, for demonstrations and tests.
import Arguments
import Glibc
import Platform

let program = Program(
    "pidd-simulate", summary: "Makes fingers and scanners out of software.", version: "0.1.0",
    notes: "The prints are grown from seed numbers and belong to nobody.",
    [printEntry, scannerEntry, runEntry, fingerEntry])

do {
    exit(try await program.run(Array(CommandLine.arguments.dropFirst())))
} catch {
    say("pidd-simulate: \(error)")
    exit(1)
}

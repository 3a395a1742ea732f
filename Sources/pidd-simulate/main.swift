// pidd-simulate: fingers and scanners made of software, for demonstrations and tests.
import Arguments
import Glibc
import Platform
import VirtualScanner

let program = Program(
    "pidd-simulate", summary: "Makes fingers and scanners out of software.", version: "0.1.0",
    notes: """
        The prints are grown from seed numbers and belong to nobody.

        Exit status: 0 done, 1 a file, scanner or program cannot be used, 64 usage; 'run' returns that of its program,
        128 + N when a stop signal N ended it.
        """,
    [printEntry, scannerEntry, runEntry, fingerEntry])

do {
    try becomeEmulatedCommand(Array(CommandLine.arguments.dropFirst()))
    exit(try await program.run(Array(CommandLine.arguments.dropFirst())))
} catch {
    say("pidd-simulate: \(error)")
    exit(1)
}

// pidd: arguments and wiring only.
import Arguments
import Glibc
import PiddCore
import Platform

do {
    try catchStopSignals()
    try shieldMemory()
    exit(try await program.run(Array(CommandLine.arguments.dropFirst())))
} catch let error as any ExplainedError {
    say("pidd: \(error)")
    exit(exitStatus(of: error))
} catch {
    say("pidd: \(error)")
    exit(70)  // EX_SOFTWARE
}

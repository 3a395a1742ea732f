// pidd: arguments and wiring only.
import Arguments
import Glibc
import PiddCore
import Platform

reserveStandardDescriptors()
do {
    try catchStopSignals()
    try shieldMemory()
    var words = Array(CommandLine.arguments.dropFirst())
    // As other daemons have it, without the name of the command.
    if words.first == "--check-config" { words.insert("serve", at: 0) }
    exit(try await program.run(words))
} catch let error as any ExplainedError {
    say("pidd: \(error)")
    exit(exitStatus(of: error))
} catch {
    say("pidd: \(error)")
    exit(70)  // EX_SOFTWARE
}

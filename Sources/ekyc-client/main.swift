// ekyc-client: captures a finger through pidd and submits it to Eko.
import EkycClientCore
import Glibc
import Platform

reserveStandardDescriptors()
do {
    try catchStopSignals()
    try shieldMemory()
    // libcurl would write the secrets of every TLS session into the file that this names.
    unsafe unsetenv("SSLKEYLOGFILE")
} catch {
    say("ekyc-client: \(error)")
    exit(ExitCode.internalError.rawValue)
}
let interruption = Interruption()
exit(await EkycClient.run(Array(CommandLine.arguments.dropFirst()), interruption: interruption))

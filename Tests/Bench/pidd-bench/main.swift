// pidd-bench: takes the times of pidd's own parts beside the same work in C, for `make bench`; no product.
//
//   pidd-bench pictures STATE ROUNDS    from a picture to PidData, and libfprint's minutiae detection alone
//   pidd-bench sealing STATE ROUNDS     from records to a sealed PID, and the cryptography in it alone
//
// STATE is the state folder of a test identity. One line a measurement: series, tab, round, tab, nanoseconds.
import Glibc
import Platform

/// Prints what `work` took.
func timed<Result>(
    _ series: String, _ round: Int, isolation: isolated (any Actor)? = #isolation,
    _ work: () async throws -> Result
) async rethrows -> Result {
    let clock = ContinuousClock()
    let start = clock.now
    let result = try await work()
    note(series, round, clock.now - start)
    return result
}

/// Prints one measurement.
func note(_ series: String, _ round: Int, _ time: Duration) {
    print("\(series)\t\(round)\t\(Int(time / .nanoseconds(1)))\n", to: STDOUT_FILENO)
}

/// What could not be measured.
struct Unmeasured: Error {
    let reason: String
}

let words = CommandLine.arguments
do {
    guard words.count == 4, let rounds = Int(words[3]), rounds > 0 else { throw Unmeasured(reason: "wrong arguments") }
    switch words[1] {
    case "pictures": try await measurePictures(state: words[2], rounds: rounds)
    case "sealing": try await measureSealing(state: words[2], rounds: rounds)
    default: throw Unmeasured(reason: "there is no measurement \(words[1])")
    }
} catch {
    say("pidd-bench: \(error)")
    exit(1)
}

// pidd-bench: takes the times of pidd's own parts beside the same work in C, for `make bench`; no product.
//
//   pidd-bench pictures STATE ROUNDS    from a picture to PidData, and libfprint's minutiae detection alone
//   pidd-bench sealing STATE ROUNDS     from records to a sealed PID, and the cryptography in it alone
//
// STATE is the state folder of a test identity. One line a measurement: series, tab, round, tab, nanoseconds; see `Stopwatch`.
import Glibc
import Platform

/// Takes the time of a piece of work, and the processor time of all threads during it, which a loaded machine changes little.
struct Stopwatch {
    private let start = ContinuousClock().now
    private let used = Stopwatch.processorTime

    /// Prints what has passed, the processor time as `SERIES/cpu`.
    func note(_ series: String, _ round: Int) {
        let (passed, spent) = (ContinuousClock().now - start, Stopwatch.processorTime - used)
        print("\(series)\t\(round)\t\(Int(passed / .nanoseconds(1)))\n", to: STDOUT_FILENO)
        print("\(series)/cpu\t\(round)\t\(spent)\n", to: STDOUT_FILENO)
    }

    /// Nanoseconds of this process so far.
    private static var processorTime: Int {
        var time = timespec()
        unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
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

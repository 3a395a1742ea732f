// curl against a socket, a client that is none of ours.
import TestSupport

extension RunningProgram {
    /// Starts curl; its output ends with the status of the answer.
    static func curl(_ socket: String, _ path: String, _ options: String...) throws -> RunningProgram {
        try RunningProgram(
            ["curl", "-sS", "-m", "10", "-w", " %{http_code}", "--unix-socket", socket] + options
                + ["http://localhost\(path)"])
    }
}

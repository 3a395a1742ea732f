// Hands an answer over line by line, within its time limits.

/// How a transfer came to its end.
enum TransferEnd {
    /// By itself: libcurl knows how.
    case finished
    case cancelled
    /// The receiver of the lines wants no more.
    case enough
    /// Nothing came for too long.
    case silent
}

/// Hands the lines of one answer to their receiver and watches over the silence between them.
struct LineDelivery {
    private let idle: Duration?
    private let onLine: ([UInt8]?) -> Bool
    private var deadline: SuspendingClock.Instant?
    private var hasBegun = false

    /// - Parameters:
    ///   - head: the longest time from now to the head of the answer.
    ///   - idle: the longest time without a line after that; nil for no limit.
    ///   - onLine: takes a line, or nil when none has come; returns false to end.
    init(head: Duration, idle: Duration?, onLine: @escaping ([UInt8]?) -> Bool) {
        self.idle = idle
        self.onLine = onLine
        deadline = SuspendingClock().now + head
    }

    /// Hands over what has come; the end that follows from it, if one does.
    mutating func deliver(_ received: inout Received) -> TransferEnd? {
        let lines = received.takeLines()
        let now = SuspendingClock().now
        // An answer that is no stream must be there whole within the first limit.
        let begins = !hasBegun && received.hasHead && received.status == 200
        if begins { hasBegun = true }
        if begins || !lines.isEmpty { deadline = idle.map { now + $0 } }
        for line in lines {
            guard onLine(line) else { return .enough }
        }
        if let deadline, now >= deadline { return .silent }
        return lines.isEmpty && !onLine(nil) ? .enough : nil
    }
}

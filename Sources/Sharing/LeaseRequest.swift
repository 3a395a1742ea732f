// What a client asks of the desk, and what it gets: a ticket at once, a lease when its turn comes.

/// The number of one request at one desk; never used twice.
package struct Ticket: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let number: UInt64

    package init(number: UInt64) { self.number = number }

    package static func < (left: Self, right: Self) -> Bool { left.number < right.number }

    package var description: String { "#\(number)" }
}

/// One client's wish to use the scanner for one capture.
package struct LeaseRequest: Sendable, Equatable {
    /// The request id that is echoed and logged; chosen by the client or the server, so not necessarily unique.
    package var id: String
    /// The user the client runs as, from the kernel.
    package var user: UInt32
    /// The name of the client's program, for display only.
    package var program: String
    /// How long to wait in line; zero or less means not at all, values above the desk's limit mean the limit.
    package var wait: Duration
    /// How long the capture itself may take from the moment the lease is granted; clamped like `wait`.
    package var capture: Duration

    package init(id: String, user: UInt32, program: String, wait: Duration, capture: Duration) {
        self.id = id
        self.user = user
        self.program = program
        self.wait = wait
        self.capture = capture
    }
}

/// The right to use the scanner until `expires`, for one capture.
///
/// A lease is a plain value without any power: keeping it longer than the capture keeps nothing from anybody.
package struct Lease: Sendable, Equatable {
    package let ticket: Ticket
    package let request: LeaseRequest
    /// The generation of the device that was leased; the lease ends when the device gets another one.
    package let generation: UInt64
    package let granted: SuspendingClock.Instant
    /// When the desk ends the lease: the capture limit plus `DeskLimits.leaseGrace` after `granted`.
    package let expires: SuspendingClock.Instant
}

/// Who a request belongs to, for status, events and logs.
package struct Party: Sendable, Equatable {
    /// Nil in what is told of a request from outside the desk.
    package let ticket: Ticket?
    package let user: UInt32
    package let program: String
    /// The request id; nil where the reader has no right to it.
    package private(set) var requestID: String?

    package init(_ ticket: Ticket?, _ request: LeaseRequest) {
        self.ticket = ticket
        user = request.user
        program = request.program
        requestID = request.id
    }

    /// What `reader` may see: everybody sees user and program, the request id only its own user and admins.
    package func shown(to reader: UInt32, admin: Bool) -> Party {
        var copy = self
        if !admin && reader != user { copy.requestID = nil }
        return copy
    }
}

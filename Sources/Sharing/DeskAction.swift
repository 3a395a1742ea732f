// What a step of the desk's line asks to be done.

/// What must be done after a step of `DeskQueue`, in this order.
package enum DeskAction: Sendable, Equatable {
    /// Let the request capture.
    case grant(Lease)
    /// Tell the request, which had no lease, that it has ended.
    case refuse(Ticket, DeskRefusal)
    /// Tell the holder to stop; it keeps the scanner until it has released it.
    case cancelHolder(Ticket, DeskRefusal.Reason)
    /// Tell the request its place in line; 1 is the next.
    case position(Ticket, Int)
    /// Tell the listeners.
    case report(DeskEvent)
}

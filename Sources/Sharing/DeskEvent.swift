// What the desk tells those who listen.

/// Something that happened at the desk.
///
/// Requests that are refused the moment they come are only counted: a client that retries in a loop would otherwise
/// push everything else out of the listeners' buffers.
package enum DeskEvent: Sendable, Equatable {
    /// The scanner came, went, or changed its state.
    case device(DeviceStatus)
    /// The line has changed; these wait now, the next to be served first.
    case line([Party])
    /// A lease was granted.
    case granted(Party)
    /// A holder is told to stop and why; `ended` follows when it has stopped.
    case stopping(Party, DeskRefusal.Reason)
    /// The finger of the last capture must leave the glass before anybody else is served.
    case removeFinger(Party)
    /// The finger has left, or `DeskLimits.liftWait` is over.
    case fingerGone
    /// A request that had waited or captured has ended.
    case ended(Party, Outcome)
    /// A holder that was told to stop did not: the scanner hangs, and only a restart of the process will help.
    case stuck(Party)
    /// A step of a capture, told by whoever runs it.
    case capture(Party, CaptureStep)
    /// The desk takes no more requests.
    case closing

    /// What `reader` may see of it, as in `Party.shown`.
    package func shown(to reader: UInt32, admin: Bool) -> DeskEvent {
        switch self {
        case .device, .fingerGone, .closing: self
        case .line(let parties): .line(parties.map { $0.shown(to: reader, admin: admin) })
        case .granted(let party): .granted(party.shown(to: reader, admin: admin))
        case .removeFinger(let party): .removeFinger(party.shown(to: reader, admin: admin))
        case .stopping(let party, let reason): .stopping(party.shown(to: reader, admin: admin), reason)
        case .ended(let party, let outcome): .ended(party.shown(to: reader, admin: admin), outcome)
        case .capture(let party, let step): .capture(party.shown(to: reader, admin: admin), step)
        case .stuck(let party): .stuck(party.shown(to: reader, admin: admin))
        }
    }
}

/// Something that happened at the desk, and at which scanner.
package struct DeskNews: Sendable, Equatable {
    /// The id of the scanner; nil for what concerns all.
    package let scanner: String?
    package let event: DeskEvent

    package init(scanner: String?, event: DeskEvent) {
        self.scanner = scanner
        self.event = event
    }
}

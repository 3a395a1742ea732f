// What the state machine shows: refusals with a hint, snapshots, and who may cancel what.

extension DeskQueue {
    /// The refusal of a user for a reason, with the hint when to ask again and the name of the holder.
    func refusal(_ reason: DeskRefusal.Reason, of user: UInt32, _ now: Instant) -> DeskRefusal {
        let holder = holder.map { Party($0.ticket, $0.request) }
        return switch reason {
        case .busy, .tooManyForUser, .tooManyInAll:
            DeskRefusal(reason, retryAfter: retryAfter(now), holder: holder)
        case .tooLongWithoutFinger: DeskRefusal(reason, retryAfter: idleSensor.rest(of: user, now))
        case .cancelled: DeskRefusal(reason)
        case .deviceStarting, .deviceAbsent, .deviceLost, .deviceReplaced, .leaseExpired, .leaseContested,
            .shuttingDown:
            DeskRefusal(reason, retryAfter: retryAfter(now))
        }
    }

    /// When asking again makes sense: when the present lease must be over, but soon if that is far away.
    private func retryAfter(_ now: Instant) -> Duration {
        let hint =
            switch phase {
            case .leased(let lease): now.duration(to: end(of: lease).time)
            case .lifting(_, let until): now.duration(to: until)
            case .free where device.state == .absent: limits.retryAfter.upperBound
            case .free, .stopping: limits.retryAfter.lowerBound
            }
        return min(max(hint, limits.retryAfter.lowerBound), limits.retryAfter.upperBound)
    }

    /// The desk at this moment.
    package func snapshot(now: Instant) -> DeskSnapshot {
        let state: DeskState =
            switch phase {
            case .free: .free
            case .leased: .leased
            case .stopping: .stopping
            case .lifting: .lifting
            }
        return DeskSnapshot(
            device: device, state: state, closing: closing,
            holder: holder.map { lease in
                DeskSnapshot.Holder(
                    party: Party(lease.ticket, lease.request), held: lease.granted.duration(to: now),
                    remaining: max(.zero, now.duration(to: end(of: lease).time)))
            },
            waiting: line.inOrder.enumerated().map { index, entry in
                DeskSnapshot.Waiting(
                    party: Party(entry.ticket, entry.request), position: index + 1,
                    waited: entry.arrived.duration(to: now), remaining: max(.zero, now.duration(to: entry.waitUntil)))
            },
            counters: counters)
    }

    /// The requests with this id, waiting or holding, that `user` may cancel; nil stands for an admin, who may cancel
    /// all.
    package func tickets(withID id: String, of user: UInt32?) -> [Ticket] {
        let all = (holder.map { [($0.ticket, $0.request)] } ?? []) + line.inOrder.map { ($0.ticket, $0.request) }
        return all.filter { $1.id == id && (user == nil || $1.user == user) }.map(\.0)
    }
}

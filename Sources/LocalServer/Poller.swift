// epoll: which descriptors have something to do.
import CLinux
import Glibc
import Platform

/// What a descriptor is waited for; a hang-up is always reported.
struct Interest: OptionSet, Sendable {
    let rawValue: UInt32

    static let input = Interest(rawValue: EPOLLIN.rawValue)
    static let output = Interest(rawValue: EPOLLOUT.rawValue)
    /// The peer has ended its sending.
    static let end = Interest(rawValue: EPOLLRDHUP.rawValue)
}

/// What happened at a descriptor.
struct Event {
    let token: UInt64
    private let flags: UInt32

    fileprivate init(_ event: epoll_event) {
        token = unsafe event.data.u64
        flags = unsafe event.events
    }

    var isInput: Bool { flags & EPOLLIN.rawValue != 0 }
    var isOutput: Bool { flags & EPOLLOUT.rawValue != 0 }
    /// The peer has ended its sending; told only to who asked for it.
    var isEnd: Bool { flags & EPOLLRDHUP.rawValue != 0 }
    /// The peer is gone for good.
    ///
    /// A Unix socket whose peer only ended its sending does not count.
    var isHangUp: Bool { flags & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 }
}

/// One epoll instance, level-triggered; each descriptor has a token that its events carry.
final class Poller: Sendable {
    private let epoll: Descriptor

    init() throws(SystemError) {
        epoll = try Descriptor(epoll_create1(Int32(EPOLL_CLOEXEC)), from: "epoll_create1")
    }

    func add(_ descriptor: Int32, token: UInt64, _ interest: Interest) throws(SystemError) {
        try control(EPOLL_CTL_ADD, descriptor, token, interest)
    }

    func change(_ descriptor: Int32, token: UInt64, _ interest: Interest) throws(SystemError) {
        try control(EPOLL_CTL_MOD, descriptor, token, interest)
    }

    func remove(_ descriptor: Int32) {
        _ = epoll_ctl(epoll.raw, EPOLL_CTL_DEL, descriptor, nil)
    }

    /// Waits for events for at most a time, rounded up to milliseconds; for ever without one.
    func wait(atMost time: Duration?, into events: inout [Event]) {
        events.removeAll(keepingCapacity: true)
        unsafe withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: ServerLimits.eventsPerTurn) { room in
            let count = unsafe epoll_wait(epoll.raw, room.baseAddress, Int32(room.count), Self.milliseconds(time))
            for index in 0..<max(Int(count), 0) { events.append(unsafe Event(room[index])) }
        }
    }

    private static func milliseconds(_ time: Duration?) -> Int32 {
        guard let time else { return -1 }
        guard time > .zero else { return 0 }
        let (seconds, attoseconds) = time.components
        guard seconds < 1_000_000 else { return 1_000_000_000 }
        return Int32(seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }

    private func control(
        _ operation: Int32, _ descriptor: Int32, _ token: UInt64, _ interest: Interest
    ) throws(SystemError) {
        var event = unsafe epoll_event()
        unsafe event.events = interest.rawValue
        unsafe event.data.u64 = token
        guard unsafe epoll_ctl(epoll.raw, operation, descriptor, &event) == 0 else { throw SystemError("epoll_ctl") }
    }
}

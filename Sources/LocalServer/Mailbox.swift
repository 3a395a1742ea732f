// What other threads have for the loop.
import CLinux
import Glibc
import Platform
import Synchronization

/// A message to the loop.
enum Letter: Sendable {
    /// Bytes of an answer.
    case answer(AnswerPart)
    /// The reader of a streamed answer is too slow: its connection is to be cut.
    case cut(connection: UInt64)
    /// The last reference to an exchange whose client had gone is released.
    case abandoned(exchange: UInt64)
    /// Nobody is to be accepted until `acceptAgain`; the answer says whether nobody waits to be, and nobody is served.
    case pause(answer: @Sendable (_ isEmpty: Bool) -> Void)
    /// The end of `pause`.
    case acceptAgain
    /// A question to the loop itself, which answers when it comes to its letters.
    case echo(@Sendable () -> Void)
    /// The server is to stop, at the latest at this time.
    case stop(by: SuspendingClock.Instant)
}

/// Bytes of the answer to one exchange.
struct AnswerPart: Sendable {
    let connection: UInt64
    let exchange: UInt64
    let bytes: [UInt8]
    /// Whether the answer is complete with it.
    let isLast: Bool
    /// Whether the connection closes after the answer.
    let closes: Bool
}

/// Letters to the loop, in order; it is woken only when it sleeps.
final class Mailbox: Sendable {
    private struct State {
        var letters: [Letter] = []
        var loopSleeps = false
    }

    private let bell: Descriptor
    private let state = Mutex(State())

    init() throws(SystemError) {
        bell = try Descriptor(eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK)), from: "eventfd")
    }

    /// Readable when the loop is to wake up.
    var descriptor: Int32 { bell.raw }

    func post(_ letter: Letter) {
        let mustRing = state.withLock { state in
            state.letters.append(letter)
            defer { state.loopSleeps = false }
            return state.loopSleeps
        }
        if mustRing { ring() }
    }

    /// Whether the loop may wait for events; from then on a letter wakes it.
    func maySleep() -> Bool {
        state.withLock { state in
            state.loopSleeps = state.letters.isEmpty
            return state.loopSleeps
        }
    }

    /// The loop does not sleep any more: what is posted from now on, by the loop itself too, it collects without being woken.
    func isAwake() { state.withLock { $0.loopSleeps = false } }

    /// Takes all letters.
    func collect() -> [Letter] {
        state.withLock { state in
            defer { state.letters = [] }
            return state.letters
        }
    }

    func silenceBell() {
        var count: UInt64 = 0
        _ = unsafe read(bell.raw, &count, 8)
    }

    private func ring() {
        var one: UInt64 = 1
        _ = unsafe write(bell.raw, &one, 8)
    }
}

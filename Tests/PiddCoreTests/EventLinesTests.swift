// What one reader sees of the events: order, filter, and nothing that belongs to others.
import LocalServer
@testable import PiddCore
import Sharing
import Testing

struct EventLinesTests {
    private func reader(_ uid: UInt32, isAdmin: Bool = false, request: String? = nil) -> EventLines {
        EventLines(
            for: Caller(
                id: "reader", peer: Peer(pid: 1, uid: uid, gid: uid, groups: [], program: "reader"), isAdmin: isAdmin),
            request: request)
    }

    private func party(_ uid: UInt32, _ id: String) -> Party {
        Party(nil, LeaseRequest(id: id, user: uid, program: "app", wait: .zero, capture: .zero))
    }

    private func lines(_ reader: EventLines, _ events: [DeskEvent]) -> [EventLine?] {
        var reader = reader
        return zip(1..., events).map { reader.line(.init(number: $0, element: DeskNews(scanner: "a", event: $1))) }
    }

    @Test func `request ids are shown to their own user and to admins only`() {
        let events = [DeskEvent.granted(party(1, "a")), .line([party(1, "a"), party(2, "b")])]
        let stranger = lines(reader(2), events)
        #expect(stranger[0]?.requestId == nil && stranger[0]?.uid == 1 && stranger[0]?.program == "app")
        #expect(stranger[1]?.waiting?.map(\.requestId) == [nil, "b"])
        #expect(lines(reader(3, isAdmin: true), events)[0]?.requestId == "a")
    }

    @Test func `a filter shows nothing of a request that belongs to another user`() {
        let turn = FingerTurn(index: 2, of: 3, finger: "LEFT_INDEX")
        let events: [DeskEvent] = [
            .granted(party(1, "a")), .capture(party(1, "a"), .putFinger(turn, remaining: .seconds(1))),
            .capture(party(1, "a"), .liftFinger(turn)),
            .removeFinger(party(1, "a")),
            .capture(party(1, "a"), .done(outcome: "captured", duration: .zero)),
        ]
        #expect(lines(reader(2, request: "a"), events).allSatisfy { $0 == nil })
        #expect(lines(reader(1, request: "a"), events).allSatisfy { $0 != nil })
    }

    @Test func `a finger is asked for by its number and name`() throws {
        let turn = FingerTurn(index: 2, of: 3, finger: "LEFT_INDEX")
        for step in [CaptureStep.putFinger(turn, remaining: .seconds(1)), .liftFinger(turn)] {
            let line = try #require(lines(reader(1), [.capture(party(1, "a"), step)])[0])
            #expect(line.index == 2 && line.of == 3 && line.finger == "LEFT_INDEX")
        }
    }

    @Test func `a place in line is told when it changes, and the story ends with done`() {
        var reader = reader(1, request: "b")
        func tell(_ event: DeskEvent, at scanner: String = "a") -> EventLine? {
            reader.line(.init(number: 1, element: DeskNews(scanner: scanner, event: event)))
        }
        #expect(tell(.line([party(2, "a"), party(1, "b")]))?.position == 2)
        #expect(tell(.line([party(2, "a"), party(1, "b"), party(3, "c")])) == nil)
        #expect(tell(.line([party(3, "d")]), at: "c") == nil)
        #expect(tell(.line([party(2, "a"), party(1, "b")])) == nil)
        #expect(tell(.line([party(1, "b")]))?.position == 1)
        #expect(tell(.line([])) == nil)
        #expect(tell(.granted(party(1, "b")))?.state == "granted")
        #expect(tell(.granted(party(1, "b")), at: "c")?.device == "c")
        #expect(!reader.isOver)
        #expect(
            tell(.capture(party(1, "b"), .done(outcome: "captured", duration: .milliseconds(12))))?.durationMs == 12)
        #expect(reader.isOver)
    }
}

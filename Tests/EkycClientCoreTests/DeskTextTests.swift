// Status and events as a person reads them.
import EkoAPI
import PiddClient
import Testing

@testable import EkycClientCore

@Suite struct DeskTextTests {
    @Test func `The screen has a line for each that matters, and control characters of nobody`() throws {
        let document = #"""
            {"version":"0.1.0","uptime_ms":7385000,"future":[1],"scanners":[{"id":"usb-1-2","driver":"nb1010","maker":"NEXT",
            "model":"NB-1010-U","state":"failed","generation":3,"reason":"no\u001b[2J power"}],
            "desk":{"state":"leased","closing":true,"holder":{"uid":1000,"program":"firefox","held_ms":3000,"remaining_ms":92000},
            "waiting":[{"uid":1001,"program":"a","request_id":"till-7","position":1,"waited_ms":1999,"remaining_ms":1000},
            {"uid":7,"program":"b","position":2,"waited_ms":0,"remaining_ms":100000000}],
            "counters":{"asked":9,"granted":5,"ended":{"succeeded":4,"busy":2,"failed":0},"lifts_missed":0,"stuck":0}}}
            """#
        let status = try #require(PiddStatus(parsing: Array(document.utf8)))
        let screen = StatusText.screen(status) { $0 == 1000 ? "asha" : String($0) }
        #expect(
            screen == """
                pidd      0.1.0, for 2 h 3 min, stopping
                scanner   NEXT NB-1010-U (usb-1-2), failed: no [2J power
                in use    by firefox of asha, for 3 s, at most 1 min 32 s more
                in line   1. a of 1001, request till-7, waits for 1 s, at most 1 s more
                          2. b of 7, waits for 0 s, at most 1 d 3 h more
                captures  9 asked for: 2 busy, 4 succeeded

                """)
        #expect(PiddStatus(parsing: Array("{}".utf8)) == nil)
    }

    @Test func `Of several scanners each is shown with its state, and who has or wants which`() throws {
        let counters = #""counters":{"asked":0,"granted":0,"ended":{},"lifts_missed":0,"stuck":0}"#
        let document = #"""
            {"version":"0.1.0","uptime_ms":1000,"scanners":[
            {"id":"a","driver":"d","maker":"M","model":"One","state":"starting","default":true,"generation":1,"attempt":3,"reason":"held by fprintd (1)"},
            {"id":"b","driver":"d","maker":"M","model":"Two","state":"capturing","default":false,"generation":2}],
            "desk":{"state":"free","closing":false,"holder":null,"waiting":[],"lanes":[
            {"device":"a","state":"free","holder":null,"waiting":[{"uid":2,"program":"y","position":1,"waited_ms":0,"remaining_ms":1000}]},
            {"device":"b","state":"leased","holder":{"uid":1,"program":"x","held_ms":1000,"remaining_ms":2000},"waiting":[]}],
            """# + counters + "}}"
        let status = try #require(PiddStatus(parsing: Array(document.utf8)))
        #expect(
            StatusText.screen(status) { String($0) } == """
                pidd      0.1.0, for 1 s
                scanner   M One (a), starting, attempt 3, the default: held by fprintd (1)
                          M Two (b), capturing
                in use    by x of 1 at b, for 1 s, at most 2 s more
                in line   1. y of 2 at a, waits for 0 s, at most 1 s more
                captures  0 asked for

                """)
    }

    @Test func `An event is one line, its name first`() throws {
        let event = #"{"seq":4,"event":"lease","uid":1000,"state":"granted","program":"a\nb","list":[1,2]}"#
        let value = try #require(JSONValue(parsing: Array(event.utf8)))
        #expect(EventText.line(value) == "lease          list=[1,2] program=a b state=granted uid=1000")
    }
}

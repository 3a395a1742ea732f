// Prompts: what pidd tells goes in, what a person reads comes out.
import PiddClient
import Testing

@testable import EkycClientCore

/// A person at a terminal during one capture, on a clock of its own.
private struct Terminal {
    private var state: PromptState
    private var line: PromptLine
    private let start = SuspendingClock().now

    init(_ style: PromptLine.Style = .lines) throws {
        state = PromptState(id: try #require(RequestID("mine")), timeout: .seconds(30))
        line = PromptLine(style)
    }

    var hasCaptured: Bool { state.hasCaptured }

    /// What is written when a line of the events comes at a time in seconds.
    mutating func read(_ event: String, at seconds: Double = 0) -> String {
        if let event = PiddEvent(parsing: Array(event.utf8)) { state.take(event, at: start + .seconds(seconds)) }
        return look(at: seconds)
    }

    /// What is written at a time when nothing comes.
    mutating func look(at seconds: Double) -> String {
        let now = start + .seconds(seconds)
        return line.text(for: state.prompt, remaining: state.deadline.map { $0 - now })
    }

    mutating func knowNothing() -> String {
        state.knowNothing()
        return look(at: 0)
    }

    mutating func clear() -> String { line.clearing() }
}

private func hello(holder: String = "null", waiting: String = "[]", state: String = "free") -> String {
    """
    {"seq":1,"event":"hello","version":"0.1.0","scanners":[],"desk":{"state":"\(state)","closing":false,\
    "holder":\(holder),"waiting":\(waiting),"counters":{"asked":0,"granted":0,"ended":{},"lifts_missed":0,"stuck":0}}}
    """
}

private func mine(_ event: String, _ more: String = "") -> String {
    #"{"seq":2,"event":"\#(event)","uid":1000,"program":"ekyc-client","request_id":"mine"\#(more)}"#
}

private let other = #"{"uid":1001,"program":"till","held_ms":2000,"remaining_ms":9000}"#

@Suite struct PromptTests {
    @Test func `One capture is told step by step, each step once`() throws {
        var terminal = try Terminal()
        #expect(terminal.read(hello()) == "Waiting for the scanner\n")
        #expect(terminal.read(mine("lease", #","state":"granted""#)) == "The scanner is yours in a moment\n")
        #expect(terminal.read(mine("put-finger", #","timeout_ms":10000"#)) == "Place your finger on the scanner\n")
        #expect(terminal.look(at: 3) == "")
        #expect(terminal.read(mine("finger-present")) == "Hold still\n")
        #expect(!terminal.hasCaptured)
        #expect(terminal.read(mine("captured")) == "Done, lift your finger\n")
        #expect(terminal.hasCaptured)
        #expect(terminal.read(mine("finger-lifted")) == "")
        #expect(terminal.read(mine("quality", #","nm_points":[41],"q_score":[67]"#)) == "")
        #expect(terminal.read(mine("done", #","outcome":"captured""#)) == "")
        #expect(terminal.read(mine("put-finger", #","timeout_ms":10000"#)) == "")
    }

    @Test func `Several fingers are asked for one after the other, by number and name`() throws {
        var terminal = try Terminal()
        _ = terminal.read(hello())
        func finger(_ event: String, _ index: Int, _ name: String) -> String {
            mine(event, #","index":\#(index),"of":3,"finger":"\#(name)","timeout_ms":9000"#)
        }
        #expect(terminal.read(finger("put-finger", 1, "UNKNOWN")) == "Place finger 1 of 3 on the scanner\n")
        #expect(terminal.read(mine("captured")) == "Lift your finger\n")
        #expect(terminal.read(finger("lift-finger", 2, "LEFT_INDEX")) == "")
        #expect(terminal.read(finger("put-finger", 2, "LEFT_INDEX")) == "Place finger 2 of 3: left index\n")
        #expect(terminal.read(mine("finger-present")) == "Hold still\n")
        #expect(terminal.read(mine("finger-lifted")) == "Place finger 2 of 3: left index\n")
        #expect(terminal.read(mine("captured")) == "Lift your finger\n")
        let hint = "Not clear enough: wipe the finger, then place it again, flat and a little harder\n"
        #expect(terminal.read(mine("retry", #","hint":"low-quality""#)) == hint)
        #expect(terminal.read(finger("lift-finger", 2, "LEFT_INDEX")) == "")
        #expect(terminal.read(finger("put-finger", 3, "RIGHT_THUMB")) == "Place finger 3 of 3: right thumb\n")
        #expect(terminal.read(mine("captured")) == "Done, lift your finger\n")
    }

    @Test func `One finger that has a name is asked for by it`() throws {
        var terminal = try Terminal()
        _ = terminal.read(hello())
        let event = mine("put-finger", #","index":1,"of":1,"finger":"LEFT_RING","timeout_ms":9000"#)
        #expect(terminal.read(event) == "Place your left ring finger on the scanner\n")
    }

    @Test func `The seconds that are left count down and never below zero`() throws {
        var terminal = try Terminal(.rewriting(width: 80, color: false))
        _ = terminal.read(hello())
        #expect(
            terminal.read(mine("put-finger", #","timeout_ms":10000"#), at: 5)
                == "\rPlace your finger on the scanner (10 s left)\u{1b}[K")
        #expect(terminal.look(at: 5.5) == "")
        #expect(terminal.look(at: 6.5) == "\rPlace your finger on the scanner (9 s left)\u{1b}[K")
        #expect(terminal.look(at: 14.9) == "\rPlace your finger on the scanner (1 s left)\u{1b}[K")
        #expect(terminal.look(at: 20) == "\rPlace your finger on the scanner (0 s left)\u{1b}[K")
    }

    @Test func `The place in line and the program that has the scanner are told as they change`() throws {
        var terminal = try Terminal()
        let waiting =
            #"[{"uid":1002,"program":"x","position":1,"waited_ms":1,"remaining_ms":9},{"uid":1000,"program":"ekyc-client","request_id":"mine","position":2,"waited_ms":1,"remaining_ms":4000}]"#
        #expect(
            terminal.read(hello(holder: other, waiting: waiting, state: "leased"))
                == "Number 2 in line; the scanner is with till\n")
        #expect(
            terminal.read(#"{"seq":3,"event":"lease","uid":1002,"program":"x","state":"granted"}"#)
                == "Number 2 in line; the scanner is with x\n")
        let queue = #"{"seq":4,"event":"queue","waiting":[{"uid":1000,"program":"ekyc-client","request_id":"mine"}]}"#
        #expect(terminal.read(queue) == "Next in line; the scanner is with x\n")
        #expect(terminal.read(#"{"seq":5,"event":"done","uid":1003,"program":"y","outcome":"busy"}"#) == "")
        #expect(
            terminal.read(#"{"seq":5,"event":"done","uid":1002,"program":"x","outcome":"captured"}"#)
                == "Next in line\n")
        #expect(terminal.read(#"{"seq":6,"event":"queue","waiting":[]}"#) == "")
    }

    @Test func `The place in line is also understood from the stream of one request`() throws {
        var terminal = try Terminal()
        _ = terminal.read(hello())
        #expect(terminal.read(mine("queue", #","position":3"#)) == "Number 3 in line\n")
    }

    @Test func `What happens to the fingers of others is not told as one's own`() throws {
        var terminal = try Terminal()
        _ = terminal.read(hello())
        for event in ["put-finger", "finger-present", "retry", "captured", "done", "quality"] {
            #expect(terminal.read(#"{"seq":3,"event":"\#(event)","uid":1001,"program":"till"}"#) == "")
        }
        #expect(!terminal.hasCaptured)
    }

    @Test func `Who waits is told to clear the scanner from the finger before`() throws {
        var terminal = try Terminal()
        let waiting =
            #"[{"uid":1000,"program":"ekyc-client","request_id":"mine","position":1,"waited_ms":1,"remaining_ms":4000}]"#
        #expect(terminal.read(hello(waiting: waiting, state: "lifting")) == "Take the finger off the scanner\n")
        #expect(terminal.read(#"{"seq":3,"event":"finger-gone"}"#) == "Next in line\n")
        #expect(
            terminal.read(#"{"seq":4,"event":"remove-finger","uid":1001,"program":"till"}"#)
                == "Take the finger off the scanner\n")
        #expect(terminal.read(mine("lease", #","state":"granted""#)) == "The scanner is yours in a moment\n")
    }

    @Test(arguments: [
        ("try-again", "Not read: lift your finger and place it again"),
        ("press-longer", "Too short: press a little harder and keep the finger there"),
        ("center-finger", "Place the middle of your finger on the scanner"),
        ("remove-finger", "Lift your finger, then place it again"),
        ("something-of-the-future", "Not read: lift your finger and place it again"),
    ])
    func `Each hint has its words, and a hint that nobody knows has the general ones`(hint: String, text: String) throws
    {
        var terminal = try Terminal()
        _ = terminal.read(mine("put-finger", #","timeout_ms":10000"#))
        #expect(terminal.read(mine("retry", #","hint":"\#(hint)""#)) == text + "\n")
        #expect(terminal.read(mine("put-finger", #","timeout_ms":8000"#)) == "Place your finger on the scanner\n")
    }

    @Test func `A finger lifted before it was read has to come again`() throws {
        var terminal = try Terminal()
        _ = terminal.read(mine("put-finger", #","timeout_ms":10000"#))
        _ = terminal.read(mine("finger-present"))
        #expect(terminal.read(mine("finger-lifted")) == "Place your finger on the scanner\n")
    }

    @Test func `A scanner that starts or is missing is told, and its coming too`() throws {
        var terminal = try Terminal()
        _ = terminal.read(hello())
        #expect(
            terminal.read(#"{"seq":2,"event":"device","state":"absent","generation":1}"#) == "No scanner is attached\n")
        #expect(
            terminal.read(#"{"seq":3,"event":"device","state":"starting","generation":2}"#)
                == "The scanner is starting\n")
        #expect(
            terminal.read(#"{"seq":4,"event":"device","state":"ready","generation":2}"#) == "Waiting for the scanner\n")
    }

    @Test func `A stream that begins during the capture finds its place`() throws {
        var terminal = try Terminal(.rewriting(width: 80, color: false))
        let holder = #"{"uid":1000,"program":"ekyc-client","request_id":"mine","held_ms":4000,"remaining_ms":31000}"#
        #expect(
            terminal.read(hello(holder: holder, state: "leased"))
                == "\rPlace your finger on the scanner (26 s left)\u{1b}[K")
    }

    @Test func `Without events the person is still told to place a finger`() throws {
        var terminal = try Terminal()
        #expect(terminal.knowNothing() == "Place your finger on the scanner\n")
    }

    @Test func `Lines that are no events and events that nobody knows change nothing`() throws {
        var terminal = try Terminal()
        _ = terminal.read(hello())
        for line in [
            "", "{", "[]", "{\"seq\":1}", #"{"event":7}"#, mine("dance"), #"{"event":"lease","state":"lent"}"#,
        ] {
            #expect(terminal.read(line) == "")
        }
    }

    @Test func `A program's name cannot write to the terminal`() throws {
        var terminal = try Terminal()
        let evil = #"{"uid":1,"program":"a\u001b[2J\nb\u202e","held_ms":1,"remaining_ms":1}"#
        let waiting = #"[{"uid":1000,"program":"p","request_id":"mine","position":1,"waited_ms":1,"remaining_ms":1}]"#
        let text = terminal.read(hello(holder: evil, waiting: waiting, state: "leased")).dropLast()
        #expect(text.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 0x202e })
        #expect(text.hasPrefix("Next in line; the scanner is with a"))
    }

    @Test func `A narrow terminal gets what fits on one line`() throws {
        var terminal = try Terminal(.rewriting(width: 20, color: false))
        #expect(terminal.read(mine("put-finger")) == "\rPlace your finger o\u{1b}[K")
        #expect(terminal.clear() == "\r\u{1b}[K")
        #expect(terminal.clear() == "")
    }

    @Test func `Color is around what has to be done, and the line ends without it`() throws {
        var terminal = try Terminal(.rewriting(width: 80, color: true))
        #expect(terminal.read(mine("put-finger")) == "\r\u{1b}[1mPlace your finger on the scanner\u{1b}[0m\u{1b}[K")
    }

    @Test func `Nothing is shown to who wants nothing`() throws {
        var terminal = try Terminal(.none)
        #expect(terminal.read(mine("put-finger")) == "")
        #expect(terminal.clear() == "")
    }

    @Test func `How prompts are shown follows the terminal and what was asked for`() {
        func style(_ wanted: Bool?, terminal: Bool, _ environment: [String: String] = [:]) -> PromptLine.Style {
            PromptLine.Style(isWanted: wanted, isTerminal: terminal, width: 0) { environment[$0] }
        }
        let xterm = ["TERM": "xterm"]
        #expect(style(nil, terminal: true, xterm) == .rewriting(width: 80, color: true))
        #expect(style(nil, terminal: true, ["TERM": "xterm", "NO_COLOR": "1"]) == .rewriting(width: 80, color: false))
        #expect(style(nil, terminal: true, ["TERM": "dumb"]) == .lines)
        #expect(style(nil, terminal: true) == .lines)
        #expect(style(nil, terminal: false, xterm) == .none)
        #expect(style(true, terminal: false, xterm) == .lines)
        #expect(style(false, terminal: true, xterm) == .none)
    }
}

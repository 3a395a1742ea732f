// Streamed answers from a real server on a Unix socket, cut at every place and with every fault.
import Glibc
import HTTPClient
import Platform
import Testing
import TestSupport

@Suite(.timeLimit(.minutes(1))) struct StreamingTests {
    static let expected = ["{\"event\":\"one\"}", "{\"event\":\"zwölf\"}", "{\"event\":\"three\"}"]
    /// Bytes that the server cuts in two.
    static let length = "{\"event\":\"one\"}\n\n{\"event\":\"zwölf\"}\r\n{\"event\":\"three\"}\n".utf8.count

    let folder: TemporaryFolder
    let server: RunningProgram

    init() throws {
        folder = try TemporaryFolder()
        server = try RunningProgram(
            ["python3", "\(TestFiles.root)/Tests/Servers/line_server.py", folder.file("s")], input: nil)
        try server.waitBlocking(for: "socket") { server.output == "ready\n" }
    }

    func request(_ path: String, timeout: Duration = .seconds(10)) -> HTTPRequest {
        HTTPRequest(
            method: "GET", url: "http://localhost/\(path)", route: .unixSocket(folder.file("s")), timeout: timeout,
            bodyLimit: 100)
    }

    /// The lines of an answer as they came, and the answer.
    func lines(
        _ path: String, timeout: Duration = .seconds(10), idle: Duration? = .seconds(10), limit: Int = 1000
    ) throws -> (lines: [String], answer: HTTPResponse) {
        var lines: [String] = []
        let answer = try HTTPClient().stream(request(path, timeout: timeout), idle: idle, lineLimit: limit) { line in
            if let line { lines.append(String(decoding: line, as: UTF8.self)) }
            return true
        }
        return (lines, answer)
    }

    func failure(_ body: () throws -> Void) throws -> HTTPClientError {
        try #require(throws: HTTPClientError.self) { try body() }
    }

    @Test func `Lines are whole wherever the stream is cut`() throws {
        for cut in 0..<Self.length {
            let (lines, answer) = try lines("split/\(cut)")
            #expect(lines == Self.expected, "cut at \(cut)")
            #expect(answer.status == 200)
            #expect(answer.body.isEmpty)
        }
        #expect(try lines("bytes").lines == Self.expected)
    }

    @Test func `A line that has no end when the stream ends is not handed over`() throws {
        #expect(try lines("unfinished").lines == ["{\"event\":\"whole\"}"])
    }

    @Test func `A stream that breaks off hands over what was whole and then fails`() throws {
        var lines: [String] = []
        let error = try failure {
            _ = try HTTPClient().stream(request("cut"), idle: .seconds(10), lineLimit: 100) { line in
                if let line { lines.append(String(decoding: line, as: UTF8.self)) }
                return true
            }
        }
        #expect(lines == ["{\"event\":\"whole\"}"])
        #expect(error.kind == .broken)
        #expect(error.wasAnswered)
    }

    @Test func `A connection that closes without an answer is told from an answer that breaks off`() throws {
        let error = try failure { _ = try HTTPClient().send(request("no-answer")) }
        #expect(error.kind == .broken)
        #expect(error.wasSent)
        #expect(!error.wasAnswered)
        #expect(try failure { _ = try HTTPClient().send(request("cut")) }.wasAnswered)
    }

    @Test func `A line longer than the limit ends the stream`() throws {
        #expect(try failure { _ = try lines("long", limit: 8192) }.kind == .tooLarge)
    }

    @Test func `A line of exactly the limit is taken`() throws {
        // The longest has 18 bytes and a carriage return, which counts.
        #expect(try lines("bytes", limit: 19).lines == Self.expected)
        #expect(try failure { _ = try lines("bytes", limit: 18) }.kind == .tooLarge)
    }

    @Test func `Silence longer than the limit ends the stream, whatever drips`() throws {
        for path in ["quiet", "drip"] {
            let error = try failure { _ = try lines(path, idle: .milliseconds(300)) }
            #expect(error.kind == .timeout)
            #expect(error.wasAnswered)
        }
    }

    @Test func `The head of the answer must come in time`() throws {
        let error = try failure { _ = try lines("no-head", timeout: .milliseconds(300), idle: nil) }
        #expect(error.kind == .timeout)
        #expect(!error.wasAnswered)
    }

    @Test func `A refusal is collected and not handed over`() throws {
        let (lines, answer) = try lines("refused")
        #expect(lines.isEmpty)
        #expect(answer.status == 403)
        #expect(String(decoding: answer.body, as: UTF8.self) == "{\"type\":\"about:blank\",\"status\":403}\n")
    }

    @Test func `A refusal that never ends is bounded by the first time limit`() throws {
        let error = try failure { _ = try lines("refused-endless", timeout: .milliseconds(300), idle: nil) }
        #expect(error.kind == .timeout)
    }

    @Test func `The receiver can end a stream that would go on`() throws {
        var lines = 0
        _ = try HTTPClient().stream(request("quiet"), idle: nil, lineLimit: 100) { line in
            if line != nil { lines += 1 }
            return line == nil
        }
        #expect(lines == 1)
        var pauses = 0
        _ = try HTTPClient().stream(request("no-head"), idle: nil, lineLimit: 100) { line in
            if line == nil { pauses += 1 }
            return pauses < 3
        }
        #expect(pauses == 3)
    }

    @Test func `A cancellation closes the connection of a silent stream at once`() throws {
        let cancellation = Cancellation()
        startThread("cancel") {
            usleep(200_000)
            cancellation.cancel()
        }
        let start = SuspendingClock().now
        let error = try failure {
            _ = try HTTPClient().stream(
                request("quiet"), idle: nil, lineLimit: 100, cancellation: cancellation, onLine: { _ in true })
        }
        #expect(error.kind == .cancelled)
        #expect(SuspendingClock().now - start < .seconds(5))
        var open = "?"
        for _ in 0..<100 where open != "0\n" {
            usleep(50_000)
            open = String(decoding: try HTTPClient().send(request("open")).body, as: UTF8.self)
        }
        #expect(open == "0\n")
    }
}

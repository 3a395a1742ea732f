// A client on a raw socket, for what curl cannot do: hang up, end its sending, read events one by one.
import FoundationEssentials
import Glibc
import Platform
import Synchronization
import TestSupport

/// One connection to pidd; each wait gives up after some seconds.
final class DeskClient: Sendable {
    struct Reply: Sendable {
        let status: Int
        /// By lower-case name.
        let headers: [String: String]
        let body: String

        func decoded<Value: Decodable>(_: Value.Type = Value.self) throws -> Value {
            try JSONDecoder().decode(Value.self, from: Data(body.utf8))
        }

        /// The problem that the body states.
        var problem: Problem? { try? decoded() }
    }

    struct Problem: Decodable, Sendable {
        struct Holder: Decodable {
            let uid: UInt32
            let program: String
            let request_id: String?
        }
        let code: String
        let status: Int
        let next_step: String
        let request_id: String
        let rd_code: Int?
        let field: String?
        let holder: Holder?
    }

    struct Capture: Decodable {
        let id: String
        let pid_data: String
        let nm_points: [Int]
        let q_score: [Int]
    }

    struct Event: Decodable, Sendable {
        let seq: UInt64
        let event: String
        let request_id: String?
        let uid: UInt32?
        let program: String?
        let state: String?
        let hint: String?
        let position: Int?
        let outcome: String?
        let index: Int?
        let of: Int?
        let finger: String?

        /// The event and, where there is one, what it says.
        var short: String {
            [event, state ?? hint ?? position.map(String.init) ?? outcome].compactMap(\.self).joined(separator: ":")
        }
    }

    private let socket: Mutex<Int32>
    private let unread = Mutex<[UInt8]>([])

    init(_ path: String) throws {
        let raw = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard raw >= 0 else { throw SystemError("socket") }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let status = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(raw, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status == 0 else { throw SystemError("connect", on: path) }
        socket = Mutex(raw)
    }

    deinit { hangUp() }

    /// Sends a request.
    @discardableResult
    func ask(_ method: String, _ path: String, id: String? = nil, wait: Int? = nil, json: String? = nil) -> DeskClient {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n"
        if let id { head += "Pidd-Request-Id: \(id)\r\n" }
        if let wait { head += "Prefer: wait=\(wait)\r\n" }
        if let json { head += "Content-Type: application/json\r\nContent-Length: \(json.utf8.count)\r\n" }
        return send(head + "\r\n" + (json ?? ""))
    }

    @discardableResult
    func send(_ text: String) -> DeskClient {
        let raw = socket.withLock { $0 }
        var text = text
        text.withUTF8 { bytes in _ = unsafe Glibc.send(raw, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL)) }
        return self
    }

    func endSending() { _ = shutdown(socket.withLock { $0 }, Int32(SHUT_WR)) }

    func hangUp() {
        socket.withLock { raw in
            if raw >= 0 { close(raw) }
            raw = -1
        }
    }

    /// The next answer, whole.
    func reply() async throws -> Reply {
        let (status, headers) = try await head()
        let length = Int(headers["content-length"] ?? "0") ?? 0
        return Reply(status: status, headers: headers, body: String(decoding: try await take(length), as: UTF8.self))
    }

    /// The head of an answer.
    func head() async throws -> (status: Int, headers: [String: String]) {
        let lines = try await take(upTo: "\r\n\r\n").split(separator: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let pair = line.split(separator: ":", maxSplits: 1)
            headers[pair[0].lowercased()] = pair.count == 2 ? String(pair[1].drop { $0 == " " }) : ""
        }
        return (Int(lines.first?.split(separator: " ").dropFirst().first ?? "") ?? -1, headers)
    }

    /// The next event of a stream; nil at its end.
    func event() async throws -> Event? {
        // CR LF is one Character.
        let size = Int(try await take(upTo: "\r\n").dropLast(), radix: 16) ?? 0
        let line = try await take(size)
        _ = try await take(2)
        return size == 0 ? nil : try JSONDecoder().decode(Event.self, from: Data(line))
    }

    /// Reads events up to one that is wanted and returns it.
    func event(_ short: String) async throws -> Event {
        while let event = try await event() {
            if event.short == short { return event }
        }
        throw RunningProgram.Overdue(description: "the events ended without \(short)")
    }

    /// Whether the daemon has closed the connection, within some seconds.
    func isClosed() async throws -> Bool {
        let deadline = SuspendingClock().now + .seconds(20)
        repeat {
            let count = fill()
            if count == 0 { return true }
            if count < 0 { try await Task.sleep(for: .milliseconds(2)) }
        } while SuspendingClock().now < deadline
        return false
    }

    // MARK: Bytes

    private func take(_ count: Int) async throws -> [UInt8] {
        try await take { $0.count >= count ? count : nil }
    }

    private func take(upTo end: String) async throws -> String {
        let end = Array(end.utf8)
        return String(
            decoding: try await take { bytes in
                guard bytes.count >= end.count else { return nil }
                return (0...(bytes.count - end.count)).first { bytes[$0...].starts(with: end) }.map { $0 + end.count }
            }, as: UTF8.self)
    }

    private func take(_ measure: ([UInt8]) -> Int?) async throws -> [UInt8] {
        let deadline = SuspendingClock().now + .seconds(20)
        repeat {
            let taken: [UInt8]? = unread.withLock { bytes in
                guard let count = measure(bytes) else { return nil }
                defer { bytes.removeFirst(count) }
                return Array(bytes.prefix(count))
            }
            if let taken { return taken }
            let count = fill()
            if count == 0 { throw RunningProgram.Overdue(description: "pidd closed the connection") }
            if count < 0 { try await Task.sleep(for: .milliseconds(2)) }
        } while SuspendingClock().now < deadline
        throw RunningProgram.Overdue(description: "no answer from pidd")
    }

    /// Reads what is there; 0 at the end, negative when there is nothing.
    private func fill() -> Int {
        var bytes = [UInt8](repeating: 0, count: 65536)
        let raw = socket.withLock { $0 }
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe recv(raw, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT))
        }
        if count > 0 { unread.withLock { $0 += bytes[..<count] } }
        return count < 0 && errno != EAGAIN && errno != EINTR ? 0 : count
    }
}

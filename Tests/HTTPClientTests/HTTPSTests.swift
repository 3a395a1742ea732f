// HTTPS against a real server on loopback that misbehaves on request.
import FoundationEssentials
import Glibc
import HTTPClient
import Platform
import Secrets
import Testing
import TestSupport

@Suite(.timeLimit(.minutes(10))) struct HTTPSTests {
    static let shared = Result { try TLSTestServer() }

    let server: TLSTestServer

    init() throws { server = try Self.shared.get() }

    func send(
        _ behaviour: String, _ tls: TLSOptions? = nil, method: String = "PUT", body: HTTPBody = .bytes([123, 125]),
        timeout: Duration = .seconds(10), limit: Int = 1 << 20, url: String? = nil, cancellation: Cancellation? = nil
    ) throws -> HTTPResponse {
        let request = HTTPRequest(
            method: method, url: url ?? server.url(behaviour), route: .tls(tls ?? TLSOptions(caFile: server.caFile)),
            headers: [("developer_key", "k"), ("Content-Type", "application/json")], body: body, timeout: timeout,
            bodyLimit: limit)
        return try HTTPClient().send(request, cancellation: cancellation)
    }

    func failure(_ body: () throws -> HTTPResponse) throws -> HTTPClientError {
        try #require(throws: HTTPClientError.self) { _ = try body() }
    }

    struct Echo: Decodable {
        let method, path, body: String
        let headers: [String: String]
    }

    @Test func `A secret body, its headers and any method arrive as given`() throws {
        let text = String(repeating: "<PidData attribute=\"é\"/>\n", count: 5000)
        let answer = try send("echo", body: .secret(SecretBytes(copying: Array(text.utf8))))
        let echo = try JSONDecoder().decode(Echo.self, from: Data(answer.body))
        #expect(answer.status == 200)
        #expect(answer.headers["retry-after"] == "7")
        #expect(echo.method == "PUT")
        #expect(echo.body == text)
        #expect(echo.headers["developer_key"] == "k")
        #expect(echo.headers["content-type"] == "application/json")
        #expect(echo.headers["expect"] == nil)
    }

    @Test func `The server's clock is read from the Date header`() throws {
        let date = try #require(try send("echo").date)
        #expect(abs(date - Int64(Date().timeIntervalSince1970)) < 60)
        #expect(HTTPResponse(status: 200, headers: ["date": "Sun, 06 Nov 1994 08:49:37 GMT"]).date == 784_111_777)
        #expect(HTTPResponse(status: 200, headers: ["date": "soon"]).date == nil)
    }

    @Test func `A server that another authority vouches for is refused before anything is sent`() throws {
        let error = try failure { try send("echo", TLSOptions(caFile: server.otherCAFile)) }
        #expect(error.kind == .tlsRefused)
        #expect(!error.wasSent)
    }

    @Test func `The system's authorities do not vouch for a server of the test`() throws {
        #expect(try failure { try send("echo", TLSOptions()) }.kind == .tlsRefused)
    }

    @Test func `A name that the certificate does not have is refused`() throws {
        let error = try failure { try send("", url: "https://127.0.0.1:\(server.port)/echo") }
        #expect(error.kind == .tlsRefused)
    }

    @Test func `A pinned key is accepted and another refused`() throws {
        var tls = TLSOptions(caFile: server.caFile, pinnedKeys: [server.pin])
        #expect(try send("echo", tls).status == 200)
        tls.pinnedKeys = ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]
        let error = try failure { try send("echo", tls) }
        #expect(error.kind == .tlsRefused)
        #expect(!error.wasSent)
    }

    @Test func `A server that is down was sent nothing`() throws {
        let error = try failure { try send("", url: "https://localhost:1/x") }
        #expect(error.kind == .unreachable)
        #expect(!error.wasSent)
    }

    @Test func `A slow answer ends with the timeout and the note that the request was sent`() throws {
        let error = try failure { try send("slow", timeout: .seconds(4)) }
        #expect(error.kind == .timeout)
        #expect(error.wasSent)
    }

    @Test(arguments: ["cut", "cut-answer"])
    func `A connection cut before the end of the answer leaves the request sent`(behaviour: String) throws {
        let error = try failure { try send(behaviour) }
        #expect(error.kind == .broken)
        #expect(error.wasSent)
    }

    @Test func `A redirect is an answer and is not followed`() throws {
        let answer = try send("redirect")
        #expect(answer.status == 302)
        #expect(answer.body.isEmpty)
    }

    @Test func `An answer beyond its limit is refused`() throws {
        let error = try failure { try send("huge") }
        #expect(error.kind == .tooLarge)
        #expect(error.cause.contains("1048576"))
    }

    @Test func `Plain http is not spoken over TCP`() throws {
        let error = try failure { try send("", url: "http://localhost:\(server.port)/echo") }
        #expect(error.kind == .configuration)
        #expect(!error.wasSent)
    }

    @Test func `A CA file that is not there is a matter of configuration`() throws {
        #expect(try failure { try send("echo", TLSOptions(caFile: "/nowhere.pem")) }.kind == .configuration)
    }

    @Test func `A running request ends soon after it is cancelled from another thread`() throws {
        let cancellation = Cancellation()
        startThread("cancel") {
            usleep(200_000)
            cancellation.cancel()
        }
        let error = try failure { try send("slow", cancellation: cancellation) }
        #expect(error.kind == .cancelled)
    }
}

// A client in the field announces more bytes than it sends.
import HTTPWire
import Secrets
import Testing

@Suite struct PidOptionsLeniencyTests {
    let options = "<PidOptions ver=\"1.0\"><Opts fCount=\"1\"/></PidOptions>"

    func capture(_ body: String, announcing length: Int) -> String {
        "CAPTURE /rd/capture HTTP/1.1\r\nContent-Length: \(length)\r\n\r\n\(body)"
    }

    @Test func `a CAPTURE is complete at the end of its PidOptions, and closes the connection`() throws {
        let outcome = parse(capture(options, announcing: 190), dialect: .rdClients)
        let request = try #require(outcome.requests.first)
        #expect(request.body == SecretBytes(copying: options.utf8))
        #expect(!request.keepsAlive)
    }

    @Test func `what comes after the early end is not read as a request`() {
        let outcome = parse(
            capture(options + "\r\nGET /evil HTTP/1.1\r\n\r\n", announcing: 190), dialect: .rdClients)
        #expect(outcome.requests.count == 1)
        #expect(outcome.refusal == nil)
    }

    @Test func `an exact length keeps the connection`() {
        let two = capture(options, announcing: options.utf8.count)
        #expect(parse(two + two, dialect: .rdClients).requests.map(\.keepsAlive) == [true, true])
    }

    @Test func `by default the announced length is waited for`() {
        #expect(parse(capture(options, announcing: 190)).requests.isEmpty)
    }

    @Test func `other methods are taken by their length alone`() {
        let text = "POST / HTTP/1.1\r\nContent-Length: 190\r\n\r\n\(options)"
        #expect(parse(text, dialect: .rdClients).requests.isEmpty)
    }

    @Test func `a body without PidOptions ends at its length`() {
        #expect(parse(capture("<PidOptions/>", announcing: 13), dialect: .rdClients).requests.count == 1)
        #expect(parse(capture("</PidOption", announcing: 11), dialect: .rdClients).requests.count == 1)
    }

    @Test func `however the bytes are cut, the end is found at the same place`() {
        let bytes = Array(capture("</PidOption</PidOptions" + options + "\n", announcing: 190).utf8)
        let whole = parse([bytes[...]], dialect: .rdClients)
        #expect(whole.requests.first?.body == SecretBytes(copying: ("</PidOption</PidOptions" + options).utf8))
        for index in bytes.indices {
            #expect(parse([bytes[..<index], bytes[index...]], dialect: .rdClients) == whole)
        }
        #expect(parse(bytes.indices.map { bytes[$0...$0] }, dialect: .rdClients) == whole)
    }
}

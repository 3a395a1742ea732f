// HTTP heads and bodies, in both dialects of the request parser.
import HTTPWire
import Secrets

extension FuzzTarget {
    static let httpStrict = FuzzTarget(name: "http-strict", largestInput: 4096) { checkHTTP($0, .strict) }
    static let httpClients = FuzzTarget(name: "http-clients", largestInput: 4096) { checkHTTP($0, .rdClients) }
}

/// The outcome of a byte stream, however it is cut.
private struct Outcome: Equatable {
    var requests: [HTTPRequest] = []
    var refusal: HTTPRefusal?
}

private func checkHTTP(_ input: [UInt8], _ dialect: RequestParser.Dialect) {
    var limits = RequestLimits()
    // Small enough for the fuzzer to meet them.
    (limits.head, limits.requestLine, limits.headers, limits.body) = (1024, 256, 8, 512)
    let whole = outcome(of: input, pieces: max(1, input.count), limits, dialect)
    promise(whole == outcome(of: input, pieces: 1, limits, dialect), "a stream means the same however it is cut")
    promise(whole == outcome(of: input, pieces: 7, limits, dialect), "a stream means the same however it is cut")
    for request in whole.requests {
        promise(request.body.count <= limits.body, "no body is larger than its limit")
        promise(request.method.utf8.count <= 32, "no method is larger than its limit")
    }
}

private func outcome(
    of input: [UInt8], pieces: Int, _ limits: RequestLimits, _ dialect: RequestParser.Dialect
) -> Outcome {
    var parser = RequestParser(limits: limits, dialect: dialect)
    var outcome = Outcome()
    do throws(HTTPRefusal) {
        for start in stride(from: 0, to: input.count, by: pieces) {
            parser.append(input[start..<min(start + pieces, input.count)])
            while let request = try parser.next() { outcome.requests.append(request) }
        }
    } catch {
        outcome.refusal = error
    }
    return outcome
}

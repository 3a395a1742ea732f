// Streams of bytes for the parser tests, and ways to cut them.
import HTTPWire

/// What a parser makes of a stream: the requests, and the refusal that ended it.
struct Outcome: Equatable {
    var requests: [HTTPRequest] = []
    var refusal: HTTPRefusal?
}

/// Feeds pieces one after another, asking for requests after each.
func parse(
    _ pieces: [ArraySlice<UInt8>], limits: RequestLimits = RequestLimits(), dialect: RequestParser.Dialect = .strict
) -> Outcome {
    var parser = RequestParser(limits: limits, dialect: dialect)
    var outcome = Outcome()
    for piece in pieces {
        parser.append(piece)
        do throws(HTTPRefusal) {
            while let request = try parser.next() { outcome.requests.append(request) }
        } catch {
            outcome.refusal = error
        }
    }
    return outcome
}

func parse(
    _ text: String, limits: RequestLimits = RequestLimits(), dialect: RequestParser.Dialect = .strict
) -> Outcome {
    parse([Array(text.utf8)[...]], limits: limits, dialect: dialect)
}

/// The same numbers at every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// Cuts bytes into pieces of random lengths, some of them empty.
func cut(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [ArraySlice<UInt8>] {
    var pieces: [ArraySlice<UInt8>] = []
    var index = 0
    while index < bytes.count {
        let end = min(
            bytes.count,
            index + Int.random(in: 0...[1, 3, 40, 5000].randomElement(using: &generator)!, using: &generator))
        pieces.append(bytes[index..<end])
        index = end
    }
    return pieces
}

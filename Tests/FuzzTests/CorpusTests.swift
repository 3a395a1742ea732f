// Every input of the corpora, and every input that once broke something, through its parser.
import FuzzTargets
import Testing

@Suite struct CorpusTests {
    @Test(arguments: FuzzTarget.all.map(\.name))
    func `every input of the corpus keeps the promises of its parser`(_ name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        let inputs = try corpus(name)
        #expect(!inputs.isEmpty)
        for input in inputs { target.check(input) }
    }

    @Test(arguments: FuzzTarget.all.map(\.name))
    func `an input cut short or with one byte changed keeps the promises too`(_ name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        for input in try corpus(name) {
            for length in stride(from: 0, to: input.count, by: max(1, input.count / 64)) {
                target.check([UInt8](input[..<length]))
                var changed = input
                changed[length] ^= 0x55
                target.check(changed)
            }
        }
    }
}

// The signing vectors that Eko publishes and those recomputed for the API notes, wrong ones included.
import EkoAPI
import Secrets
import Synchronization
import Testing

struct SignatureTests {
    func key(_ text: String) throws -> AccessKey { try AccessKey(SecretBytes(copying: Array(text.utf8))) }

    @Test(arguments: [
        ("pidd-example-access-key-0001", "1767225600000", "aJXK5IaC2KjK9t8pWd9Fq2YgAtwrhERDvB+heDpor84="),
        ("11111111-2222-3333-4444-555555555555", "1516705204593", "7+q48BN4DMvNcZcCfiiCOpAspEiKnnBK113Ty1AtcuI="),
        ("किसी-कुंजी-é", "1750000000123", "djEnhl+bs6qR86fxZ7SqGsImc83N7IyqNLwMM+8J4do="),
        ("a", "1", "xqjN1ZmKZA/1Tlr37T7kCArAYvFFhUTIHAQno+s8IGs="),
        ("TEST_ACCESS_KEY_DO_NOT_USE", "1700000000000", "u30ak/iOGwKCaspqCeiYng8fd98QDx7kF3DBBOadQHk="),
        ("test-access-key-123", "1700000000000", "88lqTf9ew69XbVbeczjxVL8/B4vibfp1MvTi1mIj2Xo="),
    ])
    func `The signature of a published example is the published one`(vector: (String, String, String)) throws {
        #expect(try key(vector.0).signature(for: vector.1) == vector.2)
    }

    @Test(arguments: [
        "WlEZVoY7Lkw50HpaRLFP2wRCNhSW6SrM60umPk51RAQ=",
        "ceUXm1GmMmAK4GQlOck/XgQ3Me1MEG1gUv5zbWxgBrM=",
        "Njg5NWNhZTQ4NjgyZDhhOGNhZjZkZjI5NTlkZjQ1YWI2NjIwMDJkYzJiODQ0NDQzYmMxZmExNzgzYTY4YWZjZQ==",
        "aPCr/2UhorsWOoJ4GT+wPabNBMVY/kJOo8rNwuR2In4=",
        "OvqZNLgp1XjVbwXv2EQednMhfwTweBfNHseVzil1TL4=",
    ])
    func `No usual mistake is made`(wrong: String) throws {
        #expect(try key("pidd-example-access-key-0001").signature(for: "1767225600000") != wrong)
    }

    @Test func `The seconds of the mistake table give its wrong signature, so the table tests what it says`() throws {
        let signature = try key("pidd-example-access-key-0001").signature(for: "1767225600")
        #expect(signature == "aPCr/2UhorsWOoJ4GT+wPabNBMVY/kJOo8rNwuR2In4=")
    }

    @Test func `A line end after the key in its file does not count`() throws {
        let signature = try key("pidd-example-access-key-0001\r\n").signature(for: "1767225600000")
        #expect(signature == "aJXK5IaC2KjK9t8pWd9Fq2YgAtwrhERDvB+heDpor84=")
    }

    @Test func `An empty key is refused`() {
        #expect(throws: InvalidInput.self) { try key(" \n") }
    }

    @Test func `A key shows nothing of itself`() throws {
        let key = try key("pidd-example-access-key-0001")
        #expect(!"\(key)".contains("pidd"))
        var dumped = ""
        dump(key, to: &dumped)
        #expect(!dumped.contains("pidd-example"))
    }

    @Test func `Timestamps increase by every request, even when the clock stands still or goes back`() throws {
        let times = Mutex([1_700_000_000_005, 1_700_000_000_005, 1_700_000_000_001, 1_700_000_000_100] as [Int64])
        let signer = Signer(key: try key("a")) { times.withLock { $0.removeFirst() } }
        let stamps = try (0..<4).map { _ in try signer.sign().timestamp }
        #expect(stamps == ["1700000000005", "1700000000006", "1700000000007", "1700000000100"])
    }

    @Test func `A timestamp from the clock has 13 digits and goes with its signature`() throws {
        let key = try key("a")
        let signature = try Signer(key: key).sign()
        #expect(signature.timestamp.count == 13)
        #expect(signature.secretKey == key.signature(for: signature.timestamp))
    }
}

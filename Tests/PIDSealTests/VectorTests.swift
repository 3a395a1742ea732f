// The vectors of spec/rd-service.md 2.6, byte for byte; other programs made them.
import Biometrics
import Crypto
@testable import PIDSeal
import RDProtocol
import Secrets
import Testing

@Suite struct VectorTests {
    private let timestamp = PIDTimestamp(secondsSinceEpoch: vectorTime)
    private let sessionKey = SecretBytes(copying: (0..<32).map { UInt8($0) })
    private let record = SecretBytes(
        copying: bytes(hex: "464d5200203230000000002a00000100016800c500c5010000003c02406400c840508032004bc8460000"))

    @Test func `the time is Indian, its ends are nonce and additional data`() {
        #expect(timestamp.text == "2024-01-15T10:20:30")
        #expect(timestamp.nonce == bytes(hex: "2d31355431303a32303a3330"))
        #expect(timestamp.additionalData == bytes(hex: "342d30312d31355431303a32303a3330"))
        // Midnight in India is 18:30 of the day before in UTC; a leap day.
        #expect(PIDTimestamp(secondsSinceEpoch: 1_709_145_000).text == "2024-02-29T00:00:00")
        #expect(PIDTimestamp(secondsSinceEpoch: 1_709_144_999).text == "2024-02-28T23:59:59")
    }

    @Test func `Data and Hmac of the vector come out`() throws {
        let plaintext = SecretBytes(
            copying: Array(#"<Pid ts="2024-01-15T10:20:30" ver="2.0" wadh=""><Bios dih="AAAA"></Bios></Pid>"#.utf8))
        #expect(upperHex(sha256(plaintext)) == "437BDD3C23F92D49870BF0BC963BC0AB816333A29DB0548A0720196756342F58")
        let (data, hmac) = try Seal.encrypt(plaintext, key: sessionKey, timestamp: timestamp)
        #expect(
            data
                == "MjAyNC0wMS0xNVQxMDoyMDozMPGLRAVKO/fnkgJtwAbCmPEQW3YpQ5lO9ldHTvBjNyEcknXNUOqCJ5gupFN7CdZKSEI+Axj3XcFhc11iYsNMr4aHNzHbSj/CsOaWLdPn6ZgjBVl6BufduicwfjpkPcM="
        )
        #expect(hmac == "jqDwXUm2qZM3O61OpNRoa7wJcN/vGSBOYF1kpxcjeCG/uWaFO5ip44Z6p0h3Jwcd")
    }

    @Test func `the signed message of the vector comes out`() {
        let message = PIDBlock.signedMessage(record, timestamp, dc: "01234567-89ab-cdef-0123-456789abcdef")
        #expect(message.count == 87)
        #expect(
            upperHex(Array(message.prefix(32))) == "63F863BF9754471ED71E155A03A42951802DF3993D9E0F2F78192C985E754176")
        #expect(upperHex(sha256(message)) == "EB41D6FEDFF75E21441D07E0C6ABEAC97B2C4968F9D8B3F331D66CF6DED45E81")
    }

    // The idHash texts are SHA-256 of the serial SN0001 and of dc, by Python's hashlib.
    @Test(arguments: [
        (
            "91CB49FDBB972AFC4AE406884DA95845643521E360A2FC7FA34C36B39A280536",
            "F/y3n4MUOmeLNgmCmYLfy8Y6ufu42jNMv5KmCXOf0M8="
        ),
        (
            "91cb49fdbb972afc4ae406884da95845643521e360a2fc7fa34c36b39a280536",
            "Fhub6vcucYIOU3xlcgkdLN+PO6GUtthiDU1KDNpQ8QA="
        ),
        ("kctJ/buXKvxK5AaITalYRWQ1IeNgovx/o0w2s5ooBTY=", "K/3ojKkWMt7QBoPtADf0YJevxYSMDiY8LJEQ6HVyDm0="),
        (
            "A23D006BB020A81DFD1AFA15968E07DCAE8A9E0016934B97496D839B8AAC8FEA",
            "JEeMHZID+MtuMixlkWA4W4ouKYsKkTodVL26ORCHtQc="
        ),
    ])
    func `dih of the vectors comes out for every form of idHash`(idHash: String, expected: String) {
        let identity = DeviceIdentity(
            dpId: "EXAMPLE.DP", rdsId: "EXAMPLE.LNX.001", rdsVer: "1.0.0", dc: "01234567-89ab-cdef-0123-456789abcdef",
            mi: "MODEL1", idHash: idHash)
        #expect(identity.dih == expected)
    }
}

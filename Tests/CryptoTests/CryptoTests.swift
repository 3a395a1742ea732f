// The wrappers over libcrypto, against the specification's vectors and against openssl itself.
import Crypto
import Secrets
import Testing

@Suite struct CryptoTests {
    private let key = SecretBytes(copying: (0..<32).map { UInt8($0) })

    @Test func `SHA-256 of the empty text is the published one`() {
        // FIPS 180-4 example value.
        #expect(
            upperHex(sha256([])) == "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855")
    }

    @Test func `HMAC-SHA-256 gives the first vector of RFC 4231`() {
        let key = SecretBytes(copying: [UInt8](repeating: 0x0b, count: 20))
        #expect(
            upperHex(hmacSHA256(key: key, message: Array("Hi There".utf8)))
                == "B0344C61D8DB38535CA8AFCEAF0BF12B881DC200C9833DA726E9376C2E32CFF7")
    }

    @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")])
    func `base64 gives and takes the vectors of RFC 4648`(text: String, encoded: String) throws {
        #expect(base64(Array(text.utf8)) == encoded)
        #expect(try decodeBase64(encoded.utf8) == Array(text.utf8))
    }

    @Test(arguments: ["Zg", "Zg=", "Z===", "Zm9v\n", "Zm9-", "Zh==", "=Zg=", "Zm 9v"])
    func `base64 refuses every text but the one that an encoder would write`(text: String) {
        #expect(throws: CryptoError.self) { try decodeBase64(text.utf8) }
    }

    @Test func `AES-GCM opens what it sealed and notices every changed byte`() throws {
        let nonce = [UInt8](repeating: 1, count: 12)
        let plaintext = SecretBytes(copying: Array("a secret".utf8))
        var sealed = try AESGCM.seal(key: key, nonce: nonce, aad: [7], plaintext: plaintext)
        #expect(try AESGCM.open(key: key, nonce: nonce, aad: [7], sealed: sealed).isEqual(to: plaintext))
        #expect(throws: CryptoError.self) { try AESGCM.open(key: key, nonce: nonce, aad: [8], sealed: sealed) }
        for index in sealed.indices {
            sealed[index] ^= 1
            #expect(throws: CryptoError.self) { try AESGCM.open(key: key, nonce: nonce, aad: [7], sealed: sealed) }
            sealed[index] ^= 1
        }
    }

    @Test func `a signature holds for its message and key only`() throws {
        let key = try PrivateKey(generatingBits: 2048)
        let signature = try key.signSHA256([1, 2, 3])
        #expect(signature.count == 256)
        #expect(try key.publicKey.verifiesSHA256(signature, of: [1, 2, 3]))
        #expect(try !key.publicKey.verifiesSHA256(signature, of: [1, 2, 4]))
        #expect(try !PrivateKey(generatingBits: 2048).publicKey.verifiesSHA256(signature, of: [1, 2, 3]))
    }

    @Test func `a private key survives its PEM form and decrypts what its public half encrypted`() throws {
        let key = try PrivateKey(generatingBits: 2048)
        let again = try PrivateKey(pem: key.pem)
        let secret = try randomSecret(count: 32)
        let sealed = try key.publicKey.encryptPKCS1(secret)
        #expect(sealed.count == 256)
        #expect(try again.decryptPKCS1(sealed).isEqual(to: secret))
        #expect(throws: CryptoError.self) { try PrivateKey(pem: SecretBytes(copying: Array("nonsense".utf8))) }
    }

    @Test func `a certificate holds below its own authority and within its time only`() throws {
        let validity: Range<Int64> = 1_700_000_000..<1_702_591_999
        let authority = try CertificateAuthority(
            selfSigned: .init(commonName: "Test root", isAuthority: true, validity: validity))
        let stranger = try CertificateAuthority(
            selfSigned: .init(commonName: "Other root", isAuthority: true, validity: validity))
        let key = try PrivateKey(generatingBits: 2048)
        let issued = try authority.issue(.init(commonName: "rd_device_x", validity: validity), for: key.publicKey)
        let certificate = try Certificate(pemOrDER: Array(issued.pem.utf8))
        #expect(certificate.der == issued.der)
        #expect(certificate.commonName == "rd_device_x")
        #expect(certificate.notBefore == 1_700_000_000)
        #expect(certificate.notAfter == 1_702_591_999)
        #expect(certificate.expiryDate == "20231214")
        #expect(certificate.matches(key))
        #expect(!certificate.matches(authority.key))
        try certificate.verify(roots: [authority.certificate], at: 1_700_000_001)
        #expect(throws: CryptoError.self) { try certificate.verify(roots: [authority.certificate], at: 1_702_592_000) }
        #expect(throws: CryptoError.self) { try certificate.verify(roots: [authority.certificate], at: 1_699_999_999) }
        #expect(throws: CryptoError.self) { try certificate.verify(roots: [stranger.certificate], at: 1_700_000_001) }
    }
}

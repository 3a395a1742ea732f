// Issuing certificates, for test identities only: a real device's certificate comes from its device provider.
import CCrypto
import Glibc

/// A key and the certificate that lets it sign others.
package struct CertificateAuthority: Sendable {
    package let certificate: Certificate
    package let key: PrivateKey

    package init(certificate: Certificate, key: PrivateKey) {
        self.certificate = certificate
        self.key = key
    }

    /// What a certificate is to say.
    package struct Request: Sendable {
        /// The subject's common name.
        package var commonName: String
        /// Whether it may sign other certificates.
        package var isAuthority: Bool
        /// Names or addresses of a TLS server, such as `DNS:localhost` or `IP:127.0.0.1`; empty for others.
        package var alternativeNames: [String]
        /// First and last second of validity, seconds since the Unix epoch.
        package var validity: Range<Int64>

        package init(
            commonName: String, isAuthority: Bool = false, alternativeNames: [String] = [], validity: Range<Int64>
        ) {
            self.commonName = commonName
            self.isAuthority = isAuthority
            self.alternativeNames = alternativeNames
            self.validity = validity
        }
    }

    /// Makes an authority whose certificate is signed by its own new RSA-2048 key.
    ///
    /// - Throws: `CryptoError` when libcrypto fails.
    package init(selfSigned request: Request) throws(CryptoError) {
        let key = try PrivateKey(generatingBits: 2048)
        let certificate = try Self.issue(request, for: key.publicKey, signedBy: key, issuer: nil)
        self.init(certificate: certificate, key: key)
    }

    /// Signs a certificate for somebody else's key, with SHA-256.
    ///
    /// - Throws: `CryptoError` when libcrypto fails.
    package func issue(_ request: Request, for publicKey: PublicKey) throws(CryptoError) -> Certificate {
        try Self.issue(request, for: publicKey, signedBy: key, issuer: certificate)
    }

    private static func issue(
        _ request: Request, for publicKey: PublicKey, signedBy key: PrivateKey, issuer: Certificate?
    ) throws(CryptoError) -> Certificate {
        let raw = unsafe try made(X509_new(), "making a certificate")
        let certificate = unsafe Certificate(owning: raw)
        unsafe try check(X509_set_version(raw, 2), "making a certificate")  // 2 means version 3
        var serial = try randomBytes(count: 16)
        serial[0] = serial[0] & 0x7f | 0x40  // positive, and always 16 bytes
        let number = unsafe BN_bin2bn(serial, Int32(serial.count), nil)
        defer { unsafe BN_free(number) }
        unsafe BN_to_ASN1_INTEGER(number, X509_get_serialNumber(raw))
        unsafe ASN1_TIME_set(X509_getm_notBefore(raw), time_t(request.validity.lowerBound))
        unsafe ASN1_TIME_set(X509_getm_notAfter(raw), time_t(request.validity.upperBound))
        unsafe try check(
            X509_NAME_add_entry_by_txt(
                X509_get_subject_name(raw), "CN", MBSTRING_UTF8, request.commonName, -1, -1, 0), "making a certificate")
        unsafe try check(
            X509_set_issuer_name(raw, X509_get_subject_name(issuer?.raw ?? raw)), "making a certificate")
        unsafe try check(X509_set_pubkey(raw, publicKey.raw), "making a certificate")
        unsafe try add(NID_basic_constraints, request.isAuthority ? "critical,CA:TRUE" : "critical,CA:FALSE", to: raw)
        unsafe try add(
            NID_key_usage,
            request.isAuthority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature,keyEncipherment",
            to: raw)
        if !request.alternativeNames.isEmpty {
            unsafe try add(NID_subject_alt_name, request.alternativeNames.joined(separator: ","), to: raw)
        }
        // Key identifiers, which strict verifiers want; the authority's is taken from the issuer.
        unsafe try add(NID_subject_key_identifier, "hash", to: raw, issuer: issuer?.raw ?? raw)
        if let issuer { unsafe try add(NID_authority_key_identifier, "keyid:always", to: raw, issuer: issuer.raw) }
        guard unsafe X509_sign(raw, key.raw, EVP_sha256()) > 0 else {
            throw CryptoError(failed: "signing the certificate")
        }
        return certificate
    }

    private static func add(
        _ extensionID: Int32, _ value: String, to certificate: OpaquePointer, issuer: OpaquePointer? = nil
    ) throws(CryptoError) {
        var context = unsafe X509V3_CTX()
        unsafe X509V3_set_ctx(&context, issuer, certificate, nil, nil, 0)
        let added = unsafe try made(X509V3_EXT_conf_nid(nil, &context, extensionID, value), "adding \(value)")
        defer { unsafe X509_EXTENSION_free(added) }
        unsafe try check(X509_add_ext(certificate, added, -1), "adding \(value)")
    }
}

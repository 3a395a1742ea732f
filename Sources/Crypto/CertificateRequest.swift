// PKCS#10: what a device provider gets to make a certificate of.
import CCrypto

/// A certificate signing request (RFC 2986), signed by the key that it is for with SHA-256.
package struct CertificateRequest: Sendable {
    package let der: [UInt8]

    /// Makes a request.
    ///
    /// - Parameters:
    ///   - key: the key to be certified; it may be in a token or TPM.
    ///   - subject: attributes by their short names, such as `("CN", "rd_device")`, of at most 64 characters each.
    /// - Throws: `CryptoError` when the key cannot sign.
    package init(for key: PrivateKey, subject: [(name: String, value: String)]) throws(CryptoError) {
        let request = unsafe try made(X509_REQ_new(), "making a request")
        defer { unsafe X509_REQ_free(request) }
        unsafe try check(X509_REQ_set_version(request, 0), "making a request")  // 0 means version 1
        for (name, value) in subject {
            unsafe try check(
                X509_NAME_add_entry_by_txt(
                    X509_REQ_get_subject_name(request), name, MBSTRING_UTF8, value, -1, -1, 0), "making a request")
        }
        let publicKey = try key.publicKey
        unsafe try check(X509_REQ_set_pubkey(request, publicKey.raw), "making a request")
        let context = unsafe try made(EVP_MD_CTX_new(), "signing the request")
        defer { unsafe EVP_MD_CTX_free(context) }
        unsafe try key.beginSigning(context)
        guard unsafe X509_REQ_sign_ctx(request, context) > 0 else { throw CryptoError(failed: "signing the request") }
        var bytes: UnsafeMutablePointer<UInt8>?
        let count = unsafe i2d_X509_REQ(request, &bytes)
        defer { unsafe ccrypto_free(bytes) }
        der = unsafe Array(UnsafeBufferPointer(start: bytes, count: Int(max(count, 0))))
    }

    /// The request between its BEGIN and END lines.
    package var pem: String { armoured(der, "CERTIFICATE REQUEST") }
}

/// PEM in lines of 64 characters.
func armoured(_ der: [UInt8], _ label: String) -> String {
    let text = Array(base64(der).utf8)
    let lines = stride(from: 0, to: text.count, by: 64).map {
        String(decoding: text[$0..<min($0 + 64, text.count)], as: UTF8.self)
    }
    return (["-----BEGIN \(label)-----"] + lines + ["-----END \(label)-----", ""]).joined(separator: "\n")
}

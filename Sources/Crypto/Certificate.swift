// X.509 certificates: reading, what they say, and whether they hold.
import CCrypto
import Glibc
import Platform

/// An X.509 certificate.
package final class Certificate: Sendable {
    /// The X509, which this object owns; it is not changed after it was read or signed.
    private let address: UInt

    init(owning certificate: OpaquePointer) { address = UInt(bitPattern: certificate) }

    /// Reads DER.
    ///
    /// - Throws: `CryptoError` when it is no certificate or bytes follow it.
    package convenience init(der: [UInt8]) throws(CryptoError) {
        var used = 0
        let certificate = unsafe der.withUnsafeBufferPointer { bytes in
            var next = bytes.baseAddress
            let certificate = unsafe d2i_X509(nil, &next, bytes.count)
            used = unsafe next.map { unsafe $0 - bytes.baseAddress! } ?? 0
            return unsafe certificate
        }
        unsafe self.init(owning: try made(certificate, "reading the certificate"))
        guard used == der.count else { throw CryptoError("certificate-trailing", "bytes follow the certificate") }
    }

    /// Reads a certificate in PEM, or in DER when it does not begin like PEM.
    ///
    /// - Throws: `CryptoError` when it is neither.
    package convenience init(pemOrDER bytes: [UInt8]) throws(CryptoError) {
        guard bytes.starts(with: "-----BEGIN".utf8) else {
            try self.init(der: bytes)
            return
        }
        let certificate = unsafe bytes.withUnsafeBytes { bytes -> OpaquePointer? in
            guard let bio = unsafe BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else { return nil }
            defer { unsafe BIO_free(bio) }
            return unsafe PEM_read_bio_X509(bio, nil, nil, nil)
        }
        unsafe self.init(owning: try made(certificate, "reading the certificate"))
    }

    deinit { unsafe X509_free(raw) }

    var raw: OpaquePointer { unsafe OpaquePointer(bitPattern: address)! }

    package var der: [UInt8] {
        var bytes: UnsafeMutablePointer<UInt8>?
        let count = unsafe i2d_X509(raw, &bytes)
        defer { unsafe ccrypto_free(bytes) }
        return unsafe Array(UnsafeBufferPointer(start: bytes, count: Int(max(count, 0))))
    }

    /// The certificate between its BEGIN and END lines, in lines of 64 characters.
    package var pem: String { armoured(der, "CERTIFICATE") }

    /// The key that the certificate vouches for.
    ///
    /// - Throws: `CryptoError` when it is not an RSA key.
    package var publicKey: PublicKey {
        get throws(CryptoError) {
            unsafe try PublicKey(owning: made(X509_get_pubkey(raw), "reading the certificate's key"))
        }
    }

    /// The common name of the subject, or an empty text.
    package var commonName: String {
        var text = [CChar](repeating: 0, count: 256)
        let length = unsafe X509_NAME_get_text_by_NID(
            X509_get_subject_name(raw), NID_commonName, &text, Int32(text.count))
        return String(decoding: text.prefix(Int(max(length, 0))).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The first second of validity, in seconds since the Unix epoch.
    package var notBefore: Int64 { unsafe Self.seconds(X509_get0_notBefore(raw)) }

    /// The last second of validity, in seconds since the Unix epoch.
    package var notAfter: Int64 { unsafe Self.seconds(X509_get0_notAfter(raw)) }

    /// The last day of validity in UTC as `YYYYMMDD`, which is `ci` of Skey (spec/rd-service.md 2.5).
    package var expiryDate: String { CivilTime(secondsSinceEpoch: notAfter).compactDate }

    private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64 {
        var parts = unsafe tm()
        guard unsafe ASN1_TIME_to_tm(time, &parts) == 1 else { return 0 }
        return Int64(unsafe timegm(&parts))
    }

    /// Whether `key` is the private half of the certificate's key; its public half is enough to know.
    package func matches(_ key: PrivateKey) -> Bool {
        guard let own = try? publicKey.der, let other = try? key.publicKey.der else { return false }
        return own == other
    }

    /// Whether it was signed as UIDAI wants it, sha256WithRSAEncryption (spec/rd-service.md 1.3).
    package var isSignedWithRSASHA256: Bool { unsafe X509_get_signature_nid(raw) == NID_sha256WithRSAEncryption }

    /// All certificates of a PEM file, or the one of a DER file.
    ///
    /// - Throws: `CryptoError` when there is none, or one is damaged.
    package static func all(pemOrDER bytes: [UInt8]) throws(CryptoError) -> [Certificate] {
        guard bytes.starts(with: "-----BEGIN".utf8) else { return [try Certificate(der: bytes)] }
        let begin = Array("-----BEGIN".utf8)
        let starts = bytes.indices.filter { bytes[$0] == begin[0] && bytes[$0...].starts(with: begin) }
        var all: [Certificate] = []
        for (start, end) in zip(starts, starts.dropFirst() + [bytes.count]) {
            all.append(try Certificate(pemOrDER: Array(bytes[start..<end])))
        }
        return all
    }

    /// Checks the chain up to one of `roots` and the validity of every part at a time.
    ///
    /// - Parameters:
    ///   - roots: the authorities that are trusted, whether they signed themselves or not.
    ///   - intermediates: certificates that may stand between.
    ///   - time: seconds since the Unix epoch.
    /// - Throws: `CryptoError` with code `chain-invalid` and libcrypto's reason.
    package func verify(roots: [Certificate], intermediates: [Certificate] = [], at time: Int64) throws(CryptoError) {
        let store = unsafe try made(X509_STORE_new(), "checking the certificate")
        defer { unsafe X509_STORE_free(store) }
        for root in roots { unsafe X509_STORE_add_cert(store, root.raw) }
        let others = unsafe try made(OPENSSL_sk_new_null(), "checking the certificate")
        defer { unsafe OPENSSL_sk_free(others) }
        for certificate in intermediates { unsafe OPENSSL_sk_push(others, UnsafeRawPointer(certificate.raw)) }
        let context = unsafe try made(X509_STORE_CTX_new(), "checking the certificate")
        defer {
            unsafe X509_STORE_CTX_free(context)
            ERR_clear_error()
        }
        unsafe try check(X509_STORE_CTX_init(context, store, raw, others), "checking the certificate")
        unsafe X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(context), UInt(X509_V_FLAG_PARTIAL_CHAIN))
        unsafe X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(context), Int(time))
        guard unsafe X509_verify_cert(context) == 1 else {
            let reason = unsafe String(cString: X509_verify_cert_error_string(Int(X509_STORE_CTX_get_error(context))))
            throw CryptoError("chain-invalid", "the certificate does not hold: \(reason)")
        }
    }
}

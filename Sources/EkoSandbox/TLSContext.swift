// libssl's settings for all connections: TLS 1.2 or newer, one certificate, and clients' certificates where they are wanted.
import CSSL
import Crypto
import Secrets

/// TLS could not be set up.
struct TLSError: Error, CustomStringConvertible {
    let description: String

    /// Takes libssl's reason off the error queue.
    init(_ operation: String) {
        let number = ERR_get_error()
        ERR_clear_error()
        let reason = unsafe ERR_reason_error_string(number).map { unsafe ": \(String(cString: $0))" } ?? ""
        description = operation + reason
    }
}

/// An SSL_CTX, made once and shared by all connections.
final class TLSContext: Sendable {
    /// The SSL_CTX, which this object owns; libssl counts references with atomics, and nothing is set after `init`.
    private let address: UInt

    init(_ identity: TLSIdentity, clientAuthority: String?) throws {
        guard let context = unsafe SSL_CTX_new(TLS_server_method()) else { throw TLSError("making a TLS context") }
        // The object exists from here on, so that its deinit frees what is refused.
        address = UInt(bitPattern: context)
        let certificate = identity.certificate.der
        guard unsafe cssl_set_min_tls12(context) == 1,
            unsafe SSL_CTX_use_certificate_ASN1(context, Int32(certificate.count), certificate) == 1
        else { throw TLSError("taking the certificate") }
        let key = try identity.key.pem
        let taken = unsafe key.withUnsafeBuffer { pem -> Bool in
            guard let bio = unsafe BIO_new_mem_buf(pem.baseAddress, Int32(pem.count)) else { return false }
            defer { unsafe BIO_free(bio) }
            guard let parsed = unsafe PEM_read_bio_PrivateKey(bio, nil, { _, _, _, _ in -1 }, nil) else { return false }
            defer { unsafe EVP_PKEY_free(parsed) }
            return unsafe SSL_CTX_use_PrivateKey(context, parsed) == 1
        }
        guard taken else { throw TLSError("taking the private key") }
        guard let clientAuthority else { return }
        guard unsafe SSL_CTX_load_verify_locations(context, clientAuthority, nil) == 1 else {
            throw TLSError("taking the authority of clients, \(clientAuthority)")
        }
        unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
    }

    deinit { unsafe SSL_CTX_free(raw) }

    var raw: OpaquePointer { unsafe OpaquePointer(bitPattern: address)! }
}

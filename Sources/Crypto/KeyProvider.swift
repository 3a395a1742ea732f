// Keys that never come into this process: in a TPM 2.0 through an OpenSSL provider, in a token through the PKCS#11 engine.
import CCrypto
package import Secrets
import Synchronization

/// An OpenSSL provider in a library context of its own, so that nothing else is ever done by it.
package final class KeyProvider: Sendable {
    /// The OSSL_LIB_CTX, which lives as long as the process: libcrypto keeps references to it in ways that cannot be counted.
    private let address: UInt
    /// Prefers this provider; digests and the like may come from the default one.
    let query: String

    var library: OpaquePointer? { unsafe OpaquePointer(bitPattern: address) }

    /// Loads a provider by its name.
    private init(_ name: String) throws(CryptoError) {
        let library = unsafe try made(OSSL_LIB_CTX_new(), "loading OpenSSL's provider \(name)")
        address = UInt(bitPattern: library)
        query = "?provider=\(name)"
        for part in [name, "default"] {
            guard unsafe OSSL_PROVIDER_load(library, part) != nil else {
                let error = CryptoError(failed: "loading OpenSSL's provider \(part)")
                unsafe OSSL_LIB_CTX_free(library)
                throw CryptoError(
                    "key-provider-missing", error.cause,
                    nextStep: "install it, for a TPM the package tpm2-openssl, and check that the TPM is there")
            }
        }
    }

    /// TPM 2.0 by tpm2-openssl; the variable TPM2OPENSSL_TCTI says where the TPM is.
    package static var tpm: KeyProvider {
        get throws(CryptoError) {
            try loadedTPM.withLock { (loaded) throws(CryptoError) -> KeyProvider in
                // A TPM that was not there a moment ago may be there now.
                let provider = if let loaded { loaded } else { try KeyProvider("tpm2") }
                loaded = provider
                return provider
            }
        }
    }

    private static let loadedTPM = Mutex<KeyProvider?>(nil)
}

extension PrivateKey {
    /// How a file with a TPM's key begins.
    package static let tpmLabel = "-----BEGIN TSS2 PRIVATE KEY-----"

    /// Makes a new RSA-2048 key pair in the TPM; `pem` is then a blob that only that TPM can open.
    ///
    /// - Throws: `CryptoError` when there is no TPM or it refuses.
    package convenience init(generatingIn provider: KeyProvider) throws(CryptoError) {
        let context = unsafe try made(
            EVP_PKEY_CTX_new_from_name(provider.library, "RSA", provider.query), "making a key in the TPM")
        defer { unsafe EVP_PKEY_CTX_free(context) }
        unsafe try check(EVP_PKEY_keygen_init(context), "making a key in the TPM")
        unsafe try check(EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048), "making a key in the TPM")
        var key: OpaquePointer?
        unsafe try check(EVP_PKEY_generate(context, &key), "making a key in the TPM")
        unsafe try self.init(owning: made(key, "making a key in the TPM"), in: provider)
    }

    /// Opens a key that a TPM wrapped.
    ///
    /// - Throws: `CryptoError` when there is no TPM, or the key is not of this one.
    package convenience init(wrapped pem: SecretBytes, in provider: KeyProvider) throws(CryptoError) {
        let key = unsafe pem.withUnsafeBuffer { bytes -> OpaquePointer? in
            guard let bio = unsafe BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else { return nil }
            defer { unsafe BIO_free(bio) }
            return unsafe PEM_read_bio_PrivateKey_ex(
                bio, nil, { _, _, _, _ in -1 }, nil, provider.library, provider.query)
        }
        unsafe try self.init(owning: made(key, "opening the key in the TPM"), in: provider)
    }

    /// Finds a key by a URI of a provider, such as `handle:0x81000001` of a TPM.
    ///
    /// - Throws: `CryptoError` when there is none.
    package convenience init(uri: String, in provider: KeyProvider) throws(CryptoError) {
        let store = unsafe try made(
            OSSL_STORE_open_ex(uri, provider.library, provider.query, UI_null(), nil, nil, nil, nil), "opening \(uri)")
        defer { unsafe OSSL_STORE_close(store) }
        var key: OpaquePointer?
        while unsafe key == nil, unsafe OSSL_STORE_eof(store) == 0 {
            guard let found = unsafe OSSL_STORE_load(store) else { break }
            unsafe key = OSSL_STORE_INFO_get1_PKEY(found)
            unsafe OSSL_STORE_INFO_free(found)
        }
        unsafe try self.init(owning: made(key, "opening \(uri)"), in: provider)
    }

    /// Finds a key in a PKCS#11 token.
    ///
    /// - Parameters:
    ///   - uri: RFC 7512, with `pin-source`; nobody is asked for a PIN.
    ///   - module: the path of the PKCS#11 module; nil for p11-kit, which knows the modules of the machine.
    /// - Throws: `CryptoError` when there is no such token or key, or the PIN is wrong.
    package convenience init(token uri: String, module: String?) throws(CryptoError) {
        unsafe try self.init(
            owning: made(ccrypto_engine_key(engine(for: module).raw, uri), "finding the key in the token"))
    }
}

/// An ENGINE that lives as long as the process.
private struct Engine: Sendable {
    private let address: UInt
    init(_ engine: OpaquePointer) { address = UInt(bitPattern: engine) }
    var raw: OpaquePointer? { unsafe OpaquePointer(bitPattern: address) }
}

/// The engines in use by their modules, of which a machine has one or two.
private let engines = Mutex<[String: Engine]>([:])

private func engine(for module: String?) throws(CryptoError) -> Engine {
    try engines.withLock { (engines) throws(CryptoError) -> Engine in
        if let engine = engines[module ?? ""] { return engine }
        guard let raw = unsafe ccrypto_pkcs11_engine(module) else {
            let error = CryptoError(failed: "loading the PKCS#11 module \(module ?? "of p11-kit")")
            throw CryptoError(
                "key-provider-missing", error.cause,
                nextStep: "install the package libengine-pkcs11-openssl and check module-path in the URI")
        }
        let engine = unsafe Engine(raw)
        engines[module ?? ""] = engine
        return engine
    }
}

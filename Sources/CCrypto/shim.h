// libcrypto for Swift: the function-like macros, and names that the importer cannot see.
#ifndef CCRYPTO_SHIM_H
#define CCRYPTO_SHIM_H
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/store.h>
#include <openssl/ui.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
static inline long ccrypto_bio_mem_data(BIO *bio, char **data) { return BIO_get_mem_data(bio, data); }
static inline void ccrypto_free(void *pointer) { OPENSSL_free(pointer); }
static inline EVP_PKEY *ccrypto_generate_rsa(unsigned int bits) { return EVP_RSA_gen(bits); }

// Engines are deprecated since OpenSSL 3.0, but Debian 12 has PKCS#11 as an engine only.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
/// The PKCS#11 engine for a module, NULL for p11-kit's; NULL with an error in the queue.
static inline ENGINE *ccrypto_pkcs11_engine(const char *module) {
    ENGINE *engine = ENGINE_by_id("pkcs11");
    if (engine == NULL) return NULL;
    if ((module != NULL && ENGINE_ctrl_cmd_string(engine, "MODULE_PATH", module, 0) != 1) || ENGINE_init(engine) != 1) {
        ENGINE_free(engine);
        return NULL;
    }
    return engine;
}
/// Never asks on a terminal: the PIN comes from the URI's pin-source.
static inline EVP_PKEY *ccrypto_engine_key(ENGINE *engine, const char *uri) {
    return ENGINE_load_private_key(engine, uri, (UI_METHOD *)UI_null(), NULL);
}
#pragma GCC diagnostic pop
#endif

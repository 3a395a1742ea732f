// libssl for Swift: the function-like macros that a TLS server needs.
#ifndef CSSL_SHIM_H
#define CSSL_SHIM_H
#include <openssl/err.h>
#include <openssl/ssl.h>
static inline long cssl_set_min_tls12(SSL_CTX *context) { return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION); }
#endif

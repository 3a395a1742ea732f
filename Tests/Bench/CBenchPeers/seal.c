// The cryptography of a PID as plain calls of libcrypto.
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "include/CBenchPeers.h"

enum { digest_length = 32, tag_length = 16, nonce_length = 12, rsa_length = 256, time_length = 19 };

struct cbench_keys {
    EVP_PKEY *device;
    EVP_PKEY *uidai;
};

cbench_keys *cbench_keys_read(const char *private_key, const char *certificate) {
    cbench_keys *keys = calloc(1, sizeof *keys);
    FILE *file = fopen(private_key, "r");
    if (file) {
        keys->device = PEM_read_PrivateKey(file, NULL, NULL, NULL);
        fclose(file);
    }
    file = fopen(certificate, "r");
    if (file) {
        X509 *read = PEM_read_X509(file, NULL, NULL, NULL);
        if (read) keys->uidai = X509_get_pubkey(read);
        X509_free(read);
        fclose(file);
    }
    if (keys->device && keys->uidai) return keys;
    free(keys);
    return NULL;
}

/// Encrypts into `out`, tag behind; returns the length or -1.
static int encrypt(const uint8_t *key, const uint8_t *time, const uint8_t *text, int length, uint8_t *out) {
    int written = 0, rest = 0, good = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    good = EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, time + time_length - nonce_length) &&
           EVP_EncryptUpdate(context, NULL, &rest, time + time_length - 16, 16) &&
           EVP_EncryptUpdate(context, out, &written, text, length) && EVP_EncryptFinal_ex(context, out + written, &rest) &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, tag_length, out + written);
    EVP_CIPHER_CTX_free(context);
    return good ? written + tag_length : -1;
}

static int sign(EVP_PKEY *key, const uint8_t *message, size_t length, uint8_t *signature) {
    size_t written = rsa_length;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int good = EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
               EVP_DigestSign(context, signature, &written, message, length) == 1;
    EVP_MD_CTX_free(context);
    return good ? (int) written : -1;
}

static int wrap(EVP_PKEY *key, const uint8_t *session_key, uint8_t *out) {
    size_t written = rsa_length;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    int good = EVP_PKEY_encrypt_init(context) == 1 && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
               EVP_PKEY_encrypt(context, out, &written, session_key, digest_length) == 1;
    EVP_PKEY_CTX_free(context);
    return good ? (int) written : -1;
}

long cbench_seal(cbench_keys *keys, const uint8_t *record, size_t record_length, size_t signed_length, size_t plaintext_length) {
    static const uint8_t time[] = "2026-01-01T00:00:00";
    uint8_t session_key[digest_length], digest[digest_length], message[256] = {0}, signature[rsa_length];
    uint8_t small[digest_length + tag_length], wrapped[rsa_length];
    long length = -1;
    if (signed_length > sizeof message) return -1;
    uint8_t *plaintext = malloc(plaintext_length);
    uint8_t *data = malloc(time_length + plaintext_length + tag_length);
    uint8_t *text = malloc((plaintext_length + record_length) * 2 + 4096);
    memset(plaintext, 'x', plaintext_length);

    EVP_Digest(record, record_length, message, NULL, EVP_sha256(), NULL);
    int signature_length = sign(keys->device, message, signed_length, signature);
    EVP_Digest(plaintext, plaintext_length, digest, NULL, EVP_sha256(), NULL);
    RAND_priv_bytes(session_key, sizeof session_key);
    memcpy(data, time, time_length);
    int data_length = encrypt(session_key, time, plaintext, (int) plaintext_length, data + time_length);
    int small_length = encrypt(session_key, time, digest, sizeof digest, small);
    int wrapped_length = wrap(keys->uidai, session_key, wrapped);
    if (signature_length > 0 && data_length > 0 && small_length > 0 && wrapped_length > 0) {
        length = EVP_EncodeBlock(text, record, (int) record_length);
        length += EVP_EncodeBlock(text, signature, signature_length);
        length += EVP_EncodeBlock(text, data, time_length + data_length);
        length += EVP_EncodeBlock(text, small, small_length);
        length += EVP_EncodeBlock(text, wrapped, wrapped_length);
    }
    free(text);
    free(data);
    free(plaintext);
    return length;
}

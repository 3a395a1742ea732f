// What `make bench` compares pidd with, in C and without anything around it: the libraries' own work.
#ifndef CBENCH_PEERS_H
#define CBENCH_PEERS_H
#include <stddef.h>
#include <stdint.h>

/// Lets malloc no longer overwrite what is freed, as in a program that has never asked for it.
void cbench_keep_freed_memory(void);

/// Searches a picture for minutiae with libfprint; returns how many there are, -1 when the search failed.
int cbench_minutiae(const uint8_t *pixels, int width, int height, double pixels_per_millimetre);

/// The keys that seal a PID.
typedef struct cbench_keys cbench_keys;

/// Reads the private key of the device and UIDAI's certificate, both PEM; NULL when one cannot be read.
cbench_keys *cbench_keys_read(const char *private_key, const char *certificate);

/// Does what sealing a PID takes and nothing more.
///
/// Signs one record (SHA-256 of it and `signed_length - 32` bytes more), hashes and encrypts `plaintext` bytes, encrypts the
/// hash and the session key, and writes base64 of all that PidData holds in base64.
/// Returns the length of the texts, -1 when libcrypto failed.
long cbench_seal(cbench_keys *keys, const uint8_t *record, size_t record_length, size_t signed_length, size_t plaintext_length);
#endif

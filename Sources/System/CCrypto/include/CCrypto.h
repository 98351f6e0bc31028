#pragma once
#include <stddef.h>
#include <stdint.h>

/// Thin wrappers around libcrypto; all of the cryptography is there. Functions that return int give 1 for success, 0 for failure.

/// The state of an unfinished SHA-256: a plain value that may be copied. Opaque; the size of libcrypto's SHA256_CTX.
typedef struct { uint64_t words[14]; } sluice_sha256_state;

void sluice_sha256_start(sluice_sha256_state *state);
void sluice_sha256_update(sluice_sha256_state *state, const void *bytes, size_t count);
void sluice_sha256_finish(sluice_sha256_state *state, uint8_t digest[32]);
void sluice_sha256(const void *bytes, size_t count, uint8_t digest[32]);

/// An HMAC context that holds its key (EVP_MAC_CTX), for the hash function `digest` ("SHA256"); NULL when libcrypto can't make one.
void *sluice_hmac_new(const char *digest, const void *key, size_t count);
/// Another context with the same key.
void *sluice_hmac_copy(const void *context);
void sluice_hmac_free(void *context);
/// Starts a message with the context's key, and forgets any message before it.
int sluice_hmac_start(void *context);
int sluice_hmac_update(void *context, const void *bytes, size_t count);
/// Writes the MAC, which must have exactly `count` bytes.
int sluice_hmac_finish(void *context, void *output, size_t count);

/// Whether `count` bytes are equal, in a time that depends on `count` alone.
int sluice_constant_time_equal(const void *a, const void *b, size_t count);
int sluice_random_bytes(void *output, size_t count);
/// libcrypto's text for the newest error of this thread, which it also clears; empty if there is none.
void sluice_crypto_error(char *output, size_t capacity);

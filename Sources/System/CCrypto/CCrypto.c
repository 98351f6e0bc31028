// The SHA256_* calls are marked as deprecated in OpenSSL 3 in favour of EVP, whose contexts live on the heap. These keep the
// state as a value, use the same code inside (the CPU's SHA instructions included), and are not planned to go in any 3.x.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "CCrypto.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

_Static_assert(sizeof(SHA256_CTX) == sizeof(sluice_sha256_state), "state must have room for libcrypto's context");
_Static_assert(_Alignof(SHA256_CTX) <= _Alignof(sluice_sha256_state), "and its alignment");

void sluice_sha256_start(sluice_sha256_state *state) { SHA256_Init((SHA256_CTX *)state); }

void sluice_sha256_update(sluice_sha256_state *state, const void *bytes, size_t count) {
    if (count > 0) SHA256_Update((SHA256_CTX *)state, bytes, count);
}

void sluice_sha256_finish(sluice_sha256_state *state, uint8_t digest[32]) { SHA256_Final(digest, (SHA256_CTX *)state); }

void sluice_sha256(const void *bytes, size_t count, uint8_t digest[32]) {
    sluice_sha256_state state;
    sluice_sha256_start(&state);
    sluice_sha256_update(&state, bytes, count);
    sluice_sha256_finish(&state, digest);
}

void *sluice_hmac_new(const char *digest, const void *key, size_t count) {
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    if (mac == NULL) return NULL;
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac);
    if (context == NULL) return NULL;
    OSSL_PARAM parameters[] = {
        // libcrypto only reads the name; the parameter is not const because others are for output.
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)digest, 0),
        OSSL_PARAM_construct_end(),
    };
    // An empty key is a key; a null pointer would mean "keep the old one".
    static const unsigned char nothing = 0;
    if (EVP_MAC_init(context, count > 0 ? key : &nothing, count, parameters) != 1) {
        EVP_MAC_CTX_free(context);
        return NULL;
    }
    return context;
}

void *sluice_hmac_copy(const void *context) { return EVP_MAC_CTX_dup(context); }

void sluice_hmac_free(void *context) { EVP_MAC_CTX_free(context); }

int sluice_hmac_start(void *context) { return EVP_MAC_init(context, NULL, 0, NULL) == 1; }

int sluice_hmac_update(void *context, const void *bytes, size_t count) {
    return count == 0 || EVP_MAC_update(context, bytes, count) == 1;
}

int sluice_hmac_finish(void *context, void *output, size_t count) {
    size_t written = 0;
    return EVP_MAC_final(context, output, &written, count) == 1 && written == count;
}

int sluice_constant_time_equal(const void *a, const void *b, size_t count) {
    return count == 0 || CRYPTO_memcmp(a, b, count) == 0;
}

int sluice_random_bytes(void *output, size_t count) {
    if (count > INT_MAX) return 0;
    return count == 0 || RAND_bytes(output, (int)count) == 1;
}

void sluice_crypto_error(char *output, size_t capacity) {
    if (capacity == 0) return;
    output[0] = 0;
    unsigned long code = ERR_peek_last_error();
    ERR_clear_error();
    if (code != 0) ERR_error_string_n(code, output, capacity);
}

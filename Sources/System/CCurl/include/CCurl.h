#pragma once
#include <stddef.h>
#include <stdint.h>

/// One HTTP exchange by libcurl's easy interface, whose options are variadic and so out of Swift's reach.
/// The callbacks run on the calling thread, inside sluice_curl_perform. All times are in milliseconds, 0 for none.
typedef struct {
    const char *method;
    const char *url;
    const char *user_agent;
    /// Lines as libcurl takes them: "Name: value", "Name;" for an empty value, "Name:" to leave one out.
    const char *const *headers;
    size_t header_count;
    const void *body;
    size_t body_count;
    int has_body;
    int uses_environment_proxy;
    long connect_timeout;
    long total_timeout;
    /// Seconds without a byte after which the exchange has failed.
    long idle_seconds;

    void *context;
    /// Whether to connect to an address of 4 or 16 bytes in network order.
    int (*allow_address)(const uint8_t *address, size_t count, void *context);
    /// A header line with its line end, or a piece of the body; 0 stops the exchange.
    int (*take_header)(const char *bytes, size_t count, void *context);
    int (*take_body)(const char *bytes, size_t count, void *context);
    /// Asked about once a second; not 0 stops the exchange.
    int (*is_cancelled)(void *context);
} sluice_curl_request;

typedef struct {
    /// CURLcode; 0 for success.
    int code;
    long status;
    char message[256];
} sluice_curl_result;

/// Once, before any other thread uses libcurl. 0 for success.
int sluice_curl_start(void);
void sluice_curl_perform(const sluice_curl_request *request, sluice_curl_result *result);

/// What Swift needs to know of libcurl's result codes.
typedef enum {
    sluice_curl_ok, sluice_curl_bad_request, sluice_curl_resolve, sluice_curl_connect, sluice_curl_tls, sluice_curl_certificate,
    sluice_curl_timeout, sluice_curl_transfer, sluice_curl_protocol, sluice_curl_stopped, sluice_curl_memory, sluice_curl_other
} sluice_curl_kind;

sluice_curl_kind sluice_curl_kind_of(int code);

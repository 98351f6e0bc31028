#pragma once
#include <stddef.h>
#include <stdint.h>

// libcurl's options are variadic and so out of Swift's reach; here they are set, for one exchange that the calling thread waits for
// and for many at once. All times are in milliseconds, 0 for none.

/// What every exchange has, of whatever protocol. The callbacks run on the thread that performs it.
typedef struct {
    const char *url;
    /// The file of the certificates to trust; NULL for the system's.
    const char *ca_file;
    int uses_environment_proxy;
    long connect_timeout;
    long total_timeout;
    /// Seconds without a byte after which the exchange has failed.
    long idle_seconds;

    void *context;
    /// Whether to talk to an address of 4 or 16 bytes in network order; asked before connecting, and again before a connection is used
    /// that an earlier exchange has left.
    int (*allow_address)(const uint8_t *address, size_t count, void *context);
    /// A line of the answer's header with its line end, or a piece of the body; 0 stops the exchange.
    int (*take_header)(const char *bytes, size_t count, void *context);
    int (*take_body)(const char *bytes, size_t count, void *context);
    /// Asked about once a second, unless NULL; not 0 stops the exchange.
    int (*is_cancelled)(void *context);
} sluice_curl_exchange;

/// An HTTP request.
typedef struct {
    sluice_curl_exchange exchange;
    const char *method;
    const char *user_agent;
    /// Lines as libcurl takes them: "Name: value", "Name;" for an empty value, "Name:" to leave one out.
    const char *const *headers;
    size_t header_count;
    const void *body;
    size_t body_count;
    int has_body;
} sluice_curl_request;

/// A mail to send by SMTP.
typedef struct {
    sluice_curl_exchange exchange;
    const char *from;
    const char *const *recipients;
    size_t recipient_count;
    /// NULL for none.
    const char *user;
    const char *password;
    enum { sluice_curl_starttls_never, sluice_curl_starttls_if_offered, sluice_curl_starttls_demanded } starttls;
    /// Lines that end in CR LF. Dots at their beginnings are doubled on the way.
    const char *message;
    size_t message_count;
} sluice_curl_mail;

typedef struct {
    /// CURLcode; 0 for success.
    int code;
    /// Of the last answer: HTTP's status, SMTP's reply code; 0 for none.
    long status;
    char message[256];
} sluice_curl_result;

/// Once, before any other thread uses libcurl. 0 for success.
int sluice_curl_start(void);
/// Whether names are resolved beside the thread that asks.
int sluice_curl_resolves_aside(void);
void sluice_curl_perform(const sluice_curl_request *request, sluice_curl_result *result);

/// A connection to a mail server that stays open from one mail to the next, for one thread. NULL if memory is short.
typedef struct sluice_curl_mailer sluice_curl_mailer;
sluice_curl_mailer *sluice_curl_mailer_create(void);
/// Says good-bye to the server, and does not wait for its answer.
void sluice_curl_mailer_destroy(sluice_curl_mailer *mailer);
/// Sends a mail and waits for the server's answer to all of it.
void sluice_curl_mailer_send(sluice_curl_mailer *mailer, const sluice_curl_mail *mail, sluice_curl_result *result);

/// Many exchanges at once on one thread. All functions but sluice_curl_multi_wake belong to that thread.
typedef struct sluice_curl_multi sluice_curl_multi;
typedef struct sluice_curl_transfer sluice_curl_transfer;

/// NULL if memory is short.
sluice_curl_multi *sluice_curl_multi_create(void);
/// Ends what is in flight; no callback is called for it.
void sluice_curl_multi_destroy(sluice_curl_multi *multi);
/// Begins an exchange. Everything that `request` points to is copied, but the callbacks' context must live until the end.
/// NULL if nothing has begun, and then `result` says why.
sluice_curl_transfer *sluice_curl_multi_add(sluice_curl_multi *multi, const sluice_curl_request *request, sluice_curl_result *result);
/// Ends an exchange without a result, which must not have been handed out.
void sluice_curl_multi_remove(sluice_curl_multi *multi, sluice_curl_transfer *transfer);
/// Does what can be done without waiting. A CURLMcode.
int sluice_curl_multi_work(sluice_curl_multi *multi);
/// Waits until there is something to do, at most so long.
void sluice_curl_multi_wait(sluice_curl_multi *multi, int timeout);
/// Ends a wait, the current or else the next one. From any thread.
void sluice_curl_multi_wake(sluice_curl_multi *multi);
/// Hands out one exchange that has ended, and with that forgets it; NULL when there is none. The pointer only tells which one it was.
sluice_curl_transfer *sluice_curl_multi_next(sluice_curl_multi *multi, sluice_curl_result *result);

/// What Swift needs to know of libcurl's result codes.
typedef enum {
    sluice_curl_ok, sluice_curl_bad_request, sluice_curl_resolve, sluice_curl_connect, sluice_curl_tls, sluice_curl_certificate,
    sluice_curl_timeout, sluice_curl_transfer_broken, sluice_curl_protocol, sluice_curl_stopped, sluice_curl_memory,
    /// SMTP: the login was refused, TLS was demanded and is not to be had, the server took no command.
    sluice_curl_login, sluice_curl_no_tls, sluice_curl_refused,
    sluice_curl_other
} sluice_curl_kind;

sluice_curl_kind sluice_curl_kind_of(int code);

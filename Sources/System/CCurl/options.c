#include "options.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/// Called with each address that libcurl is about to connect to, after the name was resolved: a name can't change its address
/// between the check and the connection.
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address) {
    const sluice_curl_exchange *exchange = context;
    (void)purpose;
    int allowed = 0;
    if (address->family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)&address->addr;
        allowed = exchange->allow_address((const uint8_t *)&v4->sin_addr, 4, exchange->context);
    } else if (address->family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address->addr;
        allowed = exchange->allow_address((const uint8_t *)&v6->sin6_addr, 16, exchange->context);
    }
    if (!allowed) return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

#if LIBCURL_VERSION_NUM >= 0x075000
/// Called before each request, once there is a connection. One that an exchange with other rules has opened was never asked about.
static int check_connection(void *context, char *remote, char *local, int remote_port, int local_port) {
    const sluice_curl_exchange *exchange = context;
    (void)local, (void)remote_port, (void)local_port;
    uint8_t address[16];
    size_t count = 0;
    if (inet_pton(AF_INET, remote, address) == 1) count = 4;
    else if (inet_pton(AF_INET6, remote, address) == 1) count = 16;
    return exchange->allow_address(address, count, exchange->context) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}
#endif

static size_t take_header(char *bytes, size_t size, size_t count, void *context) {
    const sluice_curl_exchange *exchange = context;
    return exchange->take_header(bytes, size * count, exchange->context) ? size * count : CURL_WRITEFUNC_ERROR;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context) {
    const sluice_curl_exchange *exchange = context;
    return exchange->take_body(bytes, size * count, exchange->context) ? size * count : CURL_WRITEFUNC_ERROR;
}

static int progress(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
    const sluice_curl_exchange *exchange = context;
    (void)a, (void)b, (void)c, (void)d;
    return exchange->is_cancelled(exchange->context);
}

/// Every option counts: a limit that could not be set must not be missing in silence.
#define SET(option, value) \
    do { \
        CURLcode code = curl_easy_setopt(curl, option, value); \
        if (code) return code; \
    } while (0)

static CURLcode set_callbacks(CURL *curl, const sluice_curl_exchange *exchange) {
    SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(CURLOPT_OPENSOCKETDATA, exchange);
#if LIBCURL_VERSION_NUM >= 0x075000
    SET(CURLOPT_PREREQFUNCTION, check_connection);
    SET(CURLOPT_PREREQDATA, exchange);
#else
    // Nothing can be asked about a connection that is there already.
    SET(CURLOPT_FRESH_CONNECT, 1L);
#endif
    SET(CURLOPT_HEADERFUNCTION, take_header);
    SET(CURLOPT_HEADERDATA, exchange);
    SET(CURLOPT_WRITEFUNCTION, take_body);
    SET(CURLOPT_WRITEDATA, exchange);
    if (exchange->is_cancelled != NULL) {
        SET(CURLOPT_XFERINFOFUNCTION, progress);
        SET(CURLOPT_XFERINFODATA, exchange);
        SET(CURLOPT_NOPROGRESS, 0L);
    }
    return CURLE_OK;
}

static CURLcode set_exchange(CURL *curl, const sluice_curl_exchange *exchange, char *message) {
    message[0] = 0;
    SET(CURLOPT_ERRORBUFFER, message);
    SET(CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
    // Else a timeout during the resolution of a name waits for the resolver's thread to end; it cleans up after itself.
    SET(CURLOPT_QUICK_EXIT, 1L);
#endif
    SET(CURLOPT_URL, exchange->url);
    if (exchange->ca_file != NULL) SET(CURLOPT_CAINFO, exchange->ca_file);
    SET(CURLOPT_CONNECTTIMEOUT_MS, exchange->connect_timeout);
    SET(CURLOPT_TIMEOUT_MS, exchange->total_timeout);
    SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
    SET(CURLOPT_LOW_SPEED_TIME, exchange->idle_seconds);
    // A proxy would make the connection, and the check of addresses would look at the proxy's.
    if (!exchange->uses_environment_proxy) SET(CURLOPT_PROXY, "");
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    return set_callbacks(curl, exchange);
}

static CURLcode set_method(CURL *curl, const sluice_curl_request *request) {
    if (request->has_body) {
        // An empty body is one, too: the pointer must not be null.
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_count);
        SET(CURLOPT_COPYPOSTFIELDS, request->body_count > 0 ? request->body : "");
    } else if (strcmp(request->method, "HEAD") == 0) {
        return curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    } else {
        SET(CURLOPT_HTTPGET, 1L);
    }
    SET(CURLOPT_CUSTOMREQUEST, request->method);
    return CURLE_OK;
}

static CURLcode append(struct curl_slist **list, const char *const *texts, size_t count) {
    for (size_t index = 0; index < count; index++) {
        struct curl_slist *longer = curl_slist_append(*list, texts[index]);
        if (longer == NULL) return CURLE_OUT_OF_MEMORY;
        *list = longer;
    }
    return CURLE_OK;
}

CURLcode sluice_set_request(CURL *curl, const sluice_curl_request *request, struct curl_slist **headers, char *message) {
    CURLcode code = set_exchange(curl, &request->exchange, message);
    if (code) return code;
#if LIBCURL_VERSION_NUM >= 0x075500
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
#else
    SET(CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_USERAGENT, request->user_agent);
    code = append(headers, request->headers, request->header_count);
    if (code) return code;
    SET(CURLOPT_HTTPHEADER, *headers);
    return set_method(curl, request);
}

static size_t read_message(char *buffer, size_t size, size_t count, void *context) {
    sluice_unsent *unsent = context;
    size_t room = size * count;
    if (room > unsent->count) room = unsent->count;
    memcpy(buffer, unsent->bytes, room);
    unsent->bytes += room;
    unsent->count -= room;
    return room;
}

CURLcode sluice_set_mail(
    CURL *curl, const sluice_curl_mail *mail, struct curl_slist **recipients, sluice_unsent *unsent, char *message) {
    CURLcode code = set_exchange(curl, &mail->exchange, message);
    if (code) return code;
#if LIBCURL_VERSION_NUM >= 0x075500
    SET(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
#else
    SET(CURLOPT_PROTOCOLS, (long)(CURLPROTO_SMTP | CURLPROTO_SMTPS));
#endif
    static const long use[] = {CURLUSESSL_NONE, CURLUSESSL_TRY, CURLUSESSL_ALL};
    SET(CURLOPT_USE_SSL, use[mail->starttls]);
    // While the end of a connection is waited for, the total timeout is not looked at.
    SET(CURLOPT_SERVER_RESPONSE_TIMEOUT, (mail->exchange.total_timeout + 999) / 1000);
    if (mail->user != NULL) {
        SET(CURLOPT_USERNAME, mail->user);
        SET(CURLOPT_PASSWORD, mail->password);
    }
    SET(CURLOPT_MAIL_FROM, mail->from);
    code = append(recipients, mail->recipients, mail->recipient_count);
    if (code) return code;
    SET(CURLOPT_MAIL_RCPT, *recipients);
    // One address that is gone must not keep the mail from all others. An older libcurl stops at it.
#if LIBCURL_VERSION_NUM >= 0x080200
    SET(CURLOPT_MAIL_RCPT_ALLOWFAILS, 1L);
#elif LIBCURL_VERSION_NUM >= 0x074500
    SET(CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
#endif
    // The size is not told: libcurl counts the doubled dots against it.
    SET(CURLOPT_UPLOAD, 1L);
    SET(CURLOPT_READFUNCTION, read_message);
    SET(CURLOPT_READDATA, unsent);
    return CURLE_OK;
}

void sluice_fill_result(CURL *curl, CURLcode code, const char *message, sluice_curl_result *result) {
    result->code = (int)code;
    result->status = 0;
    if (curl != NULL) curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &result->status);
    snprintf(result->message, sizeof result->message, "%s", message[0] ? message : curl_easy_strerror(code));
}

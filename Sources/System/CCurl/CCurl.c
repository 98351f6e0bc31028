#include "CCurl.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int sluice_curl_start(void) { return (int)curl_global_init(CURL_GLOBAL_DEFAULT); }

/// Called with each address that libcurl is about to connect to, after the name was resolved: a name can't change its address
/// between the check and the connection.
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address) {
    const sluice_curl_request *request = context;
    (void)purpose;
    int allowed = 0;
    if (address->family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)&address->addr;
        allowed = request->allow_address((const uint8_t *)&v4->sin_addr, 4, request->context);
    } else if (address->family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address->addr;
        allowed = request->allow_address((const uint8_t *)&v6->sin6_addr, 16, request->context);
    }
    if (!allowed) return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t take_header(char *bytes, size_t size, size_t count, void *context) {
    const sluice_curl_request *request = context;
    return request->take_header(bytes, size * count, request->context) ? size * count : CURL_WRITEFUNC_ERROR;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context) {
    const sluice_curl_request *request = context;
    return request->take_body(bytes, size * count, request->context) ? size * count : CURL_WRITEFUNC_ERROR;
}

static int progress(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
    const sluice_curl_request *request = context;
    (void)a, (void)b, (void)c, (void)d;
    return request->is_cancelled(request->context);
}

static CURLcode set_method(CURL *curl, const sluice_curl_request *request) {
    CURLcode code = CURLE_OK;
    if (request->has_body) {
        // An empty body is one, too: the pointer must not be null.
        code = curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_count);
        if (!code) code = curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body_count > 0 ? request->body : "");
    } else if (strcmp(request->method, "HEAD") == 0) {
        return curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    } else {
        code = curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    }
    if (!code) code = curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
    return code;
}

static CURLcode set_protocols(CURL *curl) {
#if LIBCURL_VERSION_NUM >= 0x075500
    return curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    return curl_easy_setopt(curl, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

/// Every option counts: a limit that could not be set must not be missing in silence.
#define SET(option, value) \
    do { \
        CURLcode code = curl_easy_setopt(curl, option, value); \
        if (code) return code; \
    } while (0)

static CURLcode configure(CURL *curl, const sluice_curl_request *request, struct curl_slist *headers, char *message) {
    SET(CURLOPT_ERRORBUFFER, message);
    SET(CURLOPT_NOSIGNAL, 1L);
    CURLcode code = set_protocols(curl);
    if (code) return code;
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_URL, request->url);
    SET(CURLOPT_USERAGENT, request->user_agent);
    SET(CURLOPT_HTTPHEADER, headers);
    SET(CURLOPT_CONNECTTIMEOUT_MS, request->connect_timeout);
    SET(CURLOPT_TIMEOUT_MS, request->total_timeout);
    SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
    SET(CURLOPT_LOW_SPEED_TIME, request->idle_seconds);
    // A proxy would make the connection, and the check of addresses would look at the proxy's.
    if (!request->uses_environment_proxy) SET(CURLOPT_PROXY, "");
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(CURLOPT_OPENSOCKETDATA, request);
    SET(CURLOPT_HEADERFUNCTION, take_header);
    SET(CURLOPT_HEADERDATA, request);
    SET(CURLOPT_WRITEFUNCTION, take_body);
    SET(CURLOPT_WRITEDATA, request);
    SET(CURLOPT_XFERINFOFUNCTION, progress);
    SET(CURLOPT_XFERINFODATA, request);
    SET(CURLOPT_NOPROGRESS, 0L);
    return set_method(curl, request);
}

void sluice_curl_perform(const sluice_curl_request *request, sluice_curl_result *result) {
    char message[CURL_ERROR_SIZE] = "";
    struct curl_slist *headers = NULL;
    CURLcode code = CURLE_OUT_OF_MEMORY;
    memset(result, 0, sizeof *result);
    CURL *curl = curl_easy_init();
    if (curl == NULL) goto done;
    for (size_t index = 0; index < request->header_count; index++) {
        struct curl_slist *longer = curl_slist_append(headers, request->headers[index]);
        if (longer == NULL) goto done;
        headers = longer;
    }
    code = configure(curl, request, headers, message);
    if (code == CURLE_OK) code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &result->status);
done:
    result->code = (int)code;
    snprintf(result->message, sizeof result->message, "%s", message[0] ? message : curl_easy_strerror(code));
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
}

sluice_curl_kind sluice_curl_kind_of(int code) {
    switch (code) {
    case CURLE_OK: return sluice_curl_ok;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_BAD_FUNCTION_ARGUMENT: return sluice_curl_bad_request;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY: return sluice_curl_resolve;
    case CURLE_COULDNT_CONNECT:
    case CURLE_INTERFACE_FAILED: return sluice_curl_connect;
    case CURLE_SSL_CONNECT_ERROR: return sluice_curl_tls;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH: return sluice_curl_certificate;
    case CURLE_OPERATION_TIMEDOUT: return sluice_curl_timeout;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return sluice_curl_transfer;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_FILESIZE_EXCEEDED: return sluice_curl_protocol;
    case CURLE_WRITE_ERROR:
    case CURLE_ABORTED_BY_CALLBACK: return sluice_curl_stopped;
    case CURLE_OUT_OF_MEMORY: return sluice_curl_memory;
    default: return sluice_curl_other;
    }
}

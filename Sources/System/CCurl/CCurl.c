#include "options.h"

int sluice_curl_start(void) { return (int)curl_global_init(CURL_GLOBAL_DEFAULT); }

int sluice_curl_resolves_aside(void) { return (curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_ASYNCHDNS) != 0; }

void sluice_curl_perform(const sluice_curl_request *request, sluice_curl_result *result) {
    char message[CURL_ERROR_SIZE] = "";
    struct curl_slist *headers = NULL;
    CURLcode code = CURLE_OUT_OF_MEMORY;
    CURL *curl = curl_easy_init();
    if (curl != NULL) code = sluice_set_request(curl, request, &headers, message);
    if (code == CURLE_OK) code = curl_easy_perform(curl);
    sluice_fill_result(curl, code, message, result);
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
    case CURLE_HTTP2_STREAM: return sluice_curl_transfer_broken;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_FILESIZE_EXCEEDED: return sluice_curl_protocol;
    case CURLE_WRITE_ERROR:
    case CURLE_ABORTED_BY_CALLBACK: return sluice_curl_stopped;
    case CURLE_LOGIN_DENIED: return sluice_curl_login;
    case CURLE_USE_SSL_FAILED: return sluice_curl_no_tls;
    case CURLE_REMOTE_ACCESS_DENIED: return sluice_curl_refused;
    case CURLE_OUT_OF_MEMORY: return sluice_curl_memory;
    default: return sluice_curl_other;
    }
}

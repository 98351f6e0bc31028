#pragma once
#include "CCurl.h"

#include <curl/curl.h>

/// Sets every option of an HTTP request on a fresh or reset handle; libcurl copies the texts and the body. The handle keeps `request`
/// for its callbacks, `message` (of CURL_ERROR_SIZE) and `*headers`, which the caller frees after the exchange, also after a failure.
CURLcode sluice_set_request(CURL *curl, const sluice_curl_request *request, struct curl_slist **headers, char *message);

/// What is left to send of a mail.
typedef struct {
    const char *bytes;
    size_t count;
} sluice_unsent;

/// The same for a mail; `*recipients` is what `*headers` is to a request, and `unsent` has to live as long.
CURLcode sluice_set_mail(
    CURL *curl, const sluice_curl_mail *mail, struct curl_slist **recipients, sluice_unsent *unsent, char *message);

/// What to report of an exchange that ended with `code`.
void sluice_fill_result(CURL *curl, CURLcode code, const char *message, sluice_curl_result *result);

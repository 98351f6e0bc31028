#include "options.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

/// An easy handle with what it points to while an exchange runs.
struct sluice_curl_transfer {
    CURL *curl;
    /// For the callbacks; its texts are not valid any more.
    sluice_curl_request request;
    struct curl_slist *headers;
    char message[CURL_ERROR_SIZE];
    sluice_curl_transfer *next;
    sluice_curl_transfer *previous;
};

struct sluice_curl_multi {
    CURLM *curl;
    /// In flight.
    sluice_curl_transfer *active;
    /// Handles to use again: each costs some 20 KB and a good part of a small exchange's time to make.
    sluice_curl_transfer *idle;
    int idle_count;
};

/// Idle handles kept.
static const int max_idle = 64;
/// Connections kept, used or not; the one unused longest goes first.
static const long max_connections = 128;

sluice_curl_multi *sluice_curl_multi_create(void) {
    sluice_curl_multi *multi = calloc(1, sizeof *multi);
    if (multi == NULL) return NULL;
    multi->curl = curl_multi_init();
    if (multi->curl == NULL || curl_multi_setopt(multi->curl, CURLMOPT_MAXCONNECTS, max_connections)) {
        if (multi->curl != NULL) curl_multi_cleanup(multi->curl);
        free(multi);
        return NULL;
    }
    return multi;
}

static void free_transfer(sluice_curl_transfer *transfer) {
    curl_easy_cleanup(transfer->curl);
    curl_slist_free_all(transfer->headers);
    free(transfer);
}

void sluice_curl_multi_destroy(sluice_curl_multi *multi) {
    while (multi->active != NULL) sluice_curl_multi_remove(multi, multi->active);
    while (multi->idle != NULL) {
        sluice_curl_transfer *transfer = multi->idle;
        multi->idle = transfer->next;
        free_transfer(transfer);
    }
    curl_multi_cleanup(multi->curl);
    free(multi);
}

static sluice_curl_transfer *take_idle(sluice_curl_multi *multi) {
    sluice_curl_transfer *transfer = multi->idle;
    if (transfer != NULL) {
        multi->idle = transfer->next;
        multi->idle_count--;
        return transfer;
    }
    transfer = calloc(1, sizeof *transfer);
    if (transfer == NULL) return NULL;
    transfer->curl = curl_easy_init();
    if (transfer->curl != NULL) return transfer;
    free(transfer);
    return NULL;
}

/// Makes a handle fit for another exchange. The reset forgets all options, so that nothing of one exchange shows in the next.
static void put_idle(sluice_curl_multi *multi, sluice_curl_transfer *transfer) {
    if (multi->idle_count >= max_idle) {
        free_transfer(transfer);
        return;
    }
    curl_easy_reset(transfer->curl);
    curl_slist_free_all(transfer->headers);
    transfer->headers = NULL;
    transfer->next = multi->idle;
    transfer->previous = NULL;
    multi->idle = transfer;
    multi->idle_count++;
}

static void unlink_active(sluice_curl_multi *multi, sluice_curl_transfer *transfer) {
    if (transfer->previous != NULL) transfer->previous->next = transfer->next;
    else multi->active = transfer->next;
    if (transfer->next != NULL) transfer->next->previous = transfer->previous;
}

sluice_curl_transfer *sluice_curl_multi_add(sluice_curl_multi *multi, const sluice_curl_request *request, sluice_curl_result *result) {
    sluice_curl_transfer *transfer = take_idle(multi);
    if (transfer == NULL) {
        sluice_fill_result(NULL, CURLE_OUT_OF_MEMORY, "", result);
        return NULL;
    }
    transfer->request = *request;
    CURLcode code = sluice_set_request(transfer->curl, &transfer->request, &transfer->headers, transfer->message);
    if (code == CURLE_OK) code = curl_easy_setopt(transfer->curl, CURLOPT_PRIVATE, transfer);
    if (code == CURLE_OK && curl_multi_add_handle(multi->curl, transfer->curl)) code = CURLE_OUT_OF_MEMORY;
    if (code != CURLE_OK) {
        sluice_fill_result(NULL, code, transfer->message, result);
        put_idle(multi, transfer);
        return NULL;
    }
    transfer->next = multi->active;
    transfer->previous = NULL;
    if (multi->active != NULL) multi->active->previous = transfer;
    multi->active = transfer;
    return transfer;
}

void sluice_curl_multi_remove(sluice_curl_multi *multi, sluice_curl_transfer *transfer) {
    curl_multi_remove_handle(multi->curl, transfer->curl);
    unlink_active(multi, transfer);
    put_idle(multi, transfer);
}

int sluice_curl_multi_work(sluice_curl_multi *multi) {
    int running = 0;
    return (int)curl_multi_perform(multi->curl, &running);
}

void sluice_curl_multi_wait(sluice_curl_multi *multi, int timeout) {
    // Only exhausted memory makes it fail, and then at once: the pause keeps the caller's loop from spinning.
    if (curl_multi_poll(multi->curl, NULL, 0, timeout, NULL)) poll(NULL, 0, timeout < 50 ? timeout : 50);
}

void sluice_curl_multi_wake(sluice_curl_multi *multi) { curl_multi_wakeup(multi->curl); }

sluice_curl_transfer *sluice_curl_multi_next(sluice_curl_multi *multi, sluice_curl_result *result) {
    for (;;) {
        int left = 0;
        CURLMsg *message = curl_multi_info_read(multi->curl, &left);
        if (message == NULL) return NULL;
        if (message->msg != CURLMSG_DONE) continue;
        // The message is gone once the handle is.
        CURL *curl = message->easy_handle;
        CURLcode code = message->data.result;
        char *private = NULL;
        curl_easy_getinfo(curl, CURLINFO_PRIVATE, &private);
        sluice_curl_transfer *transfer = (sluice_curl_transfer *)private;
        sluice_fill_result(curl, code, transfer->message, result);
        sluice_curl_multi_remove(multi, transfer);
        return transfer;
    }
}

#include "options.h"

#include <stdlib.h>
#include <sys/socket.h>

struct sluice_curl_mailer {
    CURL *curl;
};

sluice_curl_mailer *sluice_curl_mailer_create(void) {
    sluice_curl_mailer *mailer = calloc(1, sizeof *mailer);
    if (mailer == NULL) return NULL;
    mailer->curl = curl_easy_init();
    if (mailer->curl != NULL) return mailer;
    free(mailer);
    return NULL;
}

void sluice_curl_mailer_destroy(sluice_curl_mailer *mailer) {
    // libcurl sends QUIT and then waits for the answer, two minutes if need be. With its reading side shut it sees the end at once.
    curl_socket_t socket = CURL_SOCKET_BAD;
    if (curl_easy_getinfo(mailer->curl, CURLINFO_ACTIVESOCKET, &socket) == CURLE_OK && socket != CURL_SOCKET_BAD) shutdown(socket, SHUT_RD);
    curl_easy_cleanup(mailer->curl);
    free(mailer);
}

void sluice_curl_mailer_send(sluice_curl_mailer *mailer, const sluice_curl_mail *mail, sluice_curl_result *result) {
    char message[CURL_ERROR_SIZE] = "";
    struct curl_slist *recipients = NULL;
    sluice_unsent unsent = {mail->message, mail->message_count};
    CURLcode code = sluice_set_mail(mailer->curl, mail, &recipients, &unsent, message);
    if (code == CURLE_OK) code = curl_easy_perform(mailer->curl);
    sluice_fill_result(mailer->curl, code, message, result);
    // The options point to what ends here.
    curl_easy_reset(mailer->curl);
    curl_slist_free_all(recipients);
}

/* URLs: libcurl's own parser. */
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "fetch/transfer.h"

static rc_status compose(CURLU *u, const char *base, const char *link, char out[RC_ADDRESS])
{
    char *text = NULL;
    CURLUcode code = curl_url_set(u, CURLUPART_URL, base, 0);
    if (code == CURLUE_OK) code = curl_url_set(u, CURLUPART_URL, link, 0);
    if (code == CURLUE_OK) code = curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0);
    if (code == CURLUE_OK) code = curl_url_get(u, CURLUPART_URL, &text, 0);
    RC_CHECK(code == CURLUE_OK, RC_FORMAT, "\"%.80s\" is not a web address", link);
    int n = snprintf(out, RC_ADDRESS, "%s", text);
    curl_free(text);
    RC_CHECK(n < RC_ADDRESS, RC_FORMAT, "\"%.80s...\": the address is too long", link);
    return RC_OK;
}

rc_status rc__address_resolve(const char *base, const char *link, char out[RC_ADDRESS])
{
    CURLU *u = curl_url();
    RC_CHECK(u, RC_MEMORY, "out of memory");
    rc_status status = compose(u, base, link, out);
    curl_url_cleanup(u);
    return status;
}

void rc__address_show(const char *url, char out[RC_ADDRESS])
{
    CURLU *u = curl_url();
    char *text = NULL;
    snprintf(out, RC_ADDRESS, "%s", "the address");
    if (u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK) {
        curl_url_set(u, CURLUPART_USER, NULL, 0);
        curl_url_set(u, CURLUPART_PASSWORD, NULL, 0);
        curl_url_set(u, CURLUPART_QUERY, NULL, 0); /* signatures of storage servers */
        if (curl_url_get(u, CURLUPART_URL, &text, 0) == CURLUE_OK) snprintf(out, RC_ADDRESS, "%s", text);
        curl_free(text);
    }
    curl_url_cleanup(u);
}

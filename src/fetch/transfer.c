/* A transfer is a few attempts. What an attempt leaves behind (PATH.part and the validator in PATH.state) is
 * where the next one, in this process or a later one, takes up again. */
#include "fetch/transfer.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/disk.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/progress.h"
#include "fetch/digest.h"

enum { PATH_BYTES = 4096, VALIDATOR = 512, ATTEMPTS = 5, STALL_SECONDS = 60, CONNECT_SECONDS = 30 };

typedef enum outcome { ARRIVED, BROKEN, FAILED } outcome;

typedef struct transfer {
    const rc_transfer *t;
    char part[PATH_BYTES], state[PATH_BYTES], shown[RC_ADDRESS];
    char validator[VALIDATOR]; /* ETag or date of what PATH.part holds; "": it cannot be taken up again */
    CURL *curl;
    FILE *out;
    int64_t have, total; /* bytes in PATH.part; bytes of the whole file, -1: not told */
    /* of the current response */
    char etag[VALIDATOR], modified[VALIDATOR];
    int64_t range_first, range_total;
    char linked[RC_SHA256_TEXT]; /* of any response on the way: redirections carry it */
    bool begun;
    rc_status status; /* of a callback; its text is recorded */
    char reason[CURL_ERROR_SIZE + 64];
} transfer;

/* ---- what is kept between attempts ---- */

static void forget(transfer *x)
{
    unlink(x->part);
    unlink(x->state);
    x->have = 0;
    x->validator[0] = '\0';
}

/* PATH.state: the URL and the validator, a line each. */
static void recall(transfer *x)
{
    struct stat s;
    char *text = NULL;
    size_t size, url = strlen(x->t->url);
    if (stat(x->part, &s) != 0 || !rc_path_exists(x->state) ||
        rc_file_read(x->state, RC_ADDRESS + VALIDATOR + 2, &text, &size) != RC_OK) {
        forget(x);
        return;
    }
    char *line = text + url + 1, *end = size > url + 1 ? strchr(line, '\n') : NULL;
    bool same = end && strncmp(text, x->t->url, url) == 0 && text[url] == '\n' && end - line < VALIDATOR;
    if (same && s.st_size > 0 && s.st_size <= x->t->limit) {
        memcpy(x->validator, line, (size_t)(end - line));
        x->validator[end - line] = '\0';
        x->have = s.st_size;
    } else {
        forget(x);
    }
    rc_free(text);
}

static rc_status remember(transfer *x)
{
    char text[RC_ADDRESS + VALIDATOR + 2];
    bool strong = x->etag[0] == '"';
    snprintf(x->validator, sizeof x->validator, "%s", strong ? x->etag : x->modified);
    if (!x->validator[0]) {
        unlink(x->state);
        return RC_OK;
    }
    int n = snprintf(text, sizeof text, "%s\n%s\n", x->t->url, x->validator);
    return rc_file_write(x->state, text, (size_t)n);
}

/* ---- callbacks ---- */

static bool header_is(const char *line, size_t n, const char *name, char *value, size_t size)
{
    size_t m = strlen(name);
    if (n <= m || !rc_ascii_same_start(line, name, m) || line[m] != ':') return false;
    const char *from = line + m + 1, *end = line + n;
    while (from < end && rc_ascii_is_space(*from))
        from++;
    while (end > from && rc_ascii_is_space(end[-1]))
        end--;
    size_t length = (size_t)(end - from);
    if (length >= size) length = 0; /* too long to be what it should be */
    memcpy(value, from, length);
    value[length] = '\0';
    return true;
}

/* The hub's word for a file's SHA-256: 64 hexadecimal digits in quotes. */
static void take_linked(transfer *x, const char *value)
{
    if (strlen(value) != 66 || value[0] != '"' || value[65] != '"') return;
    if (strspn(value + 1, "0123456789abcdefABCDEF") != 64) return;
    for (int i = 0; i < 64; i++)
        x->linked[i] = rc_ascii_lower(value[i + 1]);
    x->linked[64] = '\0';
}

static size_t on_header(char *line, size_t one, size_t n, void *context)
{
    transfer *x = context;
    char value[VALIDATOR];
    if (n > 5 && strncmp(line, "HTTP/", 5) == 0) {
        x->etag[0] = x->modified[0] = '\0';
        x->range_first = x->range_total = -1;
    } else if (header_is(line, n, "etag", value, sizeof value)) {
        strcpy(x->etag, value);
    } else if (header_is(line, n, "last-modified", value, sizeof value)) {
        strcpy(x->modified, value);
    } else if (header_is(line, n, "x-linked-etag", value, sizeof value)) {
        take_linked(x, value);
    } else if (header_is(line, n, "content-range", value, sizeof value)) {
        long long first, last, total;
        if (sscanf(value, "bytes %lld-%lld/%lld", &first, &last, &total) == 3) {
            x->range_first = first;
            x->range_total = total;
        }
    }
    return one * n;
}

static rc_status too_large(const transfer *x)
{
    return rc_fail(RC_DATA, "%s: larger than the %lld bytes allowed for %s", x->shown, (long long)x->t->limit,
                   x->t->work);
}

/* Before the first byte of a body is kept: where does it belong, and is it of a sensible size? */
static rc_status begin(transfer *x, long code)
{
    curl_off_t length = -1;
    curl_easy_getinfo(x->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    bool goes_on = code == 206 && x->have > 0;
    if (code == 206 && !(goes_on && x->range_first == x->have && x->range_total > x->have)) {
        forget(x);
        return rc_fail(RC_IO, "%s: the server sent another part of the file than was requested", x->shown);
    }
    x->total = goes_on ? x->range_total : length;
    if (x->total > x->t->limit) return too_large(x);
    RC_TRY(rc_disk_check(x->t->path, x->total - (goes_on ? x->have : 0), x->t->work));
    if (!goes_on) {
        x->have = 0;
        RC_TRY(remember(x));
    }
    x->out = fopen(x->part, goes_on ? "ab" : "wb");
    if (!x->out) return rc_fail_system(x->part, "written", errno);
    x->begun = true;
    return RC_OK;
}

static rc_status keep(transfer *x, const char *data, size_t n)
{
    if (x->have + (int64_t)n > x->t->limit) return too_large(x);
    if (fwrite(data, 1, n, x->out) != n) return rc_fail_system(x->part, "written", errno);
    x->have += (int64_t)n;
    return RC_OK;
}

static size_t on_body(char *data, size_t one, size_t n, void *context)
{
    transfer *x = context;
    long code = 0;
    curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &code);
    if (code != 200 && code != 206) return one * n; /* the page that comes with an error */
    if (!x->begun) x->status = begin(x, code);
    if (x->status == RC_OK) x->status = keep(x, data, one * n);
    return x->status == RC_OK ? one * n : 0;
}

static int on_progress(void *context, curl_off_t d, curl_off_t dn, curl_off_t u, curl_off_t un)
{
    transfer *x = context;
    (void)d, (void)dn, (void)u, (void)un;
    if (rc_interrupt_requested()) return 1;
    enum { UNIT = 1000 * 1000 };
    if (x->begun && x->total > UNIT && x->have < x->total)
        rc_progress_step(x->t->work, x->have / UNIT, x->total / UNIT + 1, "MB");
    return 0;
}

/* ---- one attempt ---- */

static void set_protocols(CURL *c, const char *url)
{
    /* What began encrypted stays so. */
    bool encrypted = rc_ascii_same_start(url, "https:", 6);
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, encrypted ? "https" : "http,https");
#else
    curl_easy_setopt(c, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
    curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS,
                     (long)(encrypted ? CURLPROTO_HTTPS : CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

static void set_options(transfer *x, struct curl_slist **headers, char *range, size_t size)
{
    CURL *c = x->curl;
    char line[VALIDATOR + 32];
    curl_easy_reset(c);
    curl_easy_setopt(c, CURLOPT_URL, x->t->url);
    set_protocols(c, x->t->url);
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(c, CURLOPT_MAXREDIRS, 10L);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)STALL_SECONDS);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "recraft/" RC_VERSION_STRING);
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, x->reason);
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, x);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, x);
    curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(c, CURLOPT_XFERINFODATA, x);
    /* The usual variable of the curl program, for networks with an authority of their own. */
    const char *authorities = getenv("CURL_CA_BUNDLE");
    if (authorities && authorities[0]) curl_easy_setopt(c, CURLOPT_CAINFO, authorities);
    if (x->t->accept) {
        snprintf(line, sizeof line, "Accept: %s", x->t->accept);
        *headers = curl_slist_append(*headers, line);
    }
    if (x->have > 0) {
        snprintf(range, size, "%lld-", (long long)x->have);
        curl_easy_setopt(c, CURLOPT_RANGE, range);
        snprintf(line, sizeof line, "If-Range: %s", x->validator);
        *headers = curl_slist_append(*headers, line);
    }
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, *headers);
}

static bool is_passing(CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_SSL_CONNECT_ERROR:
        return true;
    default:
        return false;
    }
}

static outcome judge_response(transfer *x)
{
    long code = 0;
    curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &code);
    if (code == 200 || code == 206) {
        if (!x->begun) x->status = begin(x, code); /* an empty file has no body to call back for */
        return x->status == RC_OK ? ARRIVED : FAILED;
    }
    snprintf(x->reason, sizeof x->reason, "the server answers %ld%s", code,
             code == 404   ? ": there is no such file"
             : code == 401 ? ": access needs an account"
             : code == 403 ? ": access is refused"
             : code >= 500 ? ": it reports a fault of its own"
                           : "");
    if (code == 416) { /* what is here is not a beginning of what is there */
        forget(x);
        return BROKEN;
    }
    if (code == 408 || code == 429 || code >= 500) return BROKEN;
    x->status = rc_fail(RC_IO, "%s: %s", x->shown, x->reason);
    return FAILED;
}

static outcome judge(transfer *x, CURLcode code)
{
    if (rc_interrupt_requested()) {
        x->status =
            rc_fail(RC_INTERRUPTED,
                    "interrupted; what has arrived is kept, and the same command continues from there");
        return FAILED;
    }
    if (x->status != RC_OK) return FAILED;
    if (code == CURLE_OK) return judge_response(x);
    if (!x->reason[0]) snprintf(x->reason, sizeof x->reason, "%s", curl_easy_strerror(code));
    if (is_passing(code)) return BROKEN;
    x->status = rc_fail(code == CURLE_OUT_OF_MEMORY ? RC_MEMORY : RC_IO, "%s: %s", x->shown, x->reason);
    return FAILED;
}

static outcome attempt(transfer *x)
{
    struct curl_slist *headers = NULL;
    char range[32];
    x->begun = false;
    x->total = -1;
    x->reason[0] = '\0';
    set_options(x, &headers, range, sizeof range);
    outcome result = judge(x, curl_easy_perform(x->curl));
    curl_slist_free_all(headers);
    if (!x->out) return result;
    bool written = fflush(x->out) == 0 && fsync(fileno(x->out)) == 0;
    written = fclose(x->out) == 0 && written;
    x->out = NULL;
    if (written || result == FAILED) return result;
    x->status = rc_fail_system(x->part, "written", errno);
    return FAILED;
}

/* ---- all attempts ---- */

/* In slices: an interrupt is a flag, it does not wake a sleeper. */
static void wait_before(double seconds)
{
    const double slice = 0.05;
    struct timespec pause = {0, (long)(slice * 1e9)};
    for (; seconds > 0 && !rc_interrupt_requested(); seconds -= slice)
        nanosleep(&pause, NULL);
}

static rc_status run(transfer *x)
{
    int attempts = x->t->attempts ? x->t->attempts : ATTEMPTS;
    double pause = x->t->pause > 0 ? x->t->pause : 0.5;
    for (int left = attempts; left > 0; left--) {
        int64_t before = x->have;
        outcome result = attempt(x);
        if (result == ARRIVED) return RC_OK;
        if (result == FAILED) return x->status;
        if (x->have > 0 && !x->validator[0]) forget(x);
        /* A connection that keeps breaking but brings something each time is worth going on with. */
        enum { WORTH = 1 << 20 };
        if (x->have > before + WORTH) left = attempts;
        if (left > 1) wait_before(pause);
        pause *= 2;
    }
    /* What passes by itself is the network's fault, or the server's: nobody has given anything wrong. */
    if (x->have == 0) return rc_fail(RC_MACHINE, "%s: %s", x->shown, x->reason);
    return rc_fail(RC_MACHINE, "%s: broke off after %lld bytes (%s); the same command continues from there",
                   x->shown, (long long)x->have, x->reason);
}

static rc_status finish(transfer *x)
{
    const char *wanted = x->t->sha256 ? x->t->sha256 : x->linked[0] ? x->linked : NULL;
    if (wanted) RC_TRY(rc__file_check_sha256(x->part, x->shown, wanted));
    if (x->t->md5) RC_TRY(rc__file_check_md5(x->part, x->shown, x->t->md5));
    if (x->t->accepts) {
        rc_status status = x->t->accepts(x->part, x->shown);
        if (status != RC_OK) forget(x);
        RC_TRY(status);
    }
    RC_TRY(rc_rename(x->part, x->t->path));
    unlink(x->state);
    if (x->total > 0) rc_progress_step(x->t->work, 1, 1, NULL);
    return RC_OK;
}

rc_status rc__transfer_run(const rc_transfer *t)
{
    transfer x = {.t = t};
    rc__address_show(t->url, x.shown);
    int n = snprintf(x.part, sizeof x.part, "%s.part", t->path);
    RC_CHECK(n < PATH_BYTES - 1 && strlen(t->url) < RC_ADDRESS, RC_IO, "%.80s...: the path is too long",
             t->path);
    snprintf(x.state, sizeof x.state, "%s.state", t->path);
    x.curl = curl_easy_init();
    RC_CHECK(x.curl, RC_MEMORY, "out of memory");
    recall(&x);
    rc_status status = run(&x);
    if (status == RC_OK) status = finish(&x);
    if (status == RC_DATA) forget(&x); /* the wrong file, or too large: nothing to go on with */
    curl_easy_cleanup(x.curl);
    return status;
}

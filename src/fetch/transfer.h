/* fetch/transfer.h: one file over HTTP(S), resumable (libcurl stays in transfer.c and address.c). */
#ifndef RC_FETCH_TRANSFER_H
#define RC_FETCH_TRANSFER_H

#include <stdint.h>

#include "base/failure.h"

enum { RC_ADDRESS = 2048 };

typedef struct rc_transfer {
    const char *url;
    const char *path;   /* where the finished file goes */
    const char *work;   /* what progress calls it */
    const char *accept; /* Accept header; NULL: anything */
    const char *sha256; /* NULL: what the server says of it (X-Linked-ETag), if anything */
    const char *md5;    /* NULL: not known */
    int64_t limit;      /* most bytes */
    /* Looks at what has arrived, under its temporary name, before it counts as arrived; may be NULL. What it
     * refuses is removed. */
    rc_status (*accepts)(const char *path, const char *shown);
    int attempts; /* 0: 5. A broken transfer is taken up again by itself */
    double pause; /* seconds before the second attempt, doubled for each further one; 0: 0.5 */
} rc_transfer;

/* While it is on its way the file is PATH.part, beside it PATH.state (URL and validator). When a transfer
 * breaks both stay, and the next call goes on from there if the server confirms by If-Range that the file is
 * still the same. What has the wrong hash or size is removed. A file that the disk has no
 * room for is not begun. */
rc_status rc__transfer_run(const rc_transfer *t) RC_MUST_CHECK;

/* A link as found on the page `base`: absolute, without its fragment. */
rc_status rc__address_resolve(const char *base, const char *link, char out[RC_ADDRESS]) RC_MUST_CHECK;
/* For messages: without user and password. */
void rc__address_show(const char *url, char out[RC_ADDRESS]);

#endif

/* fetch/digest.h: SHA-256 of a file (nettle stays in digest.c). */
#ifndef RC_FETCH_DIGEST_H
#define RC_FETCH_DIGEST_H

#include "base/status.h"

enum { RC_SHA256_TEXT = 65 };

/* Lower-case hex. */
rc_status rc__file_sha256(const char *path, char out[RC_SHA256_TEXT]) RC_MUST_CHECK;
/* Fails unless the file has this hash; `shown` names it in the message. */
rc_status rc__file_check_sha256(const char *path, const char *shown, const char *wanted) RC_MUST_CHECK;

#endif

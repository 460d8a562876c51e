/* fetch/digest.h: SHA-256 and MD5 of a file (nettle stays in digest.c). MD5 tells a damaged file from a whole
 * one, where nothing better is published; it is no proof against a forger. */
#ifndef RC_FETCH_DIGEST_H
#define RC_FETCH_DIGEST_H

#include "base/failure.h"

enum { RC_SHA256_TEXT = 65, RC_MD5_TEXT = 33 };

/* Lower-case hex. */
rc_status rc__file_sha256(const char *path, char out[RC_SHA256_TEXT]) RC_MUST_CHECK;
/* Fails unless the file has this hash; `shown` names it in the message. */
rc_status rc__file_check_sha256(const char *path, const char *shown, const char *wanted) RC_MUST_CHECK;
rc_status rc__file_md5(const char *path, char out[RC_MD5_TEXT]) RC_MUST_CHECK;
rc_status rc__file_check_md5(const char *path, const char *shown, const char *wanted) RC_MUST_CHECK;

#endif

/* fetch/place.h: files that lie side by side somewhere: at an address, or in a folder of this machine. */
#ifndef RC_FETCH_PLACE_H
#define RC_FETCH_PLACE_H

#include "fetch/digest.h"
#include "fetch/transfer.h"

/* The file `name` of a place: http://..., https://..., file://... or a folder. Checked as a transfer is,
 * whose url is not looked at; the file at t->path appears whole or not at all. */
rc_status rc_place_fetch(const char *place, const char *name, const rc_transfer *t) RC_MUST_CHECK;
/* What the place's SHA256SUMS (as sha256sum writes it) says of a file, empty where it is not named. `path` is
 * where the list lies meanwhile. */
rc_status rc_place_sha256(const char *place, const char *name, const char *path,
                          char out[RC_SHA256_TEXT]) RC_MUST_CHECK;

#endif

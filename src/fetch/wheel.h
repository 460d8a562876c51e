/* fetch/wheel.h: where a Python package index keeps a wheel. */
#ifndef RC_FETCH_WHEEL_H
#define RC_FETCH_WHEEL_H

#include <stddef.h>

#include "fetch/transfer.h"

/* The address of `wheel` on a project's page of the index, as the JSON or HTML of the simple repository API;
 * `page` is where it came from. */
rc_status rc__wheel_find(const char *page, const char *text, size_t size, const char *wheel,
                         char out[RC_ADDRESS]) RC_MUST_CHECK;

#endif

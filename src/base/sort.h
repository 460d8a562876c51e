/* base/sort.h: sorting what may be larger than memory. */
#ifndef RC_BASE_SORT_H
#define RC_BASE_SORT_H

#include <stdint.h>

#include "base/failure.h"

/* n items of so many bytes, by a merge sort that goes through them from beginning to end, so that blocks of
 * base/spill.h stay out of memory. Items that compare equal come in any order. */
rc_status rc_sort(int64_t n, size_t size, int (*compare)(const void *a, const void *b),
                  void *items) RC_MUST_CHECK;

#endif

/* formats/levels.h: the different texts of a column, numbered in order of first appearance. */
#ifndef RC_FORMATS_LEVELS_H
#define RC_FORMATS_LEVELS_H

#include "formats/container.h"

/* Zero-initialise. */
typedef struct rc_levels {
    rc_texts text; /* by number */
    int32_t *slot; /* hash table: number + 1, 0 free */
    size_t slots;
} rc_levels;
/* The text's number; a new one when it was not seen before. */
rc_status rc_levels_add(rc_levels *l, const char *bytes, size_t n, int32_t *number) RC_MUST_CHECK;
int32_t rc_levels_find(const rc_levels *l, const char *bytes, size_t n); /* -1: none */
/* Numbers in order of their texts (numbers as numbers, before words): order[rank] = number. */
rc_status rc_levels_sort(const rc_levels *l, int32_t **order) RC_MUST_CHECK;
void rc_levels_free(rc_levels *l);

#endif

/* base/spill.h: large blocks of memory that lie in files. What is as long as a data set is gone through from
 * beginning to end; so it need not stay in memory, and the system may write it out when that is short. */
#ifndef RC_BASE_SPILL_H
#define RC_BASE_SPILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the system keeps what is temporary: $TMPDIR, or /tmp. */
const char *rc_temporary_place(void);

/* From begin to end, which nest, blocks of at least 1 MiB that the calling thread asks base/memory.h for lie
 * in files without a name in rc_temporary_place(). They may be kept beyond the end, and given back by any
 * thread. Where no such file can be made, or a block would take half of what is free there, it is an ordinary
 * one. */
void rc_spill_begin(void);
void rc_spill_end(void);
/* Can any file be made there? */
bool rc_spill_is_possible(void);
/* Takes such blocks out of memory, and the maps of files that were opened meanwhile (base/file.h). What is
 * touched again comes back. */
void rc_spill_rest(void);
/* The same after item i of a loop over items of so many bytes, at every 16 MiB. */
static inline void rc_spill_stretch(int64_t i, size_t bytes)
{
    if ((uint64_t)i * bytes >> 24 != ((uint64_t)i + 1) * bytes >> 24) rc_spill_rest();
}
/* Rows of several columns. */
static inline void rc_spill_pass(int64_t i)
{
    rc_spill_stretch(i, 256);
}

/* For base/memory.h and base/file.h. A block of zeros; NULL: to be had otherwise. */
void *rc__spill_get(size_t bytes);
/* A map of a file, which is taken out of memory with the blocks. */
void rc__spill_join(void *p, size_t bytes);
/* Unmaps what begins here; false: it is not known. */
bool rc__spill_free(void *p);

#endif
